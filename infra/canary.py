"""A canary: an account that is registered through the front door, used, and removed again.

Its mail goes to SES's own simulator, which nobody reads. Whoever holds the stage's keys and may
read its table can find the code of a registration, there being a million; nobody else can.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Final

from infra import parameters, place
from infra.aws import Aws, emulator, found
from infra.errors import Refusal
from infra.http import Answer, Caller
from infra.screen import say

CODES: Final = 10**6
API: Final = "/api/v1"
SIMULATOR: Final = "simulator.amazonses.com"


@dataclass(frozen=True)
class Canary:
    username: str
    email: str
    password: str

    @classmethod
    def new(cls) -> Canary:
        name = f"canary-{secrets.token_hex(6)}"
        return cls(name, f"success+{name}@{SIMULATOR}", secrets.token_urlsafe(24))


def fly(aws: Aws) -> None:
    """Raises Refusal with the step that failed; the account is removed in any case."""
    clear(aws)
    kept = parameters.read_secrets(aws)
    if kept is None:
        raise Refusal(f"The stage has no secrets yet; run `python -m infra up {aws.stage.name}`.")
    caller, canary = _front_door(aws, kept), Canary.new()
    if not emulator():
        page = _expect(caller.call("GET", "/"), 200, "the page")
        if "Content-Security-Policy" not in page.headers:
            raise Refusal("The page comes without its security headers; deploy the edge again.")
    _expect(caller.call("GET", f"{API}/health"), 200, "health")
    begun = _expect(
        caller.call("POST", f"{API}/users", vars(canary)), 202, "the registration"
    ).json()["registration"]["id"]
    _note(aws, begun)
    say(f"{canary.username}: registered")
    try:
        code = _code(aws, parameters.values(kept, "SIGNING_KEY"), begun)
        path = f"{API}/registrations/{begun}/verify"
        _expect(caller.call("POST", path, {"code": code}), 201, "the code")
        say(f"{canary.username}: signed in")
        _expect(caller.call("GET", f"{API}/users/me"), 200, "the new account")
        caller.call("DELETE", f"{API}/sessions/current")
        _expect(caller.call("GET", f"{API}/users/me"), 401, "signing out")
        say(f"{canary.username}: signed out")
    finally:
        clear(aws)
    say(f"{canary.username}: removed")


def clear(aws: Aws) -> None:
    """Removes the canary that is noted, if any: this one, or one whose flight was cut off."""
    ssm, name = aws.here("ssm"), _note_name(aws)
    note = found(lambda: ssm.get_parameter(Name=name), "ParameterNotFound")
    if note is None:
        return
    found(lambda: _remove(aws, note["Parameter"]["Value"]), "ResourceNotFoundException")
    found(lambda: ssm.delete_parameter(Name=name), "ParameterNotFound")


def _note(aws: Aws, registration: str) -> None:
    """Before there is an account: what is cut off earlier has left nothing that does not expire."""
    aws.here("ssm").put_parameter(
        Name=_note_name(aws), Value=registration, Type="String", Overwrite=True
    )


def _note_name(aws: Aws) -> str:
    return f"{aws.stage.parameters}/canary"


def _remove(aws: Aws, registration: str) -> None:
    """Deletes all that the registration, and the account of the same id, has left."""
    dynamodb, prefix = aws.here("dynamodb"), aws.stage.table_prefix
    accounts, audit, ephemeral = (f"{prefix}{name}" for name in ("accounts", "audit", "ephemeral"))
    user = _get(dynamodb, accounts, f"U#{registration}")
    known = user or _get(dynamodb, ephemeral, f"R#{registration}")
    if known is None:
        return
    # Of nobody but itself, so that nothing is missing from the log when its events go too.
    for table, pk in ((ephemeral, f"S#{registration}"), (audit, f"A#{registration}")):
        _remove_partition(dynamodb, table, pk)
    name = known["name_key"]["S"]
    gone = [(ephemeral, _key(f"R#{registration}")), (ephemeral, _key(f"H#{name}"))]
    if user:
        gone += [
            (accounts, _key(f"U#{registration}")),
            (accounts, _key(f"N#{name[0]}", name)),
            (accounts, _key(f"E#{user['email_key']['S']}")),
        ]
    dynamodb.transact_write_items(
        TransactItems=[{"Delete": {"TableName": table, "Key": key}} for table, key in gone]
    )


def _remove_partition(dynamodb: Any, table: str, pk: str) -> None:
    for item in dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )["Items"]:
        dynamodb.delete_item(TableName=table, Key=_key(pk, item["sk"]["S"]))


def _front_door(aws: Aws, kept: dict[str, str]) -> Caller:
    """The domain. An emulator has no CloudFront before its API, so its part is played here."""
    headers = {"Origin": aws.stage.site_url, "User-Agent": "latchstring-canary"}
    if not emulator():
        return Caller(aws.stage.site_url, headers)
    api = place.api(aws)
    if api is None:
        raise Refusal(f"There is no API yet; run `zappa deploy {aws.stage.name}`.")
    secret = parameters.values(kept, "ORIGIN_SECRET")[0]
    added = {"X-Origin-Secret": secret, "CloudFront-Viewer-Address": "192.0.2.1:1"}
    return Caller(api.address, headers | added)


def _code(aws: Aws, keys: list[str], registration: str) -> str:
    """The six digits whose keyed hash stands in the registration (`backend/accounts/tokens.py`)."""
    item = _get(aws.here("dynamodb"), f"{aws.stage.table_prefix}ephemeral", f"R#{registration}")
    if item is None:
        raise Refusal(f"The registration {registration} was answered but is not in the table.")
    wanted: bytes = item["code_hash"]["B"]
    raw = [bytes.fromhex(key) for key in keys]
    begin = f"code\0{len(registration)}:{registration}\x006:"
    for number in range(CODES):
        code = f"{number:06}"
        hashed = f"{begin}{code}".encode()
        if any(hmac.digest(key, hashed, hashlib.sha256) == wanted for key in raw):
            return code
    raise Refusal(
        "The function hashes codes with another SIGNING_KEY than the stage's; "
        f"`zappa update {aws.stage.name}` lets it read the parameters again."
    )


def _get(dynamodb: Any, table: str, pk: str) -> Any | None:
    return dynamodb.get_item(TableName=table, Key=_key(pk), ConsistentRead=True).get("Item")


def _key(pk: str, sk: str = "-") -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _expect(answer: Answer, status: int, what: str) -> Answer:
    if answer.status != status:
        told = answer.json()
        code = told.get("code", "no code") if isinstance(told, dict) else "no code"
        raise Refusal(
            f"The smoke test failed at {what}: {answer.status} ({code}) instead of {status}; "
            "`python -m infra logs` and `python -m infra doctor` tell more."
        )
    return answer
