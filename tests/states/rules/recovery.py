"""Forgotten passwords, other addresses, and links of mails that anybody may have read."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.states.model import recovery
from tests.states.model.state import Letter
from tests.states.rules.base import browsers, insiders, moments, mostly, nth, often
from tests.states.rules.own import Own
from tests.states.rules.registering import addresses, passwords

change_codes = st.sampled_from(["newest", "newest", "newest", "older", "wrong"])


class Recovery(Own):
    @rule(by=browsers, email=addresses, resets=often, password=passwords)
    def forget_the_password(self, by: str, email: str, resets: bool, password: str) -> None:
        """And resets it at once, perhaps."""
        expected = recovery.begin_reset(self.world, email)
        self.ask(self.people[by], "POST /password-resets", expected, {"email": email})
        if resets and self.links():
            self.reset_the_password(by, 0, password, "now")

    @precondition(lambda self: self.links())
    @rule(by=browsers, nth=nth, password=passwords, when=moments)
    def reset_the_password(self, by: str, nth: int, password: str, when: str) -> None:
        letter = self.pick(nth, self.links())
        resets = [one for one in self.world.resets.values() if one and one.letter is letter]
        self.come(when, resets[0].expires_at if resets else 0)
        expected = recovery.complete_reset(self.world, letter, password)
        body = {"token": letter.secret, "password": password}
        self.ask(self.people[by], "POST /password-resets/complete", expected, body)

    def links(self) -> list[Letter]:
        """Mails with a link to a new password."""
        return self.world.letters_of("password_reset", "email_change_undone")

    @rule(by=insiders, email=addresses, proves=mostly, moves=often)
    def begin_a_change_of_address(self, by: str, email: str, proves: bool, moves: bool) -> None:
        """And proves the new mailbox at once, perhaps."""
        who = self.prepared(by, proves)
        expected = recovery.begin_email_change(self.world, who, email)
        self.ask(who, "POST /users/me/email-changes", expected, {"email": email})
        if moves:
            self.prove_the_new_address(by, "newest", 1)

    @rule(by=insiders, which=change_codes, times=st.sampled_from([1, 1, 1, 2, 6]))
    def prove_the_new_address(self, by: str, which: str, times: int) -> None:
        who = self.people[by]
        sent = [letter.secret for letter in self.world.letters_of("email_change_code")]
        known = {"newest": sent[-1:], "older": sent[-2:-1]}
        code = next(iter(known.get(which, [])), self.wrong_code(sent))
        for _ in range(times):
            expected = recovery.verify_email_change(self.world, who, code)
            self.ask(who, "POST /users/me/email-changes/verify", expected, {"code": code})

    @precondition(lambda self: self.world.letters_of("email_changed"))
    @rule(by=browsers, nth=nth, when=moments)
    def undo_a_change_of_address(self, by: str, nth: int, when: str) -> None:
        letter = self.pick(nth, self.world.letters_of("email_changed"))
        former = [one for account in self.world.accounts for one in account.former]
        self.come(when, next(one.expires_at for one in former if one.letter is letter))
        expected = recovery.undo_email_change(self.world, letter)
        body = {"token": letter.secret}
        self.ask(self.people[by], "POST /email-changes/undo", expected, body)
