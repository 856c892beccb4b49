"""Sessions that are not ended by what must end them."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

SESSIONS: Final = "tests/web/test_sessions.py"
PASSWORD_CHANGES: Final = "backend/storage/password_changes.py"

DEFECTS: Final = (
    Defect(
        "signing out takes the cookie and leaves the session",
        "backend/accounts/sessions.py",
        "    sessions.delete(context.database, session.user_id, session.id)\n    audit.record(",
        "    audit.record(",
        (f"{SESSIONS}::test_signing_out_is_in_force_with_the_next_request",),
    ),
    Defect(
        "another password leaves the other sessions",
        PASSWORD_CHANGES,
        '        "epoch": user.epoch + 1,\n',
        "",
        ("tests/web/test_password_change.py::test_all_other_sessions_end",),
    ),
    Defect(
        "a password that was reset leaves all sessions",
        PASSWORD_CHANGES,
        '        "epoch": user.epoch + 1,\n',
        "",
        ("tests/web/test_password_resets.py::test_every_session_ends",),
    ),
    Defect(
        "confirming an app leaves the sessions that have not shown it",
        "backend/accounts/totp.py",
        ', "epoch": user.epoch + 1}',
        "}",
        ("tests/web/test_totp.py::test_other_sessions_end_so_that_each_has_shown_the_app",),
    ),
    Defect(
        "a disabled user's sessions go on",
        "backend/accounts/sessions.py",
        "enabled = not user.disabled or user.leaving == session.id",
        "enabled = True",
        (f"{SESSIONS}::test_what_ends_all_sessions_is_in_force_with_the_next_request",),
    ),
    Defect(
        "other roles, or none, leave the sessions of before",
        "backend/accounts/roles.py",
        "                epoch=user.epoch + 1,\n",
        "",
        (
            "tests/web/test_admin_users.py::test_an_enabled_user_signs_in_anew",
            "tests/web/test_admin_users.py::test_roles_are_given_and_taken",
        ),
    ),
    Defect(
        "a deletion leaves the user's sessions in the table",
        "backend/storage/deletion.py",
        "(sessions.partition(user.id), addresses.partition(user.id))",
        "(addresses.partition(user.id),)",
        ("tests/web/test_deletion.py::test_nothing_personal_is_left_in_any_table",),
    ),
    Defect(
        "the sessions of whoever changed the address outlive its undoing",
        "backend/storage/addresses.py",
        'set={**address, **also.changes, "epoch": user.epoch + 1},',
        "set={**address, **also.changes},",
        ("tests/web/test_email_undo.py::test_all_sessions_end",),
    ),
    Defect(
        "ending all other sessions ends none",
        "backend/storage/sessions.py",
        'Update(users.user_key(user.id), set={"epoch": epoch}, condition=same)',
        'Update(users.user_key(user.id), set={"epoch": user.epoch}, condition=same)',
        (f"{SESSIONS}::test_ending_all_sessions_keeps_this_one",),
    ),
    Defect(
        "an admin who ends all sessions ends none",
        "backend/storage/users.py",
        'add={"epoch": 1}, condition=there',
        'add={"epoch": 0}, condition=there',
        ("tests/web/test_admin_users.py::test_ending_sessions_ends_them_all_and_no_others",),
    ),
    Defect(
        "the token of before a proof still opens the session",
        "backend/accounts/sessions.py",
        "if not tokens.same(token.hash, session.token_hash) or not",
        "if not",
        ("tests/web/test_step_up.py::test_a_proof_gives_the_session_a_new_token",),
    ),
    Defect(
        "a challenge outlives the password that it stands after",
        "backend/accounts/sign_in.py",
        " or user.disabled or user.epoch != challenge.epoch:",
        " or user.disabled:",
        ("tests/web/test_challenges.py::test_a_new_password_ends_the_challenge",),
    ),
)
