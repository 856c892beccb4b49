"""The same request twice is answered the same, for a day: what `Idempotency-Key` promises."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from backend.accounts import tokens
from backend.accounts.errors import Invalid, UsernameTaken
from backend.accounts.pending import NewUser, Pending
from backend.storage.database import ConditionFailed, Database
from backend.storage.registrations import Remembered, read_remembered, remember, remembered_key

REMEMBERED_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class RepeatableRequest:
    """A request with a key: hashes of the key and of what is asked for (which holds a password)."""

    key: str
    fingerprint: str

    @classmethod
    def of(cls, secret: bytes, key: str, new: NewUser) -> RepeatableRequest:
        members = [new.username.text, new.email.text, repr(new.password)]
        members += [repr(new.display_name), repr(new.locale)]
        members.append(json.dumps(new.passkey, sort_keys=True))
        return cls(
            tokens.keyed_hash(secret, "idempotency key", key).hex(),
            tokens.keyed_hash(secret, "registration", *members).hex(),
        )

    def answered(self, pending: Pending, now: int) -> Remembered:
        return self._remembered(now, asdict(pending))

    def answer_taken(self, database: Database, now: int) -> Pending:
        """Refuses the username and remembers it, unless the request was answered meanwhile."""
        try:
            database.put(remember(self._remembered(now, None), now))
        except ConditionFailed:
            [first] = database.get(remembered_key(self.key))
            if first:
                return self.answer(read_remembered(first))
        raise UsernameTaken

    def answer(self, remembered: Remembered) -> Pending:
        """The remembered answer; raises it where it was a refusal, or Invalid."""
        if not tokens.same(self.fingerprint.encode(), remembered.fingerprint.encode()):
            raise Invalid.at("", "idempotency_key_reused")
        if remembered.pending is None:
            raise UsernameTaken
        return Pending(**remembered.pending)

    def _remembered(self, now: int, pending: dict[str, object] | None) -> Remembered:
        return Remembered(self.key, self.fingerprint, now + REMEMBERED_SECONDS, pending)
