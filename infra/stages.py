"""The stages: `infra/stages.toml`, read and judged, and every name that follows from a stage."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from backend.settings import LOCAL, Setting, SettingError, listed
from infra.errors import Refusal

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "infra" / "stages.toml"
PROJECT: Final = "latchstring"
EDGE_REGION: Final = "us-east-1"  # the only one whose certificates CloudFront takes

STAGE_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,15}")
HOST_NAME: Final = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
MAILBOX: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?P<domain>[a-z0-9.-]+)")
REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
SUFFIX: Final = re.compile(r"[a-z0-9]{1,12}|")
RETENTION: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
# Made or derived here; BRAND_LOGO is a file of the page, which the function does not have.
OURS: Final = frozenset(
    {"STAGE", "SITE_URL", "MAIL_FROM", "DYNAMODB_ENDPOINT_URL", "INSTANCE_PATH"}
)
PAGE_ONLY: Final = frozenset({"BRAND_LOGO"})


@dataclass(frozen=True, kw_only=True)
class Stage:
    name: str
    region: str
    domain: str
    zone: str
    mail_from: str
    alarm_email: str
    monthly_budget_usd: int
    www_redirect: bool
    waf: bool
    log_retention_days: int
    xray: bool = False
    mail_identity: bool = True
    bucket_suffix: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """Zappa's name for the function and for the stack of its API."""
        return f"{PROJECT}-{self.name}"

    @property
    def data_stack(self) -> str:
        return f"{self.function}-data"

    @property
    def edge_stack(self) -> str:
        return f"{self.function}-edge"

    @property
    def role(self) -> str:
        """The name under which Zappa looks for the role."""
        return f"{self.function}-ZappaLambdaExecutionRole"

    @property
    def table_prefix(self) -> str:
        return f"{self.function}-"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.function}"

    @property
    def parameters(self) -> str:
        """The path in Parameter Store under which everything of the stage lies."""
        return f"/{PROJECT}/{self.name}"

    @property
    def site_url(self) -> str:
        return f"https://{self.domain}"

    @property
    def hosts(self) -> list[str]:
        return [self.domain, f"www.{self.domain}"] if self.www_redirect else [self.domain]

    @property
    def mail_domain(self) -> str:
        return self.mail_from.rpartition("@")[2]

    @property
    def mail_records(self) -> bool:
        """Whether the records that prove the mail domain belong into the stage's own zone."""
        return self.mail_identity and _within(self.mail_domain, self.zone)

    def app_settings(self) -> dict[str, str]:
        """What the function reads from Parameter Store, none of it secret."""
        chosen = {name: value for name, value in self.settings.items() if name not in PAGE_ONLY}
        return {"SITE_URL": self.site_url, "MAIL_FROM": self.mail_from, **chosen}


def load(name: str, file: Path = FILE) -> Stage:
    """The stage of this name; raises Refusal, which says what to write instead."""
    stages = _read(file)
    if name not in stages:
        known = ", ".join(stages) or "none"
        raise Refusal(f"There is no stage {name!r} in {file.name}; known: {known}.")
    return _stage(name, stages[name])


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{file} is missing; it says which stages there are.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{file.name} is not TOML: {error}.") from None


def _stage(name: str, table: Any) -> Stage:
    if not STAGE_NAME.fullmatch(name) or name == LOCAL:
        raise Refusal(
            f"{name!r} cannot be a stage; a name is 2 to 16 lower-case letters and digits, "
            f"not {LOCAL!r}."
        )
    if not isinstance(table, dict):
        raise Refusal(f"[{name}] in {FILE.name} must be a table.")
    known = {entry.name: entry for entry in fields(Stage) if entry.name != "name"}
    for key in table:
        if key not in known:
            raise Refusal(f"[{name}] has the unknown key {key!r}; known: {', '.join(known)}.")
    missing = [
        key
        for key, entry in known.items()
        if key not in table and entry.default is MISSING and entry.default_factory is MISSING
    ]
    if missing:
        raise Refusal(f"[{name}] in {FILE.name} lacks {', '.join(missing)}.")
    for key, value in table.items():
        allowed, judge = RULES[key]
        if not judge(value):
            raise Refusal(f"{key} of [{name}] is {value!r}; allowed is {allowed}.")
    stage = Stage(name=name, **{**table, "settings": _settings(name, table.get("settings", {}))})
    if stage.zone and not _within(stage.domain, stage.zone):
        raise Refusal(
            f"domain of [{name}] is {stage.domain!r}, which does not lie in zone {stage.zone!r}."
        )
    return stage


def _settings(stage: str, table: Mapping[str, Any]) -> dict[str, str]:
    """The app's settings as text, each judged by the app's own rule."""
    known = {entry.name: entry for _, entry in listed() if _settable(entry)}
    read = {key: str(value) for key, value in table.items()}
    for key in read:
        if key not in known:
            raise Refusal(
                f"[{stage}.settings] has {key!r}, which cannot be set there; docs/settings.md "
                "has the names, and secrets and addresses are made by `deploy`."
            )
        try:
            known[key].read(read)
        except SettingError as error:
            raise Refusal(f"[{stage}.settings]: {error}") from None
    return read


def _settable(entry: Setting) -> bool:
    return entry.name not in OURS and not entry.secret


def _within(domain: str, zone: str) -> bool:
    return bool(zone) and (domain == zone or domain.endswith(f".{zone}"))


def _text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _mailbox(value: Any) -> bool:
    match = MAILBOX.fullmatch(value) if isinstance(value, str) else None
    return match is not None and HOST_NAME.fullmatch(match["domain"]) is not None


RULES: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "region": ("a region such as 'eu-west-1'", _text(REGION)),
    "domain": ("a host name such as 'accounts.example.com'", _text(HOST_NAME)),
    "zone": (
        "the name of a hosted zone such as 'example.com', or '' when DNS is elsewhere",
        lambda value: value == "" or _text(HOST_NAME)(value),
    ),
    "mail_from": ("a mailbox such as 'accounts@example.com'", _mailbox),
    "alarm_email": ("a mailbox such as 'ops@example.com'", _mailbox),
    "monthly_budget_usd": (
        "a whole number of dollars, or 0 for no budget",
        lambda value: _whole(value) and value >= 0,
    ),
    "www_redirect": ("true or false", _flag),
    "waf": ("true or false", _flag),
    "xray": ("true or false", _flag),
    "log_retention_days": (
        f"one of {', '.join(map(str, RETENTION))}",
        lambda value: _whole(value) and value in RETENTION,
    ),
    "mail_identity": ("true or false", _flag),
    "bucket_suffix": ("1 to 12 lower-case letters and digits", _text(SUFFIX)),
    "settings": ("a table of settings", lambda value: isinstance(value, dict)),
}
