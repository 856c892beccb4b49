"""What is secret is compared in a time that does not tell how much of a guess was right.

No test here looks at a clock: on a shared machine it says what it likes. What is tried instead is
that every comparison is the one that takes the same time for any guess.
"""

from __future__ import annotations

import ast
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.accounts import tokens
from backend.accounts.tokens import SessionToken
from tests.authenticator import Authenticator
from tests.factors import (
    App,
    add_passkey,
    add_totp,
    answer,
    asserted,
    challenged,
    make_recovery_codes,
)
from tests.support import NEW_PASSWORD, Browser, Site, session_token
from tests.tally import Tried

ROOT = Path(__file__).resolve().parents[2]
# The words of names of what is secret, or is made of it.
SECRET = {
    *("secret", "token", "hash", "hashes", "hashed", "fingerprint", "code", "codes", "otp"),
    *("mac", "hmac", "tag", "seal", "sealed", "signature", "digest", "derived", "stream"),
    *("password", "verifier", "salt", "cookie", "challenge", "signing", "lookup", "audit"),
}
SAME = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
BEGINS = {"startswith", "endswith", "__eq__"}
# Of these the name of what they are called on says what they give.
UNCHANGED = {"encode", "decode", "hex", "strip", "lower"}
# Comparisons that may take what time they like: the expression, by its file, and why.
ALLOWED = {
    ("backend/accounts/audit.py", "event.previous != last.hash"): "both are of the table",
    ("backend/accounts/audit.py", "head.hash != last.hash"): "both are of the table",
    ("backend/accounts/credentials.py", "data.rp_id_hash == relying_party"): "of a public name",
    ("backend/storage/password_changes.py", "found.password_hash == password_hash"): (
        "whether our own write is there"
    ),
    ("backend/storage/sessions.py", "found[0].token_hash != token_hash"): (
        "whether our own write is there"
    ),
    ("backend/accounts/sealing.py", "sealed.startswith(_key_id(keys[0]))"): "by the id of its key",
    ("backend/local/pages.py", "answer.status_code == NotFound.code"): "HTTP's",
}
# `refused.code`: what AWS calls a failure.
FAILURES = {"backend/aws/service.py", "backend/storage/creation.py", "backend/storage/database.py"}


def compared(text: str) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """What is compared for being the same or among others, or looked at from its beginning."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and any(isinstance(one, SAME) for one in node.ops):
            yield node, [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            sides = [node.func.value, *node.args] if node.func.attr in BEGINS else []
            yield node, sides


def named(node: ast.expr) -> str:
    """What an expression gives, by the name that it has last."""
    if isinstance(node, ast.Call):
        called = node.func
        changed = not isinstance(called, ast.Attribute) or called.attr not in UNCHANGED
        return named(called if changed else called.value)
    if isinstance(node, ast.Subscript):
        place = node.slice.value if isinstance(node.slice, ast.Constant) else 0
        return place if isinstance(place, str) else named(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return "_".join(map(named, node.elts))
    return getattr(node, "id", getattr(node, "attr", ""))


def is_constant(node: ast.expr) -> bool:
    """It stands in the code, maybe by a name, such as PASSWORD for a kind of proof."""
    return isinstance(node, ast.Constant) or named(node).isupper()


def is_secret(node: ast.expr) -> bool:
    words = named(node).lower().split("_")
    return not SECRET.isdisjoint(words) and words[-1] != "id"


def unsafe(text: str) -> Iterator[str]:
    """Each comparison of something secret that is no constant-time one."""
    for node, sides in compared(text):
        if any(map(is_secret, sides)) and not any(map(is_constant, sides)):
            yield ast.unparse(node)


def test_every_comparison_of_a_secret_takes_the_same_time_for_any_guess() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), expression)
        for path in (ROOT / "backend").rglob("*.py")
        for expression in unsafe(path.read_text(encoding="utf-8"))
    }
    others = {one for one in found if not (one[0] in FAILURES and ".code " in one[1])}
    assert others - ALLOWED.keys() == set()
    assert ALLOWED.keys() - others == set(), "allowed, and not there any more"


@pytest.mark.parametrize(
    "text",
    [
        "token.hash == stored",
        "given != session.token_hash",
        "item['code_hash'] == hashed",
        "token in known",
        "secret.encode() == other",
        "_tag(key, body) == tag",
        "given.startswith(signature)",
        "signing_key == one",
        "tokens.keyed_hash(key, 'a') == given",
        "codes[0] != typed",
        "(user_id, token) in seen",
    ],
)
def test_a_comparison_that_tells_is_seen(text: str) -> None:
    assert list(unsafe(text)) == [ast.unparse(ast.parse(text, mode="eval"))]


def test_the_one_comparison_is_the_standard_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(hmac, "compare_digest", lambda *sides: asked.append(sides) or "its word")
    assert tokens.same(b"given", b"stored") == "its word"
    assert asked == [(b"given", b"stored")]


# What somebody shows, ready to be shown more than once while it is refused: True is let in.
Proof = Callable[[], bool]


def session(browser: Browser) -> Proof:
    return lambda: browser.get("users/me").status_code == 200


def registration_code(browser: Browser) -> Proof:
    begun = browser.site.browser().register("bert")
    code = browser.site.code("bert@example.com")
    return lambda: browser.site.browser().verify(begun, code).status_code == 201


def code_to_another_address(browser: Browser) -> Proof:
    browser.readdress_account("ann@example.org")
    code = browser.site.code("ann@example.org")
    return lambda: browser.prove_address(code).status_code == 200


def reset_link(browser: Browser) -> Proof:
    browser.forget()
    token = browser.site.token("ann@example.com")
    return lambda: browser.site.browser().reset(token, NEW_PASSWORD).status_code == 204


def undo_link(browser: Browser) -> Proof:
    token = browser.move("ann@example.org")
    return lambda: browser.site.browser().undo(token).status_code == 204


def code_of_an_app(browser: Browser) -> Proof:
    app = add_totp(browser)
    code, challenge = app.next_code(), challenged(browser.site.browser())
    return lambda: answer(browser.site.browser(), challenge, code).status_code == 201


def recovery_code(browser: Browser) -> Proof:
    add_totp(browser)
    code, challenge = make_recovery_codes(browser)[0], challenged(browser.site.browser())
    stranger = browser.site.browser()
    return lambda: answer(stranger, challenge, code, "recovery_code").status_code == 201


def confirmation_of_an_app(browser: Browser) -> Proof:
    browser.prove()
    app = App(browser.site, browser.post("users/me/totp").json["secret"])
    confirm = {"code": app.code()}
    return lambda: browser.post("users/me/totp/confirm", confirm).status_code == 204


def challenge_of_a_passkey(browser: Browser) -> Proof:
    phone = Authenticator()
    add_passkey(browser, phone)
    body = {"credential": asserted(browser, phone)}
    return lambda: browser.site.browser().post("sessions/passkey", body).status_code == 201


def cursor(browser: Browser) -> Proof:
    browser.prove()
    following = browser.get("users/me/events?limit=1").json["next_cursor"]
    page = f"users/me/events?limit=1&cursor={following}"
    return lambda: browser.get(page).status_code == 200


def known_device(browser: Browser) -> Proof:
    """It is let in either way, and told as a new one where it is not known."""
    site = browser.site

    def known() -> bool:
        before = len(site.mails())
        assert browser.sign_in().status_code == 201
        return len(site.mails()) == before

    return known


def repeated_request(browser: Browser) -> Proof:
    body = {"username": "bert", "email": "bert@example.com", "password": NEW_PASSWORD}

    def asked() -> int:
        key = {"Idempotency-Key": "12345678"}
        return browser.site.browser().post("users", body, headers=key).status_code

    assert asked() == 202
    return lambda: asked() == 202


def secret_of_the_edge(browser: Browser) -> Proof:
    site = browser.site.instance(ORIGIN_SECRET="only CloudFront knows")
    return lambda: site.browser().get("openapi.json").status_code == 200


PROOFS = (
    session,
    registration_code,
    code_to_another_address,
    reset_link,
    undo_link,
    code_of_an_app,
    recovery_code,
    confirmation_of_an_app,
    challenge_of_a_passkey,
    cursor,
    known_device,
    repeated_request,
    secret_of_the_edge,
)


@pytest.mark.parametrize("begin", PROOFS, ids=lambda begin: begin.__name__)
def test_every_proof_is_judged_by_that_comparison(
    begin: Callable[[Browser], Proof],
    site: Site,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    tried: Tried,
) -> None:
    """Where it says no, nobody is let in who is right; then the same proof is good."""
    browser.become()
    proof = begin(browser)
    compare = hmac.compare_digest
    # Who calls is still known, but where that is the proof.
    own = SessionToken.parse(session_token(browser))
    assert own
    known = set() if begin is session else {own.hash}

    def says_no(given: bytes, stored: bytes) -> bool:
        return given in known and compare(given, stored)

    with monkeypatch.context() as patched:
        patched.setattr(hmac, "compare_digest", says_no)
        assert not proof()
    assert proof()
    tried("attack")
