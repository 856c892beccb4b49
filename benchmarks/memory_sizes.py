"""What the function's memory costs and buys: Lambda gives a share of a core in proportion to it.

The CPU of a sign-in and of `me` is that of the real function, with a real engine behind it; what it
takes at each size follows from the share, and what it costs from Lambda's prices.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from backend.accounts import verifiers
from backend.accounts.identifiers import parse_email, parse_username
from backend.accounts.ids import new_id
from backend.aws.service import Service
from backend.aws.signature import Credentials
from backend.settings import load
from backend.storage import users
from backend.storage.client import Client
from backend.storage.creation import create_missing
from backend.storage.database import Database
from benchmarks.emulator import ENVIRON, PATH, REGION, Running, running
from benchmarks.engines import engine
from benchmarks.environments import ROOT
from benchmarks.peers import PASSWORD
from benchmarks.report import Table
from infra import flows, prices

SIZES: Final = (128, 256, 512, 1024, 1769, 3008)
# At this many MB a function has one whole core, and Python uses no more of one.
WHOLE_CORE: Final = flows.WHOLE_PROCESSOR
DEPLOYED: Final = json.loads((ROOT / "zappa_settings.json").read_text())["prod"]["memory_size"]
# Milliseconds that a call waits for DynamoDB, whatever its memory.
WAITING: Final = {"sign in": 20.0, "me": 5.0}
SIGN_INS: Final = 20
CALLS: Final = 200
HASHES: Final = 15
TABLES: Final = "latchstring-prod-"


@dataclass(frozen=True)
class Work:
    """Milliseconds of CPU; and the bytes of memory after all of it."""

    hash: float
    sign_in: float
    me: float
    memory: float


def work(folder: Path) -> Work:
    """What the function of the folder does for a sign-in and for a signed-in `me`."""
    with engine() as started:
        _prepare(started.url)
        with running(folder, AWS_ENDPOINT_URL_DYNAMODB=started.url) as one:
            cookies = _sign_in(one)
            before = one.cpu()
            for _ in range(SIGN_INS):
                _sign_in(one, cookies)
            between = one.cpu()
            for _ in range(CALLS):
                answer = one.function.call("GET", PATH, cookies=cookies)
                assert answer.status == HTTPStatus.OK, answer.body
            after = one.cpu()
            memory = one.memory()
    sign_in, me = (between - before) / SIGN_INS, (after - between) / CALLS
    return Work(_hash(), 1000 * sign_in, 1000 * me, memory)


def bill(done: Work, start_cpu: float) -> Table:
    """For each size: milliseconds of each, and dollars a million on either processor."""
    rows = []
    for size in SIZES:
        share = min(1, size / WHOLE_CORE)
        sign_in, me = done.sign_in / share + WAITING["sign in"], done.me / share + WAITING["me"]
        started = start_cpu / share
        dollars = [
            f"{_dollars(taken, size, price):.2f}"
            for price in (prices.ARM, prices.X86)
            for taken in (sign_in, me, started)
        ]
        name = f"{size:,} MB" + (" (deployed)" if size == DEPLOYED else "")
        times = [f"{taken:,.0f} ms" for taken in (done.hash / share, sign_in, me, started)]
        rows.append((name, f"{share:.2f}", *times, *dollars))
    columns = ("memory", "cores", "hash", "sign in", "`me`", "cold start")
    columns += tuple(
        f"{what}, {machine}"
        for machine in ("arm64", "x86_64")
        for what in ("sign-ins", "`me`", "cold starts")
    )
    return Table("The bill by memory size: times, and dollars a million", columns, tuple(rows))


def _dollars(milliseconds: float, size: int, price: prices.Price) -> float:
    """A million of them, with what a million calls cost."""
    return price.of(prices.MILLION * milliseconds / 1000 * size / 1024) + prices.CALL.of(
        prices.MILLION
    )


def _prepare(url: str) -> None:
    """The tables, and one account whose mailbox counts as proved."""
    keys = Credentials(ENVIRON["AWS_ACCESS_KEY_ID"], ENVIRON["AWS_SECRET_ACCESS_KEY"])
    client = Client(Service(url, service="dynamodb", region=REGION, credentials=lambda: keys))
    create_missing(client, TABLES)
    name, address, now = parse_username("ann"), parse_email("ann@example.com"), int(time.time())
    user = users.User(
        id=new_id(),
        username=name.text,
        name_key=name.key,
        email=address.text,
        email_key=address.key(load(ENVIRON).lookup_key),
        password_hash=verifiers.hash_password(PASSWORD),
        created_at=now,
        updated_at=now,
        email_verified_at=now,
        created_in=new_id(),
    )
    users.create(Database(client, TABLES), user, now)


def _sign_in(one: Running, cookies: Sequence[str] = ()) -> list[str]:
    """The cookies. Without one of its device a mail is tried, which is not to be measured."""
    body = {"identifier": "ann", "password": PASSWORD}
    answer = one.function.call("POST", "/api/v1/sessions", body, cookies=cookies)
    assert answer.status == HTTPStatus.CREATED, answer.body
    return [cookie.partition(";")[0] for cookie in answer.cookies]


def _hash() -> float:
    taken = []
    for _ in range(HASHES):
        before = time.process_time()
        verifiers.hash_password(PASSWORD)
        taken.append(1000 * (time.process_time() - before))
    return statistics.median(taken)
