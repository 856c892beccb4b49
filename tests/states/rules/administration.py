"""What the admin does; anybody else tries it too, and finds nothing."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.states.model import administration
from tests.states.model.expected import Expected
from tests.states.model.state import Account, Browser
from tests.states.model.world import World
from tests.states.rules.base import BROWSERS, mostly, nth
from tests.states.rules.factors import Factors
from tests.states.rules.own import limits
from tests.states.rules.registering import addresses

Act = Callable[[World, Browser, Account], Expected]

admins = st.sampled_from(["chief's laptop"] * 8 + [*BROWSERS])
ROLES = ([], ["admin"], ["editor"], ["editor", "admin"], [administration.BAD_ROLE])
roles = st.sampled_from(ROLES)


class Administration(Factors):
    @rule(by=admins, prefix=st.sampled_from(["", "a", "D", "-"]), limit=st.sampled_from([25, 2]))
    def list_users(self, by: str, prefix: str, limit: int) -> None:
        who = self.people[by]
        expected = administration.list_users(self.world, who, prefix, limit)
        self.ask(who, f"GET /admin/users?prefix={prefix}&limit={limit}", expected)

    @rule(by=admins, email=addresses)
    def find_a_user(self, by: str, email: str) -> None:
        who = self.people[by]
        expected = administration.find_user(self.world, who, email)
        self.ask(who, "POST /admin/users/find", expected, {"email": email})

    @rule(by=admins, whom=nth)
    def read_a_user(self, by: str, whom: int) -> None:
        self._act(by, whom, "GET /admin/users/{user_id}", administration.read_user)

    @rule(by=admins, whom=nth)
    def disable_a_user(self, by: str, whom: int) -> None:
        self._act(by, whom, "POST /admin/users/{user_id}/disable", administration.disable)

    @rule(by=admins, whom=nth)
    def enable_a_user(self, by: str, whom: int) -> None:
        self._act(by, whom, "POST /admin/users/{user_id}/enable", administration.enable)

    @rule(by=admins, whom=nth)
    def end_sessions_of_a_user(self, by: str, whom: int) -> None:
        act = administration.end_sessions
        self._act(by, whom, "POST /admin/users/{user_id}/end-sessions", act)

    @rule(by=admins, whom=nth, proves=mostly)
    def reset_second_factors(self, by: str, whom: int, proves: bool) -> None:
        self.prepared(by, proves)
        act = administration.reset_second_factors
        self._act(by, whom, "POST /admin/users/{user_id}/reset-second-factors", act)

    @rule(by=admins, whom=nth, proves=mostly)
    def delete_a_user(self, by: str, whom: int, proves: bool) -> None:
        self.prepared(by, proves)
        self._act(by, whom, "DELETE /admin/users/{user_id}", administration.delete)

    @rule(by=admins, whom=nth, given=roles, proves=mostly)
    def give_roles(self, by: str, whom: int, given: list[str], proves: bool) -> None:
        who, account = self.prepared(by, proves), self.someone(whom)
        expected = administration.set_roles(self.world, who, account, given)
        endpoint = "PUT /admin/users/{user_id}/roles"
        self.ask(who, endpoint, expected, {"roles": given}, user_id=account.id)

    @rule(by=admins, whom=nth, limit=limits)
    def read_events_of_a_user(self, by: str, whom: int, limit: int) -> None:
        who, account = self.people[by], self.someone(whom)
        expected = administration.events_of(self.world, who, account, limit)
        self.ask(who, f"GET /admin/events?user={account.id}&limit={limit}", expected)

    @rule(by=admins, limit=limits)
    def read_all_events(self, by: str, limit: int) -> None:
        who = self.people[by]
        expected = administration.events(self.world, who, limit)
        self.ask(who, f"GET /admin/events?limit={limit}", expected)

    def _act(self, by: str, whom: int, endpoint: str, act: Act) -> None:
        who, account = self.people[by], self.someone(whom)
        self.ask(who, endpoint, act(self.world, who, account), user_id=account.id)
