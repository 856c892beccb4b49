"""People in front of the site, and the model that says what each of them is answered."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from werkzeug.test import TestResponse

from backend.mail.message import Message
from tests.states.model import limits, own, registering, signing_in
from tests.states.model.expected import Expected, differences
from tests.states.model.state import ADMIN, Account, Browser, Letter
from tests.states.model.world import World
from tests.support import PASSWORD, Site
from tests.support import Browser as Client

BROWSERS = ("ann's laptop", "ann's phone", "bob's laptop", "chief's laptop", "thief's laptop")
browsers = st.sampled_from(BROWSERS)
# Mostly somebody who is signed in, so that a story goes somewhere.
insiders = st.runner().flatmap(lambda people: st.sampled_from(people.insiders()))
# The first is what a failing story is shrunk to.
seldom = st.sampled_from([False, False, False, True])
mostly = st.sampled_from([False, True, True, True])
often = st.sampled_from([False, True])
nth = st.integers(0, 4)
moments = st.sampled_from(["now", "now", "now", "now", "the last second", "too late"])
SUBJECTS = {
    "account_deleted": r"Your account at .* is deleted",
    "account_disabled": r"Your account at .* was disabled",
    "account_exists": r"You already have an account at .*",
    "address_taken": r"Your address at .* stays yours",
    "email_change_code": r"\d{6} is your code for .*",
    "email_change_undone": r"Your account at .* has its old address again",
    "email_changed": r"Your account at .* has another address",
    "new_device": r"A new device signed in to your account at .*",
    "no_account": r"There is no account for you at .*",
    "passkey_added": r"A passkey was added to your account at .*",
    "passkey_removed": r"A passkey was removed from your account at .*",
    "password_changed": r"Your password at .* was changed",
    "password_reset": r"Choose a new password at .*",
    "recovery_code_used": r"A recovery code was used at .*",
    "recovery_codes_made": r"New recovery codes for your account at .*",
    "registration_code": r"\d{6} is your code for .*",
    "second_factors_reset": r"The second factors of your account at .* were taken away",
    "totp_added": r"An authenticator app was added to your account at .*",
    "totp_removed": r"The authenticator app was removed from your account at .*",
}
SECRET = re.compile(r"/#(?:verify/[^/\s]+|reset|undo)/(\S+)")


class Mails:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


class People(RuleBasedStateMachine):
    """Ann and Bob have accounts, Chief is an admin; a thief stands by. Each has a browser."""

    def __init__(self, make_site: Callable[..., Site], asked: Counter[str]) -> None:
        super().__init__()
        self.mails = Mails()
        self.site = make_site(mailer=self.mails, **limits.SETTINGS)
        self.world = World(self.site.clock())
        self.asked = asked
        self.story: list[str] = []
        self.begun = 0
        self.clients: dict[str, Client] = {}
        self.people: dict[str, Browser] = {}
        for number, name in enumerate(BROWSERS):
            address = f"10.0.0.{number}"
            self.clients[name] = self.site.browser(address)
            self.people[name] = Browser(name, address)
        for name in ("chief", "ann", "bob"):
            self._settle(name, self.people[f"{name}'s laptop"])
        self.story.append("Ann, Bob and Chief (an admin) have accounts and are signed in")
        self.begun = len(self.story) - 1

    def ask(
        self,
        by: Browser,
        endpoint: str,
        expected: Expected,
        body: Any = None,
        *,
        headers: Mapping[str, str] = {},
        **ids: str,
    ) -> TestResponse:
        """Sends the request, and raises AssertionError unless all is as expected."""
        method, path = endpoint.split()
        whole = path if path.startswith("/.well-known/") else f"/api/v1{path}"
        whole, _, query = whole.partition("?")
        called = f"{whole.format(**ids)}?{query}" if query else whole.format(**ids)
        answer = self.clients[by.name].call(
            method, called, body, headers={"User-Agent": by.name, **headers}
        )
        code = (answer.json or {}).get("code", "") if answer.is_json else ""
        said = "" if body is None else f" {_short(body)}"
        self.story.append(f"{by.name}: {method} {called}{said} → {answer.status_code} {code}")
        self.asked[f"{method} {path.partition('?')[0]} {answer.status_code} {code}".strip()] += 1
        self._check(by, expected, answer)
        return answer

    def differ(self, *found: str) -> None:
        """Raises AssertionError with the story, if something was found."""
        if found:
            story = "\n".join(f"  {line}" for line in self.story[self.begun :])
            raise AssertionError("\n".join(["", story, "", *found]))

    def pick(self, nth: int, among: list[Any]) -> Any:
        """The newest is the 0th."""
        return among[-1 - nth % len(among)]

    def insiders(self) -> list[str]:
        """Who is signed in, many times; and everybody."""
        sessions = {name: self.world.opened.get(who.token) for name, who in self.people.items()}
        inside = [name for name, one in sessions.items() if one and self.world.in_force(one)]
        return [*inside * 4, *BROWSERS]

    def someone(self, nth: int) -> Account:
        """Of all who ever had an account, the admin last."""
        return cast("Account", self.pick(nth, self.world.accounts))

    def pass_time(self, seconds: int, said: str) -> None:
        self.site.clock.now += seconds
        self.world.now = self.site.clock.now
        self.story.append(said)

    def come(self, moment: str, until: int) -> None:
        """Lets time pass to the last second of what is good until then, or to the first after."""
        seconds = until - self.world.now - (moment == "the last second")
        if moment != "now" and seconds > 0:
            self.pass_time(seconds, f"{moment} of what comes next: {seconds} seconds pass")

    def prove(self, by: Browser) -> None:
        """Steps up by the password, where that is to be done."""
        session = self.world.opened.get(by.token)
        password = session and session.account.password
        if session and password and self.world.in_force(session):
            expected = own.step_up_by_password(self.world, by, password)
            self.ask(by, "POST /sessions/current/step-up", expected, {"password": password})

    def _settle(self, name: str, by: Browser) -> None:
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.ask(by, "POST /users", registering.register(self.world, body), body)
        registration = self.world.registrations[-1]
        code = self.world.letters[-1].secret
        verified = registering.verify(self.world, by, registration, code)
        endpoint = "POST /registrations/{registration_id}/verify"
        self.ask(by, endpoint, verified, {"code": code}, registration_id=registration.id)
        if name == "chief":
            account = self.world.accounts[-1]
            self.site.make_admin(account.id)
            account.roles = [ADMIN]
            self.world.changed(account)
            self.world.end_all(account)
            signed_in = signing_in.by_password(self.world, by, name, PASSWORD)
            self.ask(by, "POST /sessions", signed_in, {"identifier": name, "password": PASSWORD})

    def _check(self, by: Browser, expected: Expected, answer: TestResponse) -> None:
        found = [*self._unlike(expected, answer)]
        if not found and answer.headers.get("ETag") and expected.about:
            by.etag = answer.headers["ETag"]
            by.etag_of = expected.about, expected.about.version
        found += [] if found else self._cookies(by, expected)
        self.differ(*found, *self._letters())

    def _unlike(self, expected: Expected, answer: TestResponse) -> list[str]:
        if answer.status_code != expected.status:
            wanted = f"{expected.status} {expected.code}".strip()
            return [f"The contract has {wanted}, not {answer.status_code}: {answer.text}"]
        if expected.problem:
            body = {name: answer.json.get(name) for name in expected.body}
            return [*differences(expected.body, body)]
        sent = answer.json if answer.data else None
        body = differences(expected.body, sent)
        headers = {name: answer.headers.get(name) for name in expected.headers}
        return [*body, *differences(expected.headers, headers, "headers")]

    def _cookies(self, by: Browser, expected: Expected) -> list[str]:
        cookie = self.clients[by.name].client.get_cookie("session")
        token = cookie.value if cookie else ""
        before, by.token = by.token, token
        if expected.opens:
            known = token in self.world.opened or token in self.world.ended
            self.world.set_token(expected.opens, token)
            return ["The token is not a new one."] if known or not token else []
        if expected.clears:
            return ["The session's cookie stays."] if token else []
        return ["The session's cookie is another."] if token != before else []

    def _letters(self) -> list[str]:
        """What came since, and what of it should not have; secrets are learned."""
        come = self.mails.sent
        due = self.world.letters
        found = [
            f"A mail to {letter.to} ({letter.kind}) is due, not one to {mail.to}: {mail.subject}"
            for letter, mail in zip(due, come, strict=False)
            if not letter.secret and not _is(mail, letter)
        ]
        if len(due) != len(come):
            found.append(f"{len(come)} mails have come, not {len(due)}: {come[len(due) :]}")
        for letter, mail in zip(due, come, strict=False):
            letter.secret = letter.secret or _secret(mail)
        return found


def _is(mail: Message, letter: Letter) -> bool:
    return mail.to == letter.to and re.fullmatch(SUBJECTS[letter.kind], mail.subject) is not None


def _secret(mail: Message) -> str:
    """The code or the token of a mail that has one, and a dash for any other."""
    link = SECRET.search(mail.text)
    code = mail.subject[:6] if mail.subject[:6].isdecimal() else ""
    return code or (link[1] if link else "-")


def _short(body: Any) -> str:
    text = json.dumps(body)
    return text if len(text) < 120 else f"{text[:100]}…"
