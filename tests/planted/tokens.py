"""Tokens believed that were not made for this user."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

DEFECTS: Final = (
    Defect(
        "a device is known to every account",
        "backend/accounts/tokens.py",
        "return found.id if found and found.user_id == user_id else None",
        "return found.id if found else None",
        ("tests/accounts/test_tokens.py::test_a_device_is_unknown_to_another_user",),
    ),
    Defect(
        "a device counts as known wherever a password is tried",
        "backend/accounts/sign_in.py",
        "if device and user and device.user_id == user.id else None",
        "if device and user else None",
        ("tests/web/test_lockout.py::test_a_device_is_known_only_to_the_account_it_signed_in_to",),
    ),
)
