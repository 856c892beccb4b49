"""The stories see what is broken on purpose: each defect is found within a few of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase

from backend.accounts import (
    audit,
    mailbox_codes,
    profile,
    registration,
    roles,
    sessions,
    step_up,
    tokens,
)
from backend.storage import deletion, users
from tests.states.test_any_order import play
from tests.support import Site
from tests.tally import Tried

Patch = pytest.MonkeyPatch
FEW: dict[str, Any] = {
    "max_examples": 60,
    "stateful_step_count": 60,
    "derandomize": True,
    "phases": [Phase.generate],
}


def sessions_outlive_what_ends_all(patch: Patch) -> None:
    """A changed password, a reset, a disabled user, other roles."""
    whole = sessions._in_force  # noqa: SLF001

    def in_force(context: Any, session: Any, user: Any) -> bool:
        return whole(context, replace(session, epoch=user.epoch), user)

    patch.setattr(sessions, "_in_force", in_force)


def a_replaced_token_still_opens(patch: Patch) -> None:
    patch.setattr(sessions, "tokens", replaced(tokens, same=lambda _given, _stored: True))


def a_session_never_goes_idle(patch: Patch) -> None:
    patch.setattr(sessions, "_idle_at", lambda _context, expires_at: expires_at)


def a_proof_never_grows_old(patch: Patch) -> None:
    patch.setattr(step_up, "RECENT_SECONDS", 10**9)


def a_code_never_grows_old(patch: Patch) -> None:
    patch.setattr(mailbox_codes, "CODE_SECONDS", 10**9)


def a_wrong_code_is_not_counted(patch: Patch) -> None:
    def look(context: Any, registration_id: str) -> Any:
        return registration._find(context, registration_id)  # noqa: SLF001

    patch.setattr(registration, "_count_attempt", look)


def the_name_of_a_deleted_user_stays_taken(patch: Patch) -> None:
    patch.setattr(deletion, "release", lambda *_: None)


def a_registration_does_not_hold_its_name(patch: Patch) -> None:
    patch.setattr(registration, "REGISTRATION_SECONDS", 60)


def everybody_may_read_everybody(patch: Patch) -> None:
    def read(context: Any, _reader: Any, user_id: str) -> Any:
        user = users.find(context.database, user_id)
        if user is None:
            raise profile.UserNotFound
        return user

    patch.setattr(profile, "read_user", read)


def nobody_need_be_left_to_administer(patch: Patch) -> None:
    patch.setattr(roles, "kept", lambda *_: [])


def the_end_of_a_session_is_not_in_the_log(patch: Patch) -> None:
    patch.setattr(sessions, "audit", replaced(audit, record=lambda *_args, **_more: None))


DEFECTS = [
    sessions_outlive_what_ends_all,
    a_replaced_token_still_opens,
    a_session_never_goes_idle,
    a_proof_never_grows_old,
    a_code_never_grows_old,
    a_wrong_code_is_not_counted,
    the_name_of_a_deleted_user_stays_taken,
    a_registration_does_not_hold_its_name,
    everybody_may_read_everybody,
    nobody_need_be_left_to_administer,
    the_end_of_a_session_is_not_in_the_log,
]


class replaced:  # noqa: N801
    """A module with some of its names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__ |= names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@pytest.mark.torture
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_the_stories_find(
    make_site: Callable[..., Site],
    monkeypatch: Patch,
    tried: Tried,
    defect: Callable[[Patch], None],
) -> None:
    defect(monkeypatch)
    with pytest.raises(AssertionError):
        play(make_site, **FEW)
    tried("defect")
