"""Conditions left out: of a write, of a time, of whose it is."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

PROFILES: Final = "tests/web/test_profile_changes.py"
RETRIEVAL: Final = "tests/web/test_retrieval.py"

DEFECTS: Final = (
    Defect(
        "somebody else's passkey is a proof",
        "backend/accounts/step_up.py",
        "    if passkeys.prove(context, credential).id != user.id:\n"
        "        raise InvalidCredentials\n",
        "    passkeys.prove(context, credential)\n",
        ("tests/web/test_step_up.py::test_somebody_elses_passkey_is_no_proof",),
    ),
    Defect(
        "two registrations hold one username",
        "backend/storage/holds.py",
        '| Attr("holder").eq(hold.holder)',
        '| Attr("pk").exists()',
        ("tests/web/test_registration.py::test_of_many_who_want_one_username_at_once_one_gets_it",),
    ),
    Defect(
        "anybody reads anybody",
        "backend/accounts/profile.py",
        "if ADMIN not in reader.roles or known is None:",
        "if known is None:",
        (f"{RETRIEVAL}::test_of_another_user_one_does_not_learn_whether_they_exist",),
    ),
    Defect(
        "nobody need be left to administer",
        "backend/accounts/roles.py",
        "    if not wanted.user_ids:\n        raise LastAdmin\n",
        "",
        ("tests/web/test_admin_users.py::test_the_last_admin_stays",),
    ),
    Defect(
        "what is sensitive asks for no recent proof",
        "backend/web/operation.py",
        "if described.step_up:",
        "if described.step_up and described.admin:",
        ("tests/web/test_export.py::test_it_needs_a_recent_proof",),
    ),
    Defect(
        "a session that is not used never ends",
        "backend/accounts/sessions.py",
        "unexpired = session.idle_at > context.now()",
        "unexpired = session.expires_at > context.now()",
        ("tests/web/test_sessions.py::test_a_session_that_is_not_used_ends",),
    ),
    Defect(
        "a link to a new password never grows old",
        "backend/accounts/password_resets.py",
        "return reset.expires_at > context.now() and reset.epoch == user.epoch",
        "return reset.epoch == user.epoch",
        ("tests/web/test_password_resets.py::test_a_token_is_good_for_60_minutes",),
    ),
    Defect(
        "a challenge of a passkey never grows old",
        "backend/accounts/ceremonies.py",
        "    if expires_at <= context.now():\n        return None\n",
        "",
        ("tests/web/test_passkey_sign_in.py::test_a_challenge_is_good_for_five_minutes",),
    ),
    Defect(
        "a cursor is believed unsigned",
        "backend/accounts/cursors.py",
        'if not keyed(keys, tag, "cursor", scope, text):',
        "if not text:",
        ("tests/web/test_admin_users.py::test_a_cursor_is_good_for_its_own_list_alone",),
    ),
)
