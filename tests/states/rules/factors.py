"""Authenticator apps, recovery codes, passkeys."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.states.model import factors
from tests.states.model.state import Ceremony
from tests.states.rules.base import insiders, mostly, nth, seldom
from tests.states.rules.recovery import Recovery
from tests.states.rules.signing_in import codes

labels = st.sampled_from([None, "My phone"])


class Factors(Recovery):
    @rule(by=insiders, proves=mostly, confirms=mostly)
    def begin_to_add_an_app(self, by: str, proves: bool, confirms: bool) -> None:
        """And confirms it at once, perhaps."""
        who = self.prepared(by, proves)
        self.ask(who, "POST /users/me/totp", factors.begin_totp(self.world, who))
        if confirms:
            self.confirm_the_app(by, False, "now")

    @rule(by=insiders, proves=mostly, which=codes)
    def confirm_the_app(self, by: str, proves: bool, which: str) -> None:
        who = self.prepared(by, proves)
        session = self.world.opened.get(who.token)
        code = self.totp_code(session.account if session else None, which)
        expected = factors.confirm_totp(self.world, who, code)
        self.ask(who, "POST /users/me/totp/confirm", expected, {"code": code})

    @rule(by=insiders, proves=mostly)
    def remove_the_app(self, by: str, proves: bool) -> None:
        who = self.prepared(by, proves)
        self.ask(who, "DELETE /users/me/totp", factors.remove_totp(self.world, who))

    @rule(by=insiders, proves=mostly)
    def make_recovery_codes(self, by: str, proves: bool) -> None:
        who = self.prepared(by, proves)
        expected = factors.make_recovery_codes(self.world, who)
        answer = self.ask(who, "POST /users/me/recovery-codes", expected)
        if expected.about and expected.about.recovery:
            expected.about.recovery.codes = answer.json["codes"]

    @rule(by=insiders, proves=mostly, again=seldom, name=labels)
    def add_a_passkey(self, by: str, proves: bool, again: bool, name: str | None) -> None:
        who = self.prepared(by, proves)
        if not again or not self.offers:
            ceremony = Ceremony(factors.ADD, 0)
            expected = factors.registration_options(self.world, who, ceremony)
            options = self.ask(who, "POST /passkeys/registration-options", expected)
            if expected.status != 200:
                return
            self.made(options.json, ceremony)
        credential, ceremony, holder = self.offers[-1]
        expected = factors.add_passkey(self.world, who, ceremony, holder, name)
        self.ask(who, "POST /passkeys", expected, {"credential": credential, "name": name})

    @rule(by=insiders)
    def list_passkeys(self, by: str) -> None:
        who = self.people[by]
        self.ask(who, "GET /passkeys", factors.passkeys(self.world, who))

    @precondition(lambda self: self.known_passkeys())
    @rule(by=insiders, proves=mostly, nth=nth, name=labels)
    def name_a_passkey(self, by: str, proves: bool, nth: int, name: str | None) -> None:
        who, passkey = self.prepared(by, proves), self.pick(nth, self.known_passkeys())
        expected = factors.rename_passkey(self.world, who, passkey, name)
        endpoint = "PATCH /passkeys/{passkey_id}"
        self.ask(who, endpoint, expected, {"name": name}, passkey_id=passkey.id)

    @precondition(lambda self: self.known_passkeys())
    @rule(by=insiders, proves=mostly, nth=nth)
    def remove_a_passkey(self, by: str, proves: bool, nth: int) -> None:
        who, passkey = self.prepared(by, proves), self.pick(nth, self.known_passkeys())
        expected = factors.remove_passkey(self.world, who, passkey)
        self.ask(who, "DELETE /passkeys/{passkey_id}", expected, passkey_id=passkey.id)

    def known_passkeys(self) -> list[factors.Passkey]:
        """Those whose id was seen."""
        return [passkey for passkey in self.world.passkeys if passkey.id]
