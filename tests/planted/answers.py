"""Answers that tell who has an account: by status, body, header, or by the work behind them."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

TOKENS: Final = "tests/accounts/test_tokens.py"
ENUMERATION: Final = "tests/web/test_enumeration.py"
TRIED_TOO_OFTEN: Final = (
    "test_an_identifier_that_was_tried_too_often_is_refused_whether_or_not_it_is_known"
)
REFUSED_SIGN_IN: Final = (f"{ENUMERATION}::test_a_refused_sign_in_does_not_tell_why",)

DEFECTS: Final = (
    Defect(
        "for nobody no password is hashed",
        "backend/accounts/verifiers.py",
        "    password = normalise(password)\n    possible",
        "    if verifier is None:\n"
        "        return False\n"
        "    password = normalise(password)\n"
        "    possible",
        REFUSED_SIGN_IN,
    ),
    Defect(
        "for a disabled user no password is hashed",
        "backend/accounts/sign_in.py",
        "    with limits.unless_unavailable(context, tries):\n",
        "    if user and user.disabled:\n"
        "        raise InvalidCredentials\n"
        "    with limits.unless_unavailable(context, tries):\n",
        REFUSED_SIGN_IN,
    ),
    Defect(
        "for nobody the database is asked once less",
        "backend/storage/users.py",
        'return find(database, next(found, "nobody"))',
        'owner = next(found, "")\n    return find(database, owner) if owner else None',
        REFUSED_SIGN_IN,
    ),
    Defect(
        "an unknown name has a status of its own",
        "backend/accounts/sign_in.py",
        "    if user is None or user.disabled or not right:\n",
        "    if user is None:\n"
        "        raise ChallengeExpired\n"
        "    if user.disabled or not right:\n",
        REFUSED_SIGN_IN,
    ),
    Defect(
        "a refusal has another header where the name is known",
        "backend/accounts/sign_in.py",
        "    if user is None or user.disabled or not right:\n        raise InvalidCredentials\n",
        "    if user is None or user.disabled or not right:\n"
        "        raise InvalidCredentials(**({'retry_after': 1} if user else {}))\n",
        REFUSED_SIGN_IN,
    ),
    Defect(
        "a registration has another body where the address is known",
        "backend/accounts/mailbox_codes.py",
        "resend_after=now + RESEND_SECONDS,",
        "resend_after=now + (RESEND_SECONDS if code else 0),",
        (f"{ENUMERATION}::test_registering_a_known_address_looks_like_any_other",),
    ),
    Defect(
        "a link to a new password is noted for users alone",
        "backend/accounts/password_resets.py",
        "    resets.replace(context.database, email_key, reset)\n",
        "    if user:\n        resets.replace(context.database, email_key, reset)\n",
        (f"{ENUMERATION}::test_asking_for_a_new_password_looks_the_same_for_everybody",),
    ),
    Defect(
        "a change to a known address is refused",
        "backend/accounts/email_changes.py",
        "    code = None if taken else tokens.new_code()\n",
        "    if taken:\n"
        '        raise Invalid.at("/email", "email_invalid")\n'
        "    code = None if taken else tokens.new_code()\n",
        (f"{ENUMERATION}::test_changing_the_address_to_a_known_one_looks_like_any_other",),
    ),
    Defect(
        "tries with an unknown name are not counted",
        "backend/accounts/sign_in.py",
        "    else:\n        first = sentinels[0]\n",
        "    elif user is None:\n        tries = []\n    else:\n        first = sentinels[0]\n",
        (f"{ENUMERATION}::{TRIED_TOO_OFTEN}",),
    ),
    Defect(
        "secrets are compared in a time that depends on where they differ",
        "backend/accounts/tokens.py",
        "return hmac.compare_digest(given, stored)",
        "return given == stored",
        (f"{TOKENS}::test_what_is_secret_is_compared_in_a_time_that_does_not_depend_on_it",),
    ),
)
