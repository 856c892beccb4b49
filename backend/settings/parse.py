"""How the text of a setting becomes a value. Each raises ValueError for what is not allowed."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from backend.languages import LANGUAGES

T = TypeVar("T")

KEY_BYTES: Final = 32
WEBHOOK_SECRET_BYTES: Final = (24, 64)
LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}
# A name, or an address of either version.
HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:.]+"


@dataclass(frozen=True)
class Rate:
    """How often something may happen: so many times an hour and so many a day."""

    hourly: int
    daily: int

    def scaled(self, factor: float) -> Rate:
        return Rate(max(1, round(self.hourly * factor)), max(1, round(self.daily * factor)))

    def __str__(self) -> str:
        return f"{self.hourly}/hour {self.daily}/day"


def text(raw: str) -> str:
    if not raw.isprintable():
        raise ValueError
    return raw


def path(raw: str) -> Path:
    return Path(raw)


def stage(raw: str) -> str:
    return _matching(r"[a-z][a-z0-9]{1,15}", raw)


def mailbox(raw: str) -> str:
    return raw and _matching(r"[^\s@<>\"]+@[^\s@<>\"]+", raw)


def colour(raw: str) -> str:
    return _matching(r"#[0-9a-fA-F]{6}", raw).lower()


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        number = int(_matching(r"[0-9]{1,9}", raw))
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def flag(raw: str) -> bool:
    if raw not in {"on", "off"}:
        raise ValueError
    return raw == "on"


def days(low: int, high: int) -> Callable[[str], timedelta]:
    number = whole(low, high)
    return lambda raw: timedelta(days=number(raw))


def minutes(low: int, high: int) -> Callable[[str], timedelta]:
    number = whole(low, high)
    return lambda raw: timedelta(minutes=number(raw))


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda raw: parse(raw) if raw else None


def factor(low: float, high: float) -> Callable[[str], float]:
    def parse(raw: str) -> float:
        number = float(_matching(r"[0-9]{1,9}(\.[0-9]{1,9})?", raw))
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def rate(raw: str) -> Rate:
    match = re.fullmatch(r"([1-9][0-9]{0,8})/hour ([1-9][0-9]{0,8})/day", raw)
    if not match:
        raise ValueError
    return Rate(int(match[1]), int(match[2]))


def origin(raw: str) -> str:
    """The origin of a URL as a browser writes it (RFC 6454 6.2); empty stays empty."""
    if not raw:
        return ""
    parts = _web_address(raw)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or not parts.hostname:
        raise ValueError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in {None, standard} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def origins(raw: str) -> tuple[str, ...]:
    return tuple(origin(part.strip()) for part in raw.split(",") if part.strip())


def url(raw: str) -> str:
    """An http or https URL without a slash at its end; empty stays empty."""
    if raw:
        _web_address(raw)
    return raw.rstrip("/")


def link(raw: str) -> str:
    """An http or https URL as it is; empty stays empty."""
    if raw:
        _web_address(raw)
    return raw


def webhook_url(raw: str) -> str:
    """An https URL as it is, or an http one of this machine; empty stays empty."""
    if raw:
        parts = _web_address(raw)
        if parts.fragment or (parts.scheme == "http" and parts.hostname not in LOOPBACK):
            raise ValueError
    return raw


def webhook_secrets(raw: str) -> tuple[bytes, ...]:
    """As Standard Webhooks writes them: `whsec_` and 24 to 64 bytes in base64."""
    return tuple(_webhook_secret(part.strip()) for part in raw.split(",") if part.strip())


def domain(raw: str) -> str:
    """A domain in lower case, as a relying party's id is; empty stays empty."""
    return raw and _matching(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", raw)


def names(raw: str) -> tuple[str, ...]:
    """Names that stand between commas, without spaces."""
    return tuple(_matching(r"[!-+\--~]+", part.strip()) for part in raw.split(",") if part.strip())


def language(raw: str) -> str:
    if raw not in LANGUAGES:
        raise ValueError
    return raw


def svg_file(raw: str) -> Path | None:
    if not raw:
        return None
    file = Path(raw)
    if file.suffix != ".svg" or not file.is_file():
        raise ValueError
    return file


def key(raw: str) -> bytes:
    """A key of at least 256 bits from its hexadecimal digits; empty stays empty."""
    value = bytes.fromhex(raw)
    if 0 < len(value) < KEY_BYTES:
        raise ValueError
    return value


def keys(raw: str) -> tuple[bytes, ...]:
    """Keys as `key` reads them, none of them twice."""
    return tuple(dict.fromkeys(key(part) for part in raw.split(",") if part.strip()))


def secrets(raw: str) -> tuple[str, ...]:
    """Texts that stand between commas."""
    return tuple(text(part.strip()) for part in raw.split(",") if part.strip())


def _webhook_secret(raw: str) -> bytes:
    value = base64.b64decode(_matching(r"whsec_[A-Za-z0-9+/=]+", raw)[6:], validate=True)
    if not WEBHOOK_SECRET_BYTES[0] <= len(value) <= WEBHOOK_SECRET_BYTES[1]:
        raise ValueError
    return value


def _web_address(raw: str) -> SplitResult:
    parts = urlsplit(raw)
    # `port` raises ValueError for what is no port.
    standing = parts.scheme in {"http", "https"} and parts.port != 0
    if not standing or not re.fullmatch(HOST, parts.hostname or "") or "@" in parts.netloc:
        raise ValueError
    return parts


def _matching(pattern: str, raw: str) -> str:
    if not re.fullmatch(pattern, raw):
        raise ValueError
    return raw
