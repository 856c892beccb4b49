"""Signing in and stepping up, rightly and wrongly."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.factors import step_code
from tests.states.model import own, signing_in
from tests.states.model.proofs import TOTP_SECONDS
from tests.states.model.state import Account, Browser, Ceremony, Passkey
from tests.states.rules.base import browsers, insiders, moments, nth, seldom
from tests.states.rules.registering import Registering
from tests.support import NEW_PASSWORD, PASSWORD

IDENTIFIERS = (
    "ann",
    "bob",
    "chief",
    "dora",
    "eve",
    "nobody",
    " ANN ",
    "ann@example.com",
    "bob@example.com",
    "dora@example.com",
    "eve@example.com",
    "Ann@EXAMPLE.com ",
)
identifiers = st.sampled_from(IDENTIFIERS)
codes = st.sampled_from(["now", "now", "before", "next", "long ago", "wrong", "recovery", "used"])


class SigningIn(Registering):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.assertions: list[tuple[dict[str, Any], Ceremony, str]] = []

    @rule(by=browsers, identifier=identifiers, wrong=seldom, times=st.sampled_from([1, 1, 1, 9]))
    def sign_in(self, by: str, identifier: str, wrong: bool, times: int) -> None:
        account = (self.world.owner if "@" in identifier else self.world.named)(identifier)
        password = self.password(account, wrong=wrong)
        who = self.people[by]
        body = {"identifier": identifier, "password": password}
        for _ in range(times if wrong else 1):
            expected = signing_in.by_password(self.world, who, identifier, password)
            self.ask(who, "POST /sessions", expected, body)

    @precondition(lambda self: self.world.challenges)
    @rule(by=browsers, nth=nth, which=codes, times=st.sampled_from([1, 1, 1, 6]), when=moments)
    def answer_a_challenge(self, by: str, nth: int, which: str, times: int, when: str) -> None:
        who = self.people[by]
        challenge = self.pick(nth, self.world.challenges)
        self.come(when, challenge.expires_at)
        for _ in range(times):
            method, code = self.second_factor(challenge.account, which)
            expected = signing_in.by_challenge(self.world, who, challenge, method, code)
            body = {"method": method, "code": code}
            endpoint = "POST /sessions/challenges/{challenge_id}"
            self.ask(who, endpoint, expected, body, challenge_id=challenge.id)

    @precondition(lambda self: self.keys)
    @rule(by=browsers, nth=nth, again=seldom, when=moments, times=st.sampled_from([1, 2]))
    def sign_in_by_passkey(self, by: str, nth: int, again: bool, when: str, times: int) -> None:
        who = self.people[by]
        credential, ceremony, passkey = self._asserted(who, nth, again)
        self.come(when, ceremony.expires_at)
        for _ in range(times):
            expected = signing_in.by_passkey(self.world, who, ceremony, passkey)
            self.ask(who, "POST /sessions/passkey", expected, {"credential": credential})

    @rule(by=insiders, wrong=seldom, times=st.sampled_from([1, 1, 1, 7]))
    def step_up_by_password(self, by: str, wrong: bool, times: int) -> None:
        who = self.people[by]
        session = self.world.opened.get(who.token)
        password = self.password(session.account if session else None, wrong=wrong)
        for _ in range(times if wrong else 1):
            expected = own.step_up_by_password(self.world, who, password)
            self.ask(who, "POST /sessions/current/step-up", expected, {"password": password})

    @rule(by=insiders, which=codes)
    def step_up_by_totp(self, by: str, which: str) -> None:
        who = self.people[by]
        session = self.world.opened.get(who.token)
        code = self.second_factor(session.account if session else None, which)[1]
        expected = own.step_up_by_totp(self.world, who, code)
        self.ask(who, "POST /sessions/current/step-up", expected, {"totp": code})

    @precondition(lambda self: self.keys)
    @rule(by=insiders, nth=nth, again=seldom)
    def step_up_by_passkey(self, by: str, nth: int, again: bool) -> None:
        who = self.people[by]
        credential, ceremony, passkey = self._asserted(who, nth, again)
        expected = own.step_up_by_passkey(self.world, who, ceremony, passkey)
        self.ask(who, "POST /sessions/current/step-up", expected, {"passkey": credential})

    def password(self, account: Account | None, *, wrong: bool) -> str:
        right = (account and account.password) or PASSWORD
        return (NEW_PASSWORD if right == PASSWORD else PASSWORD) if wrong else right

    def second_factor(self, account: Account | None, which: str) -> tuple[str, str]:
        """A method and a code of it."""
        recovery = account.recovery if account else None
        if which in {"recovery", "used"}:
            mine = (recovery.codes if which == "recovery" else recovery.used) if recovery else []
            return "recovery_code", (mine[0].upper() if mine else "0000-0000-0000")
        return "totp", self.totp_code(account, which)

    def totp_code(self, account: Account | None, which: str) -> str:
        secret = account.totp.secret if account and account.totp else ""
        step = self.world.now // TOTP_SECONDS
        if not secret or which not in (off := {"now": 0, "before": -1, "next": 1, "long ago": -2}):
            near = [step_code(secret, step + one) for one in (-1, 0, 1)] if secret else []
            return self.wrong_code(near)
        return step_code(secret, step + off[which])

    def _asserted(
        self, by: Browser, nth: int, again: bool
    ) -> tuple[dict[str, Any], Ceremony, Passkey | None]:
        """What an authenticator says, now or before; and the passkey that it is of."""
        if not again or not self.assertions:
            holder, authenticator = self.pick(nth, self.keys)
            ceremony = Ceremony(signing_in.PROVE, 0)
            expected = signing_in.authentication_options(self.world, ceremony)
            options = self.ask(by, "POST /passkeys/authentication-options", expected)
            self.assertions.append((authenticator.get(options.json), ceremony, holder))
        credential, ceremony, holder = self.assertions[-1]
        held = (one for one in self.world.passkeys if one.holder == holder)
        return credential, ceremony, next(held, None)
