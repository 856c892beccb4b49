"""Can a stranger tell who has an account? Asks a real installation, and compares the answers.

A known and an unknown address register in turn; then a known and an unknown username sign in with a
wrong password; then a known and an unknown address ask for a new password; then a member changes
to either. The exit code is 1 where status, headers or body tell them apart. Time is judged too, but
does not decide: machines are noisy.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.installation import Installation, running

REQUESTS = 200
WARM_UP = 20
PASSWORD = "violet tractor sings"
# A proof of the member is good for five minutes.
PROOF_SECONDS = 120
# A difference so unlikely by chance is called one.
SIGNIFICANT = 0.01
# What differs between any two answers.
VARYING = {"date", "x-request-id"}

Body = dict[str, str]


@dataclass(frozen=True)
class Answer:
    milliseconds: float
    status: int
    headers: tuple[tuple[str, str], ...]
    shape: str

    @property
    def seen(self) -> tuple[Any, ...]:
        """All that a stranger sees but the time."""
        return self.status, self.headers, self.shape


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indistinguishable")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each kind")
    requests = parser.parse_args().requests
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), RATE_LIMIT_SCALE="1000") as installation,
    ):
        make_account(installation, "known-name", "known@example.com")
        make_account(installation, "member", "member@example.com")
        member = Member(installation, "member")
        same = [
            compare(installation, "users", registration, requests),
            compare(installation, "sessions", sign_in, requests),
            compare(installation, "password-resets", reset, requests),
            compare(installation, "users/me/email-changes", reset, requests, member.headers),
        ]
    return 0 if all(same) else 1


def registration(number: int, kind: str) -> Body:
    """With an address that has an account, or with one that has none."""
    mailbox = "known" if kind == "known" else "other"
    username = f"newcomer-{number}-{mailbox}"
    return {"username": username, "email": f"{mailbox}@example.com", "password": PASSWORD}


def sign_in(number: int, kind: str) -> Body:
    username = "known-name" if kind == "known" else "other-name"
    return {"identifier": username, "password": f"not the password {number}"}


def reset(_number: int, kind: str) -> Body:
    """Of the password of an address, or to it as the new one."""
    return {"email": f"{'known' if kind == 'known' else 'other'}@example.com"}


class Member:
    """Somebody who is signed in and proved a moment ago to be the user."""

    def __init__(self, installation: Installation, username: str) -> None:
        self._installation = installation
        body = {"identifier": username, "password": PASSWORD}
        self._keep_cookie(post(installation, "sessions", body)[0])
        self._proved_at = -math.inf

    def headers(self) -> dict[str, str]:
        if time.monotonic() - self._proved_at > PROOF_SECONDS:
            body = {"password": PASSWORD}
            path = "sessions/current/step-up"
            self._keep_cookie(post(self._installation, path, body, self._cookie)[0])
            self._proved_at = time.monotonic()
        return self._cookie

    def _keep_cookie(self, answer: http.client.HTTPResponse) -> None:
        cookies = answer.headers.get_all("Set-Cookie", [])
        [session] = [one for one in cookies if one.startswith("session=")]
        self._cookie = {"Cookie": session.partition(";")[0]}


def make_account(installation: Installation, username: str, email: str) -> None:
    body = {"username": username, "email": email, "password": PASSWORD}
    begun = post(installation, "users", body)[1]
    path = f"registrations/{json.loads(begun)['registration']['id']}/verify"
    answer, _ = post(installation, path, {"code": installation.code(email)})
    assert answer.status == http.client.CREATED


def compare(
    installation: Installation,
    path: str,
    body: Callable[[int, str], Body],
    requests: int,
    headers: Callable[[], dict[str, str]] = dict,
) -> bool:
    """Prints how the answers to both kinds compare; whether they look the same."""
    answers: dict[str, list[Answer]] = {"known": [], "unknown": []}
    for number in range(WARM_UP + requests):
        # In turn, so that a slow moment hits both; in any order, so that neither is always first.
        for kind in random.sample(sorted(answers), 2):
            answers[kind].append(ask(installation, path, body(number, kind), headers()))
    known, unknown = (answers[kind][WARM_UP:] for kind in ("known", "unknown"))
    print(f"POST /{path}, {requests} of each")
    same = looks_same(known, unknown)
    judge_time([one.milliseconds for one in known], [one.milliseconds for one in unknown])
    return same


def looks_same(known: list[Answer], unknown: list[Answer]) -> bool:
    same = {one.seen for one in known} == {one.seen for one in unknown}
    if same:
        statuses = dict(Counter(one.status for one in known))
        print(f"  status, headers and body: the same (status {statuses})")
        return True
    print("  status, headers and body: THEY DIFFER")
    for name, kind in (("known", known), ("unknown", unknown)):
        for seen, times in Counter(one.seen for one in kind).items():
            print(f"    {name}, {times} times: {seen}")
    return False


def judge_time(known: list[float], unknown: list[float]) -> None:
    for name, times in (("known", known), ("unknown", unknown)):
        p90 = statistics.quantiles(times, n=10)[-1]
        print(f"  {name:<8} median {statistics.median(times):6.2f} ms   p90 {p90:6.2f} ms")
    ratio = statistics.median(known) / statistics.median(unknown)
    share, p = mann_whitney(known, unknown)
    print(f"  medians  known / unknown {ratio:.3f}")
    print(
        f"  of two answers, the known one is the slower in {share:.1%} (chance: 50 %), p = {p:.3f}"
    )
    verdict = "TELLS THEM APART" if p < SIGNIFICANT else "does not tell them apart"
    print(f"  time {verdict} with so many answers\n")


def mann_whitney(one: list[float], other: list[float]) -> tuple[float, float]:
    """How often one is above the other, and the two-sided p of that (normal, ties corrected)."""
    pooled = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks_of_one, ties, rank = 0.0, 0, 0
    for _, group in groupby(pooled, key=lambda pair: pair[0]):
        members = [owner for _, owner in group]
        middle = rank + (len(members) + 1) / 2
        ranks_of_one += middle * members.count(0)
        ties += len(members) ** 3 - len(members)
        rank += len(members)
    n, m = len(one), len(other)
    above = ranks_of_one - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    z = (above - n * m / 2) / spread
    return above / (n * m), math.erfc(abs(z) / math.sqrt(2))


def ask(installation: Installation, path: str, body: Body, headers: dict[str, str]) -> Answer:
    began = time.perf_counter()
    answer, text = post(installation, path, body, headers)
    milliseconds = 1000 * (time.perf_counter() - began)
    headers = tuple((name, value) for name, value in answer.getheaders() if not varies(name))
    return Answer(milliseconds, answer.status, headers, shape(text))


def varies(header: str) -> bool:
    return header.lower() in VARYING


def shape(text: bytes) -> str:
    """The body with every id and time replaced by as many dashes."""
    varying = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    return re.sub(varying, lambda found: "-" * len(found[0]), text.decode())


def post(
    installation: Installation, path: str, body: Body, headers: Mapping[str, str] = {}
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=30)
    sent = {"Content-Type": "application/json", **headers}
    connection.request("POST", f"/api/v1/{path}", json.dumps(body), sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


if __name__ == "__main__":
    sys.exit(main())
