"""Limits that are not counted, or that count what they must not."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

HOUR: Final = (
    "tests/web/test_limits.py::test_more_than_a_limit_allows_is_refused_until_the_hour_is_over"
)
HASHING: Final = "tests/attacks/test_hashing.py"

DEFECTS: Final = (
    Defect(
        "no limit holds for the hour",
        "backend/storage/counters.py",
        'condition=_below("day", rate.daily) & _below(window.hour, rate.hourly),',
        'condition=_below("day", rate.daily),',
        (f"{HOUR}[LIMIT_REGISTRATIONS-registrations]",),
    ),
    Defect(
        "wrong passwords from everywhere at one account are not counted",
        "backend/accounts/limits.py",
        '        _take(context, "identifier", who, context.settings.limit_identifier),\n',
        "",
        (f"{HOUR}[LIMIT_IDENTIFIER-sign_ins_to_one_account]",),
    ),
    Defect(
        "wrong passwords are given back as if they were right",
        "backend/accounts/sign_in.py",
        "    if user is None or user.disabled or not right:\n"
        "        raise InvalidCredentials\n"
        "    limits.right_after_all(context, tries)\n",
        "    limits.right_after_all(context, tries)\n"
        "    if user is None or user.disabled or not right:\n"
        "        raise InvalidCredentials\n",
        (f"{HOUR}[LIMIT_DEVICE-sign_ins_of_one_device]",),
    ),
    Defect(
        "wrong passwords of a proof are not counted",
        "backend/accounts/step_up.py",
        "tries = limits.device_sign_in(context, user.id, session.id)",
        "tries: list[limits.Taken] = []",
        ("tests/web/test_step_up.py::test_wrong_passwords_are_limited_and_right_ones_are_not",),
    ),
    Defect(
        "wrong codes of a second factor are not counted",
        "backend/accounts/second_factors.py",
        "tries = limits.second_factor(context, user.id, device_id)",
        "tries: list[limits.Taken] = []",
        ("tests/web/test_challenges.py::test_wrong_codes_are_limited_over_all_challenges",),
    ),
    Defect(
        "a code of a mail may be tried without end",
        "backend/storage/attempts.py",
        'condition=Attr("attempts").lt(tries)\n        & Attr("expires_at")',
        'condition=Attr("expires_at")',
        ("tests/web/test_verification.py::test_after_five_wrong_tries_the_right_code_is_refused",),
    ),
    Defect(
        "sessions are begun without end",
        "backend/accounts/sign_in.py",
        "    end_surplus(context, user, caller, events)\n",
        "",
        ("tests/web/test_sessions.py::test_a_user_has_a_hundred_sessions_and_no_more_are_read",),
    ),
    Defect(
        "each address of an IPv6 network counts by itself",
        "backend/accounts/limits.py",
        "bits = 32 if parsed.version == 4 else 64",
        "bits = 32 if parsed.version == 4 else 128",
        ("tests/web/test_production.py::test_an_ipv6_network_of_64_bits_counts_as_one",),
    ),
)
