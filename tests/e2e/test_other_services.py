"""A service of its own, with a page that imports `client.js`, and an API behind the ready check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask, g, send_file
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from backend.clients.flask_check import Accounts
from tests.installation import ROOT, Installation
from tests.servers import free_port
from tests.support import PASSWORD

ANN = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
CLIENT = """
    const { createClient } = await import('/client.js');
    const api = createClient({ base: `${url}/api/v1/`, credentials: 'include' });
"""
REGISTER = (
    "async ({ url, registration }) => {"
    + CLIENT
    + "return (await api.register(registration, 'the-key-of-ann')).body.registration.id; }"
)
VERIFY = (
    "async ({ url, id, code }) => {"
    + CLIENT
    + "return (await api.verify(id, code)).body.user.username; }"
)
CALL = (
    "async ({ url, audience }) => {"
    + CLIENT
    + """
    const { body } = await api.token(audience);
    const answer = await fetch('/invoices', { headers: { Authorization: `Bearer ${body.token}` } });
    return { status: answer.status, body: await answer.json(), user: (await api.me()).body.id };
}"""
)
REFUSED = (
    "async ({ url }) => {"
    + CLIENT
    + "return api.token('https://another.example.com').catch((problem) => problem.code); }"
)


@dataclass(frozen=True)
class Service:
    url: str
    accounts: Installation
    page: Page

    def run(self, script: str, **values: Any) -> Any:
        """In its page, what the script does with the address of the account site and values."""
        return self.page.evaluate(script, {"url": self.accounts.url, **values})


def app(issuer: str, audience: str) -> Flask:
    service = Flask("service")
    accounts = Accounts(issuer, audience)

    @service.get("/")
    def page() -> str:
        return "<!doctype html><title>Billing</title>"

    @service.get("/client.js")
    def client() -> Any:
        return send_file(ROOT / "templates" / "js" / "client.js")

    @service.get("/invoices")
    @accounts.signed_in()
    def invoices() -> dict[str, str]:
        return {"of": g.caller.user_id}

    return service


@pytest.fixture
def service(chromium: Browser, tmp_path: Path) -> Iterator[Service]:
    port = free_port()
    # Of the same site as the accounts, whose cookies are not for others.
    url = f"http://localhost:{port}"
    allowed = {"ALLOWED_ORIGINS": url, "TOKEN_AUDIENCES": f"{url}, wiki"}
    accounts = Installation(tmp_path, allowed)
    server = make_server("127.0.0.1", port, app(accounts.url, url), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    accounts.start()
    context = chromium.new_context()
    try:
        page = context.new_page()
        page.goto(url)
        yield Service(url, accounts, page)
    finally:
        context.close()
        accounts.stop()
        server.shutdown()
        thread.join()
        server.server_close()


def test_its_page_signs_people_in_and_calls_its_api_with_a_token(service: Service) -> None:
    registration = service.run(REGISTER, registration=ANN)
    code = service.accounts.code(ANN["email"])
    assert service.run(VERIFY, id=registration, code=code) == "ann"
    called = service.run(CALL, audience=service.url)
    assert called["status"] == 200
    assert called["body"] == {"of": called["user"]}
    # A token for another service opens nothing in this one.
    assert service.run(CALL, audience="wiki")["status"] == 401
    assert service.run(REFUSED) == "audience_invalid"
