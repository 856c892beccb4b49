"""One publisher at a time: an object in the bucket that only one of them can make."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sitegen.bucket import Bucket, Overtaken, Stored
from sitegen.errors import PublishError
from sitegen.files import File

PATH: Final = "versions/lock.json"
# Longer than publishing takes; should it take longer still, the page is guarded by its ETag.
STALE: Final = timedelta(minutes=5)
TRIES: Final = 3


@dataclass(frozen=True)
class Publisher:
    user: str
    host: str
    process: int
    since: str
    token: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def ended(self) -> bool:
        """Known only of a process on this machine."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


@contextmanager
def held(bucket: Bucket, say: Callable[[str], None]) -> Iterator[Publisher]:
    me = _me()
    etag = _take(bucket, me, say)
    try:
        yield me
    finally:
        # What cannot be given back goes stale; and then somebody else may have it already.
        with suppress(Overtaken, BotoCoreError, ClientError):
            bucket.delete(PATH, etag)


def _take(bucket: Bucket, me: Publisher, say: Callable[[str], None]) -> str:
    seen: Stored | None = None
    for _ in range(TRIES):
        try:
            return bucket.replace(seen, _written(me))
        except Overtaken:
            seen, holder = bucket.head(PATH), _holder(bucket)
        if seen is None or holder is None:
            seen = None
        elif holder == me:
            # The answer to an earlier try was lost.
            return seen.etag
        elif holder.ended or seen.age > STALE:
            say(f"Taking over from {holder}, whose publishing since {holder.since} was cut off.")
        else:
            raise PublishError(
                f"{holder} has been publishing since {holder.since}; wait until that is done. "
                f"If it was cut off, it is taken over after {STALE.seconds // 60} minutes."
            )
    raise PublishError("Others are publishing; wait until they are done.")


def _me() -> Publisher:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    user = os.environ.get("USER", "somebody")
    return Publisher(user, socket.gethostname(), os.getpid(), now, uuid4().hex)


def _written(publisher: Publisher) -> File:
    return File(PATH, json.dumps(asdict(publisher)).encode(), "application/json", "no-store")


def _holder(bucket: Bucket) -> Publisher | None:
    body = bucket.read(PATH)
    return Publisher(**json.loads(body)) if body else None
