from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from backend.accounts import token_keys
from backend.accounts.context import Caller
from tests.clients.doors import Clock, Door, make_door
from tests.servers import free_port
from tests.support import Browser, Site

AUDIENCE = "https://billing.example.com"


@dataclass
class AccountSite:
    """A site that other services reach; `fetches` counts how often its keys were asked for."""

    site: Site
    browser: Browser
    fetches: int = 0
    away: bool = False

    @property
    def url(self) -> str:
        return self.site.settings.site_url

    def token(self) -> str:
        """What the page has from `POST /tokens`."""
        return str(self.browser.post("tokens", {}).json["token"])

    def signed(self, algorithm: str = "ES256", key: Any = None, **changes: Any) -> str:
        """A token like that, with other claims or headers (`kid`), be they never issued; None
        leaves one out.
        """
        own = token_keys.signing(self.site.context)
        claims = jwt.decode(self.token(), options={"verify_signature": False})
        key_id = changes.pop("kid", own.id)
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        key = token_keys.private_pem(self.site.context, own) if key is None else key
        return jwt.encode(claims, key, algorithm, headers={} if key_id is None else {"kid": key_id})

    def rotate(self, *, at_once: bool = False) -> None:
        token_keys.rotate(self.site.context, Caller("", "", "", ""), at_once=at_once)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if Request(environ).path != "/.well-known/jwks.json":
            return Response(status=404)(environ, start_response)
        self.fetches += 1
        if self.away:
            return Response("<h1>Bad gateway</h1>", status=502)(environ, start_response)
        return self.site.app(environ, start_response)


@pytest.fixture
def accounts(make_site: Callable[..., Site]) -> Iterator[AccountSite]:
    """With somebody who is signed in and has the role `accounting`."""
    port = free_port()
    site = make_site(SITE_URL=f"http://127.0.0.1:{port}", TOKEN_AUDIENCES=AUDIENCE)
    browser = site.browser()
    user = browser.become()
    site.change_user(user["id"], roles=("accounting",))
    found = AccountSite(site, browser)
    server = make_server("127.0.0.1", port, found, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(
    accounts: AccountSite, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Door]:
    """Makes the door of a kind, for these roles."""

    def make(kind: str, *roles: str) -> Door:
        monkeypatch.setenv("ISSUER", accounts.url)
        monkeypatch.setenv("AUDIENCE", AUDIENCE)
        monkeypatch.setenv("ROLES", ",".join(roles))
        return make_door(kind, tmp_path, clock, accounts.url, AUDIENCE, *roles)

    return make
