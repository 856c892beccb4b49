"""Proofs that are good twice."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

DEFECTS: Final = (
    Defect(
        "a recovery code stays in its set",
        "backend/storage/recovery_codes.py",
        "left = [one for one in seen.hashes if one != spent]",
        "left = list(seen.hashes)",
        ("tests/web/test_recovery_codes.py::test_each_signs_in_once",),
    ),
    Defect(
        "a challenge stays after it was answered",
        "backend/accounts/sign_in.py",
        "    challenges.end(context.database, challenge_id)\n",
        "",
        ("tests/web/test_challenges.py::test_a_challenge_is_good_for_one_session",),
    ),
    Defect(
        "a passkey's answer is good again",
        "backend/accounts/passkeys.py",
        "if not ceremony.spend(context) or not passkeys.use(context.database, used):",
        "if not passkeys.use(context.database, used):",
        ("tests/web/test_passkey_sign_in.py::test_a_challenge_is_good_once",),
    ),
    Defect(
        "a code that made an account signs in to it again",
        "backend/storage/users.py",
        'if found and found["created_in"] == user.created_in:',
        "if found:",
        ("tests/web/test_verification.py::test_a_spent_code_opens_nothing",),
    ),
)
