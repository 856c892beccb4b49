"""What people do with their own account and sessions."""

from __future__ import annotations

from typing import Any

import jwt
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.states.model import own
from tests.states.model.expected import ANYTHING, Expected, differences
from tests.states.model.state import Browser, Session, The
from tests.states.rules.base import browsers, insiders, mostly, nth, often, seldom
from tests.states.rules.registering import names, passwords
from tests.states.rules.signing_in import SigningIn

limits = st.sampled_from([100, 3])
changes = st.one_of(
    st.fixed_dictionaries({"username": names}),
    st.fixed_dictionaries(
        {"display_name": st.sampled_from(["Ann A.", None]), "locale": st.sampled_from(["en", None])}
    ),
)


class Own(SigningIn):
    @rule(by=insiders)
    def read_oneself(self, by: str) -> None:
        who = self.people[by]
        self.ask(who, "GET /users/me", own.me(self.world, who))

    @rule(by=insiders, whom=nth)
    def read_somebody(self, by: str, whom: int) -> None:
        who, account = self.people[by], self.someone(whom)
        expected = own.read(self.world, who, account)
        self.ask(who, "GET /users/{user_id}", expected, user_id=account.id)

    @rule(by=insiders, body=changes, fresh=mostly)
    def change_oneself(self, by: str, body: dict[str, Any], fresh: bool) -> None:
        who = self.people[by]
        if fresh:
            self.read_oneself(by)
        headers = {"If-Match": who.etag} if who.etag else {}
        expected = own.change(self.world, who, body, conditional=bool(headers))
        self.ask(who, "PATCH /users/me", expected, body, headers=headers)

    @rule(by=insiders, password=passwords, wrong=seldom, unsaid=seldom, proves=mostly)
    def change_the_password(
        self, by: str, password: str, wrong: bool, unsaid: bool, proves: bool
    ) -> None:
        who = self.people[by]
        session = self.world.opened.get(who.token)
        account = session.account if session else None
        left_out = unsaid or (account is not None and account.password is None)
        current = None if left_out else self.password(account, wrong=wrong)
        expected = own.change_password(self.world, who, current, password)
        body = {"password": password} | ({"current_password": current} if current else {})
        self.ask(who, "PUT /users/me/password", expected, body)

    @rule(by=insiders)
    def list_sessions(self, by: str) -> None:
        who = self.people[by]
        self.ask(who, "GET /sessions", own.sessions(self.world, who))

    @precondition(lambda self: self.known_sessions())
    @rule(by=insiders, nth=nth)
    def end_a_session(self, by: str, nth: int) -> None:
        who, session = self.people[by], self.pick(nth, self.known_sessions())
        expected = own.end_session(self.world, who, session)
        self.ask(who, "DELETE /sessions/{session_id}", expected, session_id=session.id)

    @rule(by=insiders)
    def sign_out(self, by: str) -> None:
        who = self.people[by]
        self.ask(who, "DELETE /sessions/current", own.sign_out(self.world, who))

    @rule(by=insiders)
    def end_the_other_sessions(self, by: str) -> None:
        who = self.people[by]
        self.ask(who, "DELETE /sessions", own.end_others(self.world, who))

    @rule(by=insiders, limit=limits)
    def read_own_events(self, by: str, limit: int) -> None:
        who = self.people[by]
        expected = own.events(self.world, who, limit)
        self.ask(who, f"GET /users/me/events?limit={limit}", expected)

    @rule(by=insiders, proves=mostly)
    def export(self, by: str, proves: bool) -> None:
        who = self.prepared(by, proves)
        self.ask(who, "GET /users/me/export", own.export(self.world, who))

    @rule(by=insiders, proves=mostly, returns=often)
    def delete_oneself(self, by: str, proves: bool, returns: bool) -> None:
        """And comes back under the same name at once, perhaps."""
        who = self.prepared(by, proves)
        session = self.world.opened.get(who.token)
        expected = own.delete(self.world, who)
        self.ask(who, "DELETE /users/me", expected)
        if returns and session and expected.status == 204:
            self.register_as(who, session.account.username, session.account.email)

    @rule(by=insiders)
    def have_an_access_token(self, by: str) -> None:
        """Another service believes it by the published keys."""
        who = self.people[by]
        expected = own.token(self.world, who)
        answer = self.ask(who, "POST /tokens", expected, {})
        keys = self.ask(who, "GET /.well-known/jwks.json", Expected(200, ANYTHING)).json["keys"]
        if expected.about:
            said = {
                "sub": expected.about.id,
                "sid": The(self.world.opened[who.token], "id"),
                "roles": expected.about.roles,
                "iat": self.world.now,
            }
            claims = self._believed(answer.json["token"], keys)
            self.differ(*differences(said, {name: claims[name] for name in said}, "claims"))

    @rule(by=browsers)
    def ask_for_health(self, by: str) -> None:
        self.ask(self.people[by], "GET /health", Expected(200, {"status": "ok"}))

    @precondition(lambda self: any(who.token for who in self.people.values()))
    @rule(thief=browsers, of=browsers)
    def steal_the_cookie(self, thief: str, of: str) -> None:
        token = self.people[of].token
        if token:
            self.people[thief].token = token
            self.clients[thief].client.set_cookie("session", token)
            self.story.append(f"{thief} has the session's cookie of {of} from now on")

    def known_sessions(self) -> list[Session]:
        """Those whose id was seen."""
        return [session for session in self.world.sessions if session.id]

    def prepared(self, by: str, proves: bool) -> Browser:
        """The browser, whose user has proved to be themselves if they do."""
        if proves:
            self.prove(self.people[by])
        return self.people[by]

    def _believed(self, token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token)["kid"]
        [key] = [jwt.PyJWK(key) for key in keys if key["kid"] == kid]
        audience, claims = self.site.settings.audiences[0], {"verify_exp": False}
        options: Any = {**claims, "verify_iat": False}
        return jwt.decode(token, key.key, ["ES256"], audience=audience, options=options)
