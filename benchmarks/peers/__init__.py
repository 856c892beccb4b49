"""What people would choose instead, and what any choice costs: each serves the same four flows.

A flow is a request that the peer answers; where its API has another shape, the flow is the call
that does the same. All run on this machine with their usual production server, with Argon2id at
19 MiB, t=2, p=1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

FOLDER: Final = Path(__file__).parent
PASSWORD: Final = "violet tractor sings"
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
FLOWS: Final = ("register", "sign in", "me", "sign out")
# The accounts that are there before the flows run: their numbers begin at 0.
USERS: Final = 20


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, Any]
    body: str

    def cookies(self) -> dict[str, str]:
        jar: SimpleCookie = SimpleCookie()
        for line in self.headers.get_all("Set-Cookie") or []:  # type: ignore[attr-defined]
            jar.load(line)
        return {"Cookie": "; ".join(f"{name}={one.value}" for name, one in jar.items())}

    def json(self) -> Any:
        return json.loads(self.body)


def email(number: int) -> str:
    return f"user{number}@example.com"


def post(path: str, body: dict[str, str], headers: Mapping[str, str] | None = None) -> Request:
    return Request("POST", path, {**JSON, **(headers or {})}, json.dumps(body))


@dataclass(frozen=True)
class Peer:
    """What is served and asked. `serve` is a command of its environment; PORT stands for the port.

    `session` turns the answer to a sign-in into the headers of who is signed in.
    """

    name: str
    title: str
    serve: tuple[str, ...]
    register: Callable[[int], Request]
    sign_in: Callable[[int], Request]
    session: Callable[[Answer], dict[str, str]]
    me: Callable[[dict[str, str]], Request]
    sign_out: Callable[[dict[str, str]], Request]
    prepare: tuple[str, ...] = ()
    flows: tuple[str, ...] = FLOWS
    # Whether it keeps its data in a DynamoDB engine beside it.
    database: bool = False

    def device(self, signed_in: dict[str, str]) -> dict[str, str]:
        """Of the headers of who is signed in, those that tell the device and no session."""
        cookies = signed_in.get("Cookie", "").split("; ")
        kept = "; ".join(cookie for cookie in cookies if cookie.startswith("device="))
        return {"Cookie": kept} if kept else {}

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def node(self) -> bool:
        return (self.folder / "package.json").exists()


GUNICORN: Final = ("gunicorn", "--workers=2", "--bind=127.0.0.1:PORT", "--no-control-socket")


def _latchstring_register(number: int) -> Request:
    body = {"username": f"user{number}", "email": email(number), "password": PASSWORD}
    return post("/api/v1/users", body)


LATCHSTRING: Final = Peer(
    name="latchstring",
    title="Latchstring",
    prepare=("python", "-c", "import app"),
    serve=(*GUNICORN, "app:app"),
    register=_latchstring_register,
    sign_in=lambda n: post("/api/v1/sessions", {"identifier": email(n), "password": PASSWORD}),
    session=lambda answer: answer.cookies(),
    me=lambda who: Request("GET", "/api/v1/users/me", who),
    sign_out=lambda who: Request("DELETE", "/api/v1/sessions/current", who),
    database=True,
)
FLASK_SECURITY: Final = Peer(
    name="flask_security",
    title="Flask-Security-Too",
    prepare=("python", "-c", "import app"),
    serve=(*GUNICORN, "app:app"),
    register=lambda n: post(
        "/register",
        {"email": email(n), "password": PASSWORD, "password_confirm": PASSWORD},
    ),
    sign_in=lambda n: post("/login", {"email": email(n), "password": PASSWORD}),
    session=lambda answer: answer.cookies(),
    me=lambda who: Request("GET", "/me", {**who, "Accept": "application/json"}),
    sign_out=lambda who: post("/logout", {}, who),
)
ALLAUTH: Final = Peer(
    name="django_allauth",
    title="django-allauth (headless)",
    prepare=("python", "-c", "import app"),
    serve=(*GUNICORN, "app:app"),
    register=lambda n: post(
        "/_allauth/app/v1/auth/signup", {"email": email(n), "password": PASSWORD}
    ),
    sign_in=lambda n: post(
        "/_allauth/app/v1/auth/login", {"email": email(n), "password": PASSWORD}
    ),
    session=lambda answer: {"X-Session-Token": answer.json()["meta"]["session_token"]},
    me=lambda who: Request("GET", "/_allauth/app/v1/auth/session", who),
    sign_out=lambda who: Request("DELETE", "/_allauth/app/v1/auth/session", who),
)
FASTAPI_USERS: Final = Peer(
    name="fastapi_users",
    title="fastapi-users",
    prepare=("python", "-c", "import asyncio, app; asyncio.run(app.prepare())"),
    serve=("uvicorn", "--workers=2", "--no-access-log", "--port=PORT", "app:app"),
    register=lambda n: post("/auth/register", {"email": email(n), "password": PASSWORD}),
    sign_in=lambda n: Request(
        "POST",
        "/auth/login",
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode({"username": email(n), "password": PASSWORD}),
    ),
    session=lambda answer: answer.cookies(),
    me=lambda who: Request("GET", "/users/me", who),
    sign_out=lambda who: Request("POST", "/auth/logout", who),
)
BETTER_AUTH: Final = Peer(
    name="better_auth",
    title="better-auth",
    serve=("node", "server.mjs"),
    register=lambda n: post(
        "/api/auth/sign-up/email",
        {"name": f"user{n}", "email": email(n), "password": PASSWORD},
    ),
    sign_in=lambda n: post("/api/auth/sign-in/email", {"email": email(n), "password": PASSWORD}),
    session=lambda answer: answer.cookies(),
    me=lambda who: Request("GET", "/api/auth/get-session", who),
    # Unlike the others it refuses a cookie without an origin.
    sign_out=lambda who: post("/api/auth/sign-out", {}, {**who, "Origin": "http://127.0.0.1:PORT"}),
)
PEERS: Final = (LATCHSTRING, FLASK_SECURITY, ALLAUTH, FASTAPI_USERS, BETTER_AUTH)

# A floor, and not a peer: what any request to Flask costs, and what any hash in one does.
FLOOR: Final = Peer(
    name="bare_flask",
    title="A Flask app that does nothing",
    serve=(*GUNICORN, "app:app"),
    register=lambda _: post("/hash", {}),
    sign_in=lambda _: post("/hash", {}),
    session=lambda _: {},
    me=lambda _: Request("GET", "/"),
    sign_out=lambda _: Request("GET", "/"),
    flows=("sign in", "me"),
)


def with_calls(client: str, title: str, register: int, sign_in: int) -> Peer:
    """The floor that makes so many calls beside its hash, by `plain` HTTP or by `boto3`."""
    return replace(
        FLOOR,
        title=title,
        prepare=("python", "-c", "import app; app.prepare()"),
        register=lambda _: post(f"/hash/{client}/{register}", {}),
        sign_in=lambda _: post(f"/hash/{client}/{sign_in}", {}),
        flows=("register", "sign in"),
        database=True,
    )


# Said beside the figures; each peer's app.py or server.mjs has the parameters.
WITHOUT_ARGON2: Final = (
    "better-auth has no Argon2id of its own (scrypt is its default), and is given one with the "
    "same parameters by its documented setting."
)
