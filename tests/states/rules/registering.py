"""Registering: again, with another's name, with a passkey, with a wrong code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.authenticator import Authenticator
from tests.states.model import registering
from tests.states.model.members import (
    BAD_ADDRESS,
    BAD_USERNAME,
    COMMON_PASSWORD,
    RESERVED_USERNAME,
    SHORT_PASSWORD,
)
from tests.states.model.state import Browser, Ceremony, Registration
from tests.states.rules.base import People, browsers, moments, nth, often, seldom
from tests.support import NEW_PASSWORD, PASSWORD

NAMES = ("dora", "eve", "fay", "ann", "bob", "Dora", "ANN")
ADDRESSES = (
    "dora@example.com",
    "eve@example.com",
    "fay@example.com",
    "ann@example.com",
    "bob@example.com",
    "Dora@EXAMPLE.com",
    "ANN@Example.com",
)
PASSWORDS = (PASSWORD, NEW_PASSWORD)
names = st.sampled_from([*NAMES * 3, BAD_USERNAME, RESERVED_USERNAME])
addresses = st.sampled_from([*ADDRESSES * 3, BAD_ADDRESS])
passwords = st.sampled_from([*PASSWORDS * 4, SHORT_PASSWORD, COMMON_PASSWORD])
keys = st.sampled_from([None, None, "key-number-1", "key-number-2"])
whose_code = st.sampled_from(["right", "right", "older", "other's", "wrong"])


class Registering(People):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.keyed: tuple[dict[str, Any], str] | None = None
        self.keys: list[tuple[str, Authenticator]] = []
        self.offers: list[tuple[dict[str, Any], Ceremony, str]] = []

    @rule(by=browsers, username=names, email=addresses, password=passwords, key=keys, proves=often)
    def register(
        self, *, by: str, username: str, email: str, password: str, key: str | None, proves: bool
    ) -> None:
        """And proves the mailbox at once, perhaps."""
        body = {"username": username, "email": email, "password": password}
        self._register(self.people[by], body, key)
        if proves and self.world.registrations:
            self.verify_newest(by)

    @precondition(lambda self: self.keyed)
    @rule(by=browsers)
    def register_again_with_the_same_key(self, by: str) -> None:
        assert self.keyed
        self._register(self.people[by], *self.keyed)

    @rule(by=browsers, username=names, email=addresses, again=seldom)
    def register_with_a_passkey(self, by: str, username: str, email: str, again: bool) -> None:
        who = self.people[by]
        body: dict[str, Any] = {"username": username, "email": email}
        if not again or not self.offers:
            ceremony = Ceremony(registering.SIGN_UP, 0)
            expected = registering.passkey_options(self.world, body, ceremony)
            answer = self.ask(who, "POST /registrations/passkey-options", expected, body)
            if expected.status != 200:
                return
            self.made(answer.json, ceremony)
        credential, ceremony, holder = self.offers[-1]
        body["passkey"] = credential
        expected = registering.register(self.world, body, None, ceremony, holder)
        self.ask(who, "POST /users", expected, body)
        if expected.status == 202:
            self.verify_newest(by)

    @precondition(lambda self: self.world.registrations)
    @rule(
        by=browsers, nth=nth, whose=whose_code, times=st.sampled_from([1, 1, 2, 5, 6]), when=moments
    )
    def verify(self, by: str, nth: int, whose: str, times: int, when: str) -> None:
        registration = self.pick(nth, self.world.registrations)
        self.come(when, registration.code_until)
        for _ in range(times):
            self._verify(self.people[by], registration, self._code(registration, whose))

    @precondition(lambda self: self.world.registrations)
    @rule(by=browsers, nth=nth)
    def resend(self, by: str, nth: int) -> None:
        registration = self.pick(nth, self.world.registrations)
        self.ask(
            self.people[by],
            "POST /registrations/{registration_id}/resend",
            registering.resend(self.world, registration),
            registration_id=registration.id,
        )

    @precondition(lambda self: self.world.registrations)
    @rule(by=browsers, nth=nth, email=addresses)
    def change_the_address_of_a_registration(self, by: str, nth: int, email: str) -> None:
        registration = self.pick(nth, self.world.registrations)
        self.ask(
            self.people[by],
            "PATCH /registrations/{registration_id}",
            registering.change_email(self.world, registration, email),
            {"email": email},
            registration_id=registration.id,
        )

    def register_as(self, by: Browser, username: str, email: str) -> None:
        self._register(by, {"username": username, "email": email, "password": PASSWORD}, None)

    def verify_newest(self, by: str) -> None:
        registration = self.world.registrations[-1]
        self._verify(self.people[by], registration, self._code(registration, "right"))

    def made(self, options: dict[str, Any], ceremony: Ceremony) -> None:
        """A new authenticator answers the options."""
        holder, authenticator = f"key {len(self.keys)}", Authenticator()
        credential = authenticator.create(options)
        if ceremony.subject is None:
            ceremony.subject = str(UUID(bytes=authenticator.held[-1].user_id))
        self.keys.append((holder, authenticator))
        self.offers.append((credential, ceremony, holder))

    def _register(self, by: Browser, body: dict[str, Any], key: str | None) -> None:
        expected = registering.register(self.world, body, key)
        self.keyed = (body, key) if key else self.keyed
        headers = {"Idempotency-Key": key} if key else {}
        self.ask(by, "POST /users", expected, body, headers=headers)

    def _verify(self, by: Browser, registration: Registration, code: str) -> None:
        self.ask(
            by,
            "POST /registrations/{registration_id}/verify",
            registering.verify(self.world, by, registration, code),
            {"code": code},
            registration_id=registration.id,
        )

    def _code(self, registration: Registration, whose: str) -> str:
        mine = [letter.secret for letter in registration.codes]
        others = [one.secret for one in self.world.letters_of("registration_code")]
        others = [code for code in others if code not in mine]
        known = {"right": mine[-1:], "older": mine[-2:-1], "other's": others[-1:]}
        return next(iter(known.get(whose, [])), self.wrong_code(mine))

    def wrong_code(self, codes: list[str]) -> str:
        return next(f"{number:06}" for number in range(9) if f"{number:06}" not in codes)
