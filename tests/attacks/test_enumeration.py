"""Who has an account cannot be asked of any endpoint, under any limit.

`tests/web/test_enumeration.py` has each flow in order; here are all doors at once, and the limits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.accounts.ids import new_id
from tests.alike import Act, assert_alike, observed, shape
from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, asserted, challenged
from tests.support import PASSWORD, Browser, Site, registration_id

KNOWN, FREE = "known@example.com", "free@example.com"
# Each counted four times before it refuses.
TIGHT = {"LIMIT_MAILBOX": "4/hour 9/day", "LIMIT_IDENTIFIER": "4/hour 9/day"}

Question = Callable[[Site, Browser], list[Act]]


def register(_site: Site, asker: Browser) -> list[Act]:
    return [
        partial(asker.register, name, email=email)
        for name, email in (("one", KNOWN), ("two", FREE))
    ]


def readdress(_site: Site, asker: Browser) -> list[Act]:
    begun = [asker.register(name, email=f"{name}@example.net") for name in ("one", "two")]
    return [partial(asker.readdress, *pair) for pair in zip(begun, (KNOWN, FREE), strict=True)]


def resend(site: Site, asker: Browser) -> list[Act]:
    begun = [asker.register(name, email=email) for name, email in (("one", KNOWN), ("two", FREE))]
    site.clock.advance(minutes=1)
    return [partial(asker.resend, one) for one in begun]


def guess_registration_code(_site: Site, asker: Browser) -> list[Act]:
    begun = [asker.register(name, email=email) for name, email in (("one", KNOWN), ("two", FREE))]
    return [partial(asker.verify, one, "no code") for one in begun]


def registration_passkey(_site: Site, asker: Browser) -> list[Act]:
    path = "registrations/passkey-options"
    bodies = [{"username": name, "email": email} for name, email in (("one", KNOWN), ("two", FREE))]

    def asked(body: dict[str, str]) -> TestResponse:
        answer = asker.post(path, body)
        # Drawn by chance, or what was asked with, and as long for anybody.
        options = answer.json
        lengths = {name: len(str(options.pop(name))) for name in ("challenge", "user")}
        answer.set_data(json.dumps({**options, **lengths}))
        return answer

    return [partial(asked, body) for body in bodies]


def sign_in(_site: Site, asker: Browser) -> list[Act]:
    return [
        partial(asker.sign_in, identifier, "not the password at all")
        for identifier in ("known", KNOWN, "nobody", FREE)
    ]


def answer_challenge(site: Site, asker: Browser) -> list[Act]:
    """Of one that never was, and of one that is over."""
    owner = site.browser()
    owner.become("factored")
    add_totp(owner)
    over = challenged(owner, "factored")
    site.clock.advance(minutes=11)
    body = {"method": "totp", "code": "000000"}
    return [partial(asker.post, f"sessions/challenges/{one}", body) for one in (over, new_id())]


def sign_in_by_passkey(site: Site, asker: Browser) -> list[Act]:
    """With a credential that is somebody's but not signed by it, and with nobody's.

    Only who holds a credential knows its id, which is drawn by chance.
    """
    owner, phone, stranger = site.browser(), Authenticator(), Authenticator()
    owner.become("keyed")
    add_passkey(owner, phone)
    forged = asserted(owner, phone)
    forged["response"]["signature"] = "AAAA"
    stranger.held = [phone.held[0]]
    stranger.held[0].id = b"\1" * 32
    unknown = asserted(owner, stranger)
    return [partial(asker.post, "sessions/passkey", {"credential": c}) for c in (forged, unknown)]


def forget(_site: Site, asker: Browser) -> list[Act]:
    return [partial(asker.forget, email) for email in (KNOWN, KNOWN.upper(), FREE)]


def begin_email_change(site: Site, _asker: Browser) -> list[Act]:
    members = [site.browser() for _ in range(2)]
    acts: list[Act] = []
    for name, member, email in zip(("one", "two"), members, (KNOWN, FREE), strict=True):
        member.become(name)
        member.prove()
        acts.append(partial(member.post, "users/me/email-changes", {"email": email}))
    return acts


def guess_email_code(site: Site, _asker: Browser) -> list[Act]:
    members = [site.browser() for _ in range(2)]
    for name, member, email in zip(("one", "two"), members, (KNOWN, FREE), strict=True):
        member.become(name)
        member.readdress_account(email)
    return [partial(member.prove_address, "no code") for member in members]


def read_user(site: Site, asker: Browser) -> list[Act]:
    member = site.browser()
    member.become("member")
    known = asker.sign_in("known").json["user"]["id"]
    return [partial(member.get, f"users/{user_id}") for user_id in (known, new_id())]


# Which questions are asked of an operation that takes an identifier, an address or an id of what
# belongs to somebody.
QUESTIONS: dict[str, Question] = {
    "POST /users": register,
    "PATCH /registrations/{registration_id}": readdress,
    "POST /registrations/{registration_id}/resend": resend,
    "POST /registrations/{registration_id}/verify": guess_registration_code,
    "POST /registrations/passkey-options": registration_passkey,
    "POST /sessions": sign_in,
    "POST /sessions/challenges/{challenge_id}": answer_challenge,
    "POST /password-resets": forget,
    "POST /users/me/email-changes": begin_email_change,
    "POST /users/me/email-changes/verify": guess_email_code,
    "GET /users/{user_id}": read_user,
}
# One's own things, which are looked for within one's own account alone.
WITHIN = {
    "DELETE /sessions/{session_id}",
    "PATCH /passkeys/{passkey_id}",
    "DELETE /passkeys/{passkey_id}",
}
# Hidden from everybody but admins, who may know: tests/web/test_admin_hidden.py.
ADMINS = "/admin/"


@pytest.fixture
def asker(site: Site) -> Browser:
    site.browser().become("known")
    return site.browser()


@pytest.mark.torture
@pytest.mark.parametrize("operation", QUESTIONS)
def test_known_and_unknown_are_answered_alike_with_the_same_work(
    site: Site, asker: Browser, operation: str
) -> None:
    assert_alike(site, *QUESTIONS[operation](site, asker))


def test_a_forged_passkey_is_answered_as_one_that_nobody_has(site: Site, asker: Browser) -> None:
    answers = [act() for act in sign_in_by_passkey(site, asker)]
    assert shape(answers[0]) == shape(answers[1])
    assert answers[0].status_code == 401


def test_no_operation_that_takes_an_identifier_is_left_out(browser: Browser) -> None:
    document = browser.get("openapi.json").json
    assert {name for name in taking(document) if ADMINS not in name} == set(QUESTIONS) | WITHIN


def taking(document: dict[str, Any]) -> Iterator[str]:
    """The operations with an address, an identifier, an id or a code of somebody."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            asked = members(document, operation) & {"email", "identifier"}
            if "{" in path or asked or path.endswith("/email-changes/verify"):
                yield f"{method.upper()} {path.removeprefix('/api/v1')}"


def members(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if not body:
        return set()
    name = body["schema"]["$ref"].rpartition("/")[2]
    return set(document["components"]["schemas"][name].get("properties", {}))


@pytest.mark.parametrize("ask", ["register", "forget", "email_change", "sign_in"])
def test_limits_refuse_known_and_unknown_at_the_same_try(
    limited: Callable[..., Site], ask: str
) -> None:
    """Also the refusal is the same, and the work before it."""
    site = limited(**TIGHT)
    site.browser().become("known")
    # The code that proved it counted already.
    site.clock.advance(minutes=60)
    traces = [list(trace(site, ask, email)) for email in (KNOWN, FREE)]
    assert traces[0] == traces[1]
    assert [status for (status, _, _), _, _ in traces[0]].count(429) == 2


def trace(site: Site, ask: str, email: str) -> Iterator[tuple[Any, list[str], int]]:
    """What six tries in a row show, each from another address prefix."""
    number = 10 if email == KNOWN else 20
    for place in range(number, number + 6):
        browser = site.browser(f"192.0.2.{place}")
        act: Act
        if ask == "register":
            act = partial(browser.register, f"name{place}", email=email)
        elif ask == "forget":
            act = partial(browser.forget, email)
        elif ask == "sign_in":
            act = partial(browser.sign_in, email, "not the password at all")
        else:
            browser.become(f"name{place}")
            browser.prove()
            act = partial(browser.post, "users/me/email-changes", {"email": email})
        answer, work, mails = observed(site, act)
        yield shape(answer), work, mails


def test_an_account_that_is_locked_out_looks_as_one_that_is_not_there(
    limited: Callable[..., Site],
) -> None:
    """The right password, too, is refused by the limit, before it is judged."""
    site = limited(**TIGHT)
    site.browser().become("known")
    for identifier in ("known", "nobody"):
        for _ in range(4):
            site.browser().sign_in(identifier, "not the password at all")
    assert_alike(
        site,
        lambda: site.browser().sign_in("known", PASSWORD),
        lambda: site.browser().sign_in("nobody", PASSWORD),
    )


def test_a_second_factor_shows_only_to_whoever_has_the_password(site: Site, asker: Browser) -> None:
    owner = site.browser()
    owner.become("factored")
    add_totp(owner)
    assert_alike(
        site,
        *(
            partial(asker.sign_in, identifier, "not the password at all")
            for identifier in ("factored", "factored@example.com", "known", "nobody", FREE)
        ),
    )


def test_an_invited_account_looks_as_one_that_is_not_there(site: Site, asker: Browser) -> None:
    """Made at the command line, with no password yet: its owner has a link that sets one."""
    made = site.app.test_cli_runner().invoke(
        args=["users", "create", "invited", "invited@example.com", "--link"]
    )
    assert made.exit_code == 0, made.output
    assert_alike(
        site,
        lambda: asker.sign_in("invited", PASSWORD),
        lambda: asker.sign_in("nobody", PASSWORD),
    )
    assert_alike(
        site,
        lambda: asker.forget("invited@example.com"),
        lambda: asker.forget(FREE),
    )


def test_a_registration_that_is_known_by_its_id_tells_nothing_of_the_mailbox(
    site: Site, asker: Browser
) -> None:
    """Not even to whoever began it, once an account took the mailbox meanwhile."""
    late, other = (asker.register(name, email=FREE) for name in ("late", "other"))
    site.browser().become("first", email=FREE)
    free = asker.register("free", email="still-free@example.com")
    site.clock.advance(minutes=1)
    assert registration_id(late) != registration_id(other)
    assert_alike(site, partial(asker.resend, late), partial(asker.resend, free))
    assert_alike(
        site, partial(asker.verify, late, "no code"), partial(asker.verify, free, "no code")
    )
