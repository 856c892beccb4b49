"""The log: nobody writes lines of their own into it, and nothing secret or personal is in it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response, request

from tests.infra.test_infra_role import every_flow
from tests.support import Site

MARK = "planted"
FORGED = f'{MARK}"}}\n{{"level":"info","event":"{MARK}"}}'
INJECTIONS = {
    "line feed and JSON": FORGED,
    "carriage return": f"{MARK}\r{MARK}",
    "colours of a terminal": f"\x1b[2J\x1b[31m{MARK}\x1b]0;{MARK}\x07",
    "line and paragraph separators": f"{MARK}\N{LINE SEPARATOR}{MARK}\N{PARAGRAPH SEPARATOR}",
    "right to left": f"\N{RIGHT-TO-LEFT OVERRIDE}{MARK}",
    "format and look-up": f"%s%(event)s{{0}}${{jndi:ldap://{MARK}.example/a}}",
    "NUL": f"{MARK}\0{MARK}",
    "a great deal": MARK * 2000,
}
LONGEST_LINE = 2000
# What any body may say, and what says nothing of anybody.
WORDS = {"totp", "recovery_code", "admin", "public-key", "internal", "hybrid", "000000"}
SHORTEST = 6


@pytest.fixture
def log(site: Site, log: io.StringIO, caplog: pytest.LogCaptureFixture) -> io.StringIO:
    """Each line of the log, as production writes it."""
    caplog.set_level(logging.INFO, "backend")
    site.app.config["LOCAL"] = False
    return log


def leaves(value: Any) -> Iterator[str]:
    """Every text in what JSON holds, names of members included."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("how", INJECTIONS)
def test_nothing_that_callers_send_stands_in_the_log(
    site: Site, log: io.StringIO, how: str
) -> None:
    text = INJECTIONS[how]
    header = re.sub(r"[\r\n\0]", " ", text).encode("ascii", "backslashreplace").decode()
    browser = site.browser()
    browser.get(f"/{text}")
    browser.get(f"users/{text}")
    browser.get("users/me", query_string={"limit": text, text[:40]: "1"})
    browser.get("health", headers={"User-Agent": header, "X-Request-Id": header, "Referer": header})
    browser.get("users/me", headers={"Cookie": f"session={header[:900]}"})
    browser.post(f"registrations/{text}/verify", {"code": text[:900]})
    browser.post(f"sessions/challenges/{text}", {"method": text[:900], "code": text[:900]})
    browser.sign_in(text[:900], text[:900])
    browser.register(text[:900], email=f"{text[:900]}@example.com", display_name=text[:900])
    browser.forget(text[:900])
    browser.post("users", {text[:900]: text[:900]})
    browser.call(f"X{MARK}", "users/me")
    raw = log.getvalue()
    lines = [json.loads(line) for line in raw.split("\n") if line]
    assert len(lines) == 12, "one line for each request"
    assert len({line["request_id"] for line in lines}) == 12
    assert MARK not in raw
    assert "jndi" not in raw
    assert raw.replace("\n", "").isascii()
    assert raw.replace("\n", "").isprintable()
    assert all(len(line) < LONGEST_LINE for line in raw.split("\n"))


class Harvest:
    """All that was said in confidence: in requests, in answers that show a secret, and in mails."""

    def __init__(self, site: Site) -> None:
        self.said: set[str] = {"127.0.0.1", "Werkzeug"}
        self.reflected: list[str] = []
        site.app.before_request(self._hear)
        site.app.after_request(self._see)

    def _hear(self) -> None:
        self._body = set(leaves(request.get_json(silent=True) or {})) if request.data else set()
        members = request.get_json(silent=True) if request.data else {}
        self._body -= set(members or {})
        self.said |= self._body
        self.said |= set(request.cookies.values())

    def _see(self, answer: Response) -> Response:
        self.said |= {
            cookie.partition("=")[2].partition(";")[0]
            for cookie in answer.headers.getlist("Set-Cookie")
        }
        found = answer.get_json(silent=True) or {}
        if answer.status_code >= 400:
            shown = set(leaves(found))
            self.reflected += [one for one in self._body & shown if one not in WORDS]
        for name in ("secret", "uri", "qr", "codes", "token"):
            self.said |= set(leaves(found.get(name, "")))
        return answer

    def mailed(self, site: Site) -> set[str]:
        """The mailboxes, and every code and token that went to them."""
        mails = site.mails()
        links = " ".join(mail["text"] for mail in mails)
        return {mail["to"] for mail in mails} | set(re.findall(r"#\w+/(\S{20,})", links))

    def secrets(self, site: Site) -> set[str]:
        return {one for one in self.said | self.mailed(site) if len(one) >= SHORTEST} - WORDS


@pytest.mark.torture
def test_no_flow_leaves_a_secret_or_a_person_in_log_or_metrics_or_output(
    site: Site, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    harvest = Harvest(site)
    every_flow(site)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) > 80
    assert all("_aws" in line for line in lines if line["event"] == "request" and "flow" in line)
    secrets = harvest.secrets(site)
    assert len(secrets) > 60
    found = {
        (one, text) for line in lines for text in leaves(line) for one in secrets if one in text
    }
    assert found == set()
    printed = "".join(capfd.readouterr())
    assert [one for one in secrets if one in printed] == []
    assert harvest.reflected == [], "a problem says what was sent"


@pytest.mark.torture
def test_no_flow_leaves_a_secret_in_the_audit_log(site: Site) -> None:
    """Beyond what a security log is for: the address prefix and the browser's name."""
    harvest = Harvest(site)
    every_flow(site)
    events = [str(item) for item in site.stored() if item["pk"]["S"].startswith("A#")]
    assert len(events) > 30
    secrets = harvest.secrets(site) - {"127.0.0.1", "Werkzeug"}
    assert [one for one in secrets if any(one in event for event in events)] == []


def test_a_failing_mail_tells_the_log_neither_the_address_nor_the_code(
    site: Site, log: io.StringIO
) -> None:
    (site.settings.instance_path / "mailbox").write_text("in the way")
    begun = site.browser().register("ann")
    assert begun.json["registration"]["mail"] == "not_sent"
    assert "mail not sent" in log.getvalue()
    assert "ann@example.com" not in log.getvalue()
    assert not re.search(r'"\d{6}"', log.getvalue())
