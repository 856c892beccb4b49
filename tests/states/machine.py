"""The whole API in any order, with time passing, and what holds after each step."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.invariants import assert_whole
from tests.states.model import own
from tests.states.model.state import DAY, HOUR, MINUTE
from tests.states.rules.administration import Administration
from tests.states.rules.base import BROWSERS
from tests.support import browser_with

# To the second, at which something begins or ends.
TIMES = {
    "a second": 1,
    "30 seconds": 30,
    "a minute": MINUTE,
    "5 minutes less a second": 5 * MINUTE - 1,
    "5 minutes": 5 * MINUTE,
    "10 minutes": 10 * MINUTE,
    "half an hour": 30 * MINUTE,
    "an hour": HOUR,
    "a day": DAY,
    "3 days less a second": 3 * DAY - 1,
    "3 days": 3 * DAY,
    "7 days less a second": 7 * DAY - 1,
    "7 days": 7 * DAY,
}
# Short times come more often, since long ones end most of what there is.
ordered = sorted(TIMES, key=lambda name: TIMES[name])
times = st.sampled_from([*ordered, *ordered[:7] * 3])


class AnyOrder(Administration):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.steps = 0
        self.over: set[str] = set()
        self.begin_to_add_an_app("bob's laptop", proves=True, confirms=True)
        self.add_a_passkey("bob's laptop", proves=True, again=False, name=None)
        self.story.append("Ann, Bob (with an authenticator app and a passkey) and Chief (an admin)")
        self.story.append("have accounts and are signed in.")
        self.begun = len(self.story) - 2

    @rule(time=times)
    def time_passes(self, time: str) -> None:
        self.pass_time(TIMES[time], f"{time} passes" if time.startswith("a") else f"{time} pass")

    @invariant()
    def all_holds(self) -> None:
        self.steps += 1
        assert_whole(self.site)
        self.nobody_acts_as_another()
        self.what_is_ended_is_ended_everywhere()

    def nobody_acts_as_another(self) -> None:
        """Each in their turn, since whoever is seen is seen anew."""
        by = self.people[BROWSERS[self.steps % len(BROWSERS)]]
        self.ask(by, "GET /users/me", own.me(self.world, by))
        self.story.pop()

    def what_is_ended_is_ended_everywhere(self) -> None:
        for token in self._ended():
            answer = browser_with(self.site, token).get("users/me")
            if answer.status_code != 401:
                self.differ("A session that was ended is not.")

    def _ended(self) -> set[str]:
        """Tokens that are new among those that open nothing, and the one replaced last."""
        over = {
            token
            for token, session in self.world.opened.items()
            if not self.world.in_force(session)
        }
        new, self.over = over - self.over, over
        return new | {*self.world.ended[-1:]}
