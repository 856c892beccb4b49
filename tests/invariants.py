"""What holds in the tables at any time, whatever was raced, cut off or killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from backend.aws.service import Limits, Service
from backend.storage.client import LOCAL, Client
from backend.storage.items import read
from backend.storage.tables import ACCOUNTS, AUDIT, EPHEMERAL, Table
from tests.support import Site

# The current key and the one before.
PUBLISHED_KEYS = 2

Items = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Stored:
    """All items by the kind that their key begins with, then by the rest of it."""

    users: Items
    parts: Items
    credentials: Items
    admins: Items
    token_keys: Items
    names: Items
    mailboxes: Items
    registrations: Items
    holds: Items
    sessions: Items
    remembered: Items
    resets: Items
    changes: Items
    former: Items
    challenges: Items
    spent: Items
    outbox: Items
    events: Items

    def violations(self, now: int) -> list[str]:
        """A sentence for each rule that is broken; none where the tables are whole."""
        return [
            *self._sentinels("username", self.names, "name_key"),
            *self._sentinels("mailbox", self._owned_mailboxes(), "email_key"),
            *(
                f"mailbox {key} is kept for {kept['user_id']}, who does not know of it"
                for key, kept in self.mailboxes.items()
                if "until" in kept and f"{kept['user_id']}/E#{key}" not in self.parts
            ),
            *(
                f"{key} is of nobody"
                for key in [*self.parts, *self.former]
                if key.partition("/")[0] not in self.users
            ),
            *self._administration(),
            *self._factors(),
            *self._passkeys(),
            *(
                f"{len(ring['keys'])} keys are published"
                for ring in self.token_keys.values()
                if not 1 <= len(ring["keys"]) <= PUBLISHED_KEYS
            ),
            *(
                f"session {key} is of nobody"
                for key, session in self.sessions.items()
                if session["user_id"] not in self.users
            ),
            *(
                f"registration {key} does not hold {registration['name_key']}"
                for key, registration in self.registrations.items()
                if registration["expires_at"] > now
                and key not in self.users
                and self.holds.get(registration["name_key"], {}).get("holder") != key
            ),
            *(
                f"message {key} stands where it does not belong"
                for key, message in self.outbox.items()
                if key.startswith("pending/") == bool(message["taken_at"] or message["given_up_at"])
            ),
            *(
                f"message {message_id} is there {count} times"
                for message_id, count in Counter(
                    message["id"] for message in self.outbox.values()
                ).items()
                if count > 1
            ),
            *(
                f"event {key} has the number {event['number']}"
                for key, event in self.events.items()
                if "action" in event and int(key.partition("/")[2]) != event["number"]
            ),
            *(
                f"the chain of {subject} has a gap"
                for subject, numbers in self._chains().items()
                if sorted(numbers) != list(range(1, len(numbers) + 1))
            ),
            *(
                f"answer {key} is about a registration that is not there"
                for key, answer in self.remembered.items()
                if "pending" in answer
                and answer["pending"]["id"] not in self.registrations
                and answer["pending"]["id"] not in self._deleted()
            ),
        ]

    def _deleted(self) -> set[str]:
        return {
            event["subject"]
            for event in self.events.values()
            if event.get("action") == "user.deleted"
        }

    def _owned_mailboxes(self) -> Items:
        return {key: owner for key, owner in self.mailboxes.items() if "until" not in owner}

    def _administration(self) -> list[str]:
        able = {
            key
            for key, user in self.users.items()
            if "admin" in user["roles"] and not user["disabled"]
        }
        listed = {user_id for item in self.admins.values() for user_id in item["user_ids"]}
        return [f"{user_id} is an admin here and not there" for user_id in able ^ listed]

    def _factors(self) -> list[str]:
        """What is asked for after a password is what can be answered."""
        usable = {key for key, item in self.parts.items() if item.get("confirmed")}
        usable |= {key for key, item in self.parts.items() if item.get("hashes")}
        parts = {"totp": "totp", "recovery_code": "recovery-codes"}
        asked = {
            f"{key}/{parts[factor]}"
            for key, user in self.users.items()
            for factor in user["second_factors"]
        }
        return [f"factor {key} is usable here and not there" for key in usable ^ asked]

    def _passkeys(self) -> list[str]:
        held = {
            (item["user_id"], item["id"])
            for key, item in self.parts.items()
            if key.partition("/")[2].startswith("P#")
        }
        kept = {(owner["user_id"], owner["passkey_id"]) for owner in self.credentials.values()}
        counts = Counter(user_id for user_id, _ in held)
        return [
            *(f"passkey {passkey} has no sentinel, or the other way" for passkey in held ^ kept),
            *(
                f"{key} has {counts[key]} passkeys, not {user['passkeys']}"
                for key, user in self.users.items()
                if counts[key] != user["passkeys"]
            ),
            *(
                f"passkeys are of {key}, who is not there"
                for key in counts.keys() - self.users.keys()
            ),
        ]

    def _chains(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for key, event in self.events.items():
            if "action" in event:
                found.setdefault(key.partition("/")[0], []).append(event["number"])
        return found

    def _sentinels(self, what: str, sentinels: Items, attribute: str) -> list[str]:
        owned = {(user[attribute], key) for key, user in self.users.items()}
        pointing = {(key, sentinel["user_id"]) for key, sentinel in sentinels.items()}
        return [
            *(f"{what} {key} is of {user}, who has another" for key, user in pointing - owned),
            *(f"{what} {key} of {user} is not kept for them" for key, user in owned - pointing),
        ]


def stored(site: Site) -> Stored:
    return stored_at(site.settings.dynamodb_endpoint_url, site.prefix)


def stored_at(endpoint_url: str, prefix: str) -> Stored:
    accounts = _by_kind(endpoint_url, prefix, ACCOUNTS)
    ephemeral = _by_kind(endpoint_url, prefix, EPHEMERAL)
    audit = _by_kind(endpoint_url, prefix, AUDIT)
    of_users = accounts.pop("U", {})
    found = Stored(
        users={key: item for key, item in of_users.items() if "/" not in key},
        parts={key: item for key, item in of_users.items() if "/" in key},
        credentials=accounts.pop("C", {}),
        admins=accounts.pop("ADMINS", {}),
        token_keys=accounts.pop("KEYS", {}),
        names={key.partition("/")[2]: item for key, item in accounts.pop("N", {}).items()},
        mailboxes=accounts.pop("E", {}),
        registrations=ephemeral.pop("R", {}),
        holds=ephemeral.pop("H", {}),
        sessions=ephemeral.pop("S", {}),
        remembered=ephemeral.pop("I", {}),
        resets=ephemeral.pop("W", {}),
        changes=ephemeral.pop("M", {}),
        former=ephemeral.pop("O", {}),
        challenges=ephemeral.pop("F", {}),
        spent=ephemeral.pop("K", {}),
        outbox=ephemeral.pop("OUTBOX", {}),
        events=audit.pop("A", {}),
    )
    assert not accounts, f"items of an unknown kind: {accounts}"
    assert not audit, f"items of an unknown kind: {audit}"
    assert ephemeral.keys() <= {"L"}, f"items of an unknown kind: {ephemeral.keys()}"
    return found


def assert_whole(site: Site) -> Stored:
    """No rule is broken; returns what is stored."""
    found = stored(site)
    assert found.violations(site.clock()) == []
    return found


def assert_whole_at(endpoint_url: str, prefix: str) -> Stored:
    found = stored_at(endpoint_url, prefix)
    assert found.violations(int(time.time())) == []
    return found


def _by_kind(endpoint_url: str, prefix: str, table: Table) -> dict[str, Items]:
    kinds: dict[str, Items] = {}
    for raw in _scan(endpoint_url, prefix + table.name):
        item = read(raw)
        kind, _, key = item.pop("pk").partition("#")
        part = item.pop("sk")
        kinds.setdefault(kind, {})[key if part == "-" else f"{key}/{part}"] = item
    return kinds


def _scan(endpoint_url: str, table: str) -> Iterator[Any]:
    asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        page = _client(endpoint_url).call("Scan", asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@cache
def _client(endpoint_url: str) -> Client:
    """Patient: an engine that was under load may still be busy, which is not what is looked for."""
    service = Service(
        endpoint_url,
        service="dynamodb",
        region="us-east-1",
        credentials=lambda: LOCAL,
        limits=Limits(read=30),
    )
    return Client(service)
