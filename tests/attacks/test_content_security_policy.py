"""No page can be made to run what is not its own: by rules, and by Google's CSP Evaluator."""

from __future__ import annotations

import json
import subprocess

import pytest

from benchmarks import environments
from sitegen.headers import SECURITY_HEADERS
from tests.infra.emulated import ROOT
from tests.support import Site

EVALUATOR = ROOT / "tests" / "attacks" / "csp"
HEADER = "Content-Security-Policy"
# Nothing on this origin answers with a script of a caller's choosing: there are no uploads and no
# JSONP, and all that the API answers is JSON that browsers may not take for anything else.
ACCEPTED = {
    "page": [("script-src", "'self'")],
}


@pytest.fixture
def policies(site: Site) -> dict[str, str]:
    """Of the page, which is sent by the edge and locally alike, and of what the app answers."""
    browser = site.browser()
    answers = {
        "API reference": browser.get("docs"),
        "local mailbox": browser.get("/dev/mailbox"),
        "an answer": browser.get("health"),
        "a refusal": browser.get("users/me"),
        "nothing": browser.get("/nothing"),
    }
    found = {name: answer.headers[HEADER] for name, answer in answers.items()}
    return {"page": SECURITY_HEADERS[HEADER], **found}


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    assert len({part[0] for part in parts}) == len(parts), (
        "a directive that stands twice is ignored"
    )
    return {name: values for name, *values in parts}


def test_all_is_refused_that_is_not_named(policies: dict[str, str]) -> None:
    for policy in policies.values():
        assert directives(policy)["default-src"] == ["'none'"]


def test_nothing_is_named_but_the_own_origin_and_images_in_the_page(
    policies: dict[str, str],
) -> None:
    """So no host, no scheme, no wildcard, nothing inline, nothing evaluated, no plugin."""
    for policy in policies.values():
        for name, values in directives(policy).items():
            allowed = {"'none'", "'self'"} | ({"data:"} if name == "img-src" else set())
            assert name == "require-trusted-types-for" or set(values) <= allowed


def test_nobody_frames_it_or_moves_its_base(policies: dict[str, str]) -> None:
    for policy in policies.values():
        for name in ("frame-ancestors", "base-uri"):
            assert directives(policy)[name] == ["'none'"]


@pytest.mark.parametrize("page", ["page", "API reference", "local mailbox"])
def test_a_page_sends_no_form_anywhere(policies: dict[str, str], page: str) -> None:
    assert directives(policies[page])["form-action"] == ["'none'"]


def test_where_scripts_run_no_text_becomes_markup(policies: dict[str, str]) -> None:
    running = {name for name, policy in policies.items() if "script-src" in directives(policy)}
    assert running == {"page"}
    assert directives(policies["page"])["require-trusted-types-for"] == ["'script'"]
    assert directives(policies["page"])["trusted-types"] == ["'none'"]


def test_no_answer_of_the_api_is_taken_for_a_script(site: Site) -> None:
    """What makes `'self'` safe for scripts: see ACCEPTED."""
    browser = site.browser()
    for path in ("health", "users/me", "users/me?callback=alert", "openapi.json", "/nothing"):
        answer = browser.get(path)
        assert "javascript" not in answer.content_type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.get_data(as_text=True)[0] == "{"


@pytest.mark.torture
def test_the_evaluator_finds_nothing_but_what_is_accepted(policies: dict[str, str]) -> None:
    try:
        place = environments.node(EVALUATOR)
    except environments.NotInstalled as reason:
        pytest.skip(f"the evaluator cannot be installed: {reason}")
    planted = {"planted": "default-src 'none'; script-src 'self' 'unsafe-inline'"}
    run = subprocess.run(
        ["node", place / "evaluate.mjs"],
        input=json.dumps(policies | planted),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = {
        name: [(directive, value) for severity, directive, value, _ in findings]
        for name, findings in json.loads(run.stdout).items()
    }
    assert ("script-src", "'unsafe-inline'") in found.pop("planted")
    assert found == {name: ACCEPTED.get(name, []) for name in policies}
