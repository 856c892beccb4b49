"""Every setting, read once from the environment.

`Settings` is the one list: the loader, `flask config` and docs/settings.md are made from it.
A wrong value stops the start with a sentence that names the setting, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.languages import LANGUAGES, SOURCE
from backend.settings import parse
from backend.settings.parse import Rate

__all__ = ["Rate", "Setting", "SettingError", "Settings", "listed", "load"]

LOCAL = "local"

ORIGIN = "an origin such as https://accounts.example.com, without a path"
RATE = "two whole numbers from 1 in the form `20/hour 100/day`"
KEY = "at least 64 hexadecimal digits"
KEYS = f"a comma-separated list, each {KEY}"


class SettingError(Exception):
    """A setting is missing or has a value that is not allowed."""


@dataclass(frozen=True)
class Setting:
    """One setting: its name in the environment, how it is read, and what to say of it."""

    name: str
    parse: Callable[[str], Any]
    allowed: str
    about: str
    default: str
    secret: bool
    required: bool

    def read(self, environ: Mapping[str, str]) -> Any:
        raw = environ.get(self.name, "").strip() or self.default
        try:
            return self.parse(raw)
        except ValueError:
            shown = "not shown, being secret, and not allowed" if self.secret else repr(raw)
            raise SettingError(f"{self.name} is {shown}. Allowed is {self.allowed}.") from None

    def show(self, value: Any) -> str:
        """The value as it stands in the environment; a secret is never shown."""
        if self.secret:
            return "********" if value else ""
        if isinstance(value, tuple):
            return ", ".join(value)
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, timedelta):
            return str(value.days or value.seconds // 60)  # whole days, or less than one
        return "" if value is None else str(value)


def setting(
    name: str,
    read: Callable[[str], Any],
    allowed: str,
    about: str,
    *,
    default: str = "",
    secret: bool = False,
    required: bool = False,
) -> Any:
    """A field of `Settings`. `required` means that production does not start without it."""
    return field(
        metadata={"setting": Setting(name, read, allowed, about, default, secret, required)}
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    stage: str = setting(
        "STAGE",
        parse.stage,
        "2 to 16 lower-case letters and digits",
        "Which deployment this is: `local` is a developer's machine, any other is production.",
        default=LOCAL,
    )
    site_url: str = setting(
        "SITE_URL",
        parse.origin,
        ORIGIN,
        "Where people open the page; links in mails are made from it. "
        "Unset locally, it is the address that `flask run` serves.",
        required=True,
    )
    allowed_origins: tuple[str, ...] = setting(
        "ALLOWED_ORIGINS",
        parse.origins,
        f"a comma-separated list, each {ORIGIN}",
        "Other origins whose pages may call the API with credentials.",
    )
    relying_party_id: str = setting(
        "RELYING_PARTY_ID",
        parse.domain,
        "the host of SITE_URL, or a domain above it",
        "The domain that passkeys are made for. Unset, it is the host of SITE_URL. "
        "Passkeys that were made for another one no longer work.",
    )
    brand_name: str = setting(
        "BRAND_NAME",
        parse.text,
        "printable text",
        "The name that people know the site by.",
        default="Latchstring",
    )
    brand_colour: str = setting(
        "BRAND_COLOUR",
        parse.colour,
        "a colour in the form `#1f5f4a`",
        "The accent colour of the page and the mails.",
        default="#1f5f4a",
    )
    brand_logo: Path | None = setting(
        "BRAND_LOGO",
        parse.svg_file,
        "the path of an SVG file",
        "The logo at the top of the page. Unset, the page shows a latch.",
    )
    default_language: str = setting(
        "DEFAULT_LANGUAGE",
        parse.language,
        f"one of {', '.join(f'`{tag}`' for tag in LANGUAGES)}",
        "The language for whoever reads none of these: of the page, the mails and the problems.",
        default=SOURCE,
    )
    terms_url: str = setting(
        "TERMS_URL",
        parse.link,
        "an http or https URL",
        "The terms, to which the page links, and which people accept by registering.",
    )
    privacy_url: str = setting(
        "PRIVACY_URL",
        parse.link,
        "an http or https URL",
        "The privacy notice, to which the page links.",
    )
    password_min_length: int = setting(
        "PASSWORD_MIN_LENGTH",
        parse.whole(8, 64),
        "a whole number from 8 to 64",
        "The shortest password, in characters. NIST SP 800-63B-4 3.1.1.2 asks for 15 "
        "where a password stands alone.",
        default="15",
    )
    breach_check_url: str = setting(
        "BREACH_CHECK_URL",
        parse.url,
        "an http or https URL",
        "A k-anonymity range service for breached passwords, asked as `GET URL/ABCDE`. "
        "When it does not answer, the password passes.",
    )
    session_idle: timedelta = setting(
        "SESSION_IDLE_DAYS",
        parse.days(1, 90),
        "a whole number from 1 to 90",
        "A session that is not used for so many days ends.",
        default="7",
    )
    session_idle_minutes: timedelta | None = setting(
        "SESSION_IDLE_MINUTES",
        parse.optional(parse.minutes(15, 720)),
        "a whole number from 15 to 720",
        "A session that is not used for so many minutes ends, if that is sooner. NIST SP "
        "800-63B-4 2.2.3 wants 60 at AAL2, and a SESSION_ABSOLUTE_DAYS of 1.",
    )
    session_absolute: timedelta = setting(
        "SESSION_ABSOLUTE_DAYS",
        parse.days(1, 365),
        "a whole number from 1 to 365",
        "A session ends after so many days, used or not.",
        default="30",
    )
    rate_limit_scale: float = setting(
        "RATE_LIMIT_SCALE",
        parse.factor(0.1, 1e6),
        "a number from 0.1 to 1000000",
        "Multiplies every limit below.",
        default="1",
    )
    limit_registrations: Rate = setting(
        "LIMIT_REGISTRATIONS",
        parse.rate,
        RATE,
        "Registrations from one address prefix (IPv4 /32, IPv6 /64), each further mail included; "
        "as many password resets, and as many changes of address.",
        default="100/hour 500/day",
    )
    limit_sign_ins: Rate = setting(
        "LIMIT_SIGN_INS",
        parse.rate,
        RATE,
        "Wrong sign-ins from one address prefix, by devices that are new to the account.",
        default="100/hour 500/day",
    )
    limit_identifier: Rate = setting(
        "LIMIT_IDENTIFIER",
        parse.rate,
        RATE,
        "Wrong sign-ins with one identifier, by devices that are new to the account.",
        default="20/hour 100/day",
    )
    limit_device: Rate = setting(
        "LIMIT_DEVICE",
        parse.rate,
        RATE,
        "Wrong sign-ins by one device that signed in to the account before.",
        default="20/hour 100/day",
    )
    limit_second_factor: Rate = setting(
        "LIMIT_SECOND_FACTOR",
        parse.rate,
        RATE,
        "Wrong codes of a second factor for one account: by one device that signed in to it "
        "before, and by all others together; as many new sets of recovery codes.",
        default="10/hour 20/day",
    )
    limit_mailbox: Rate = setting(
        "LIMIT_MAILBOX",
        parse.rate,
        RATE,
        "Mails to one mailbox; and notices to one account of sign-ins from new devices.",
        default="6/hour 10/day",
    )
    limit_mail: Rate = setting(
        "LIMIT_MAIL",
        parse.rate,
        RATE,
        "Mails of the whole site: the budget.",
        default="500/hour 5000/day",
    )
    security_notices: bool = setting(
        "SECURITY_NOTICES",
        parse.flag,
        "`on` or `off`",
        "Whether people are told by mail what happens to their account: a sign-in from a new "
        "device, a changed password, a factor added or removed. The link that undoes a change of "
        "address is always sent.",
        default="on",
    )
    require_second_factor: bool = setting(
        "REQUIRE_SECOND_FACTOR",
        parse.flag,
        "`on` or `off`",
        "Whether tokens for other services and administration need a session of two factors: by "
        "a passkey, or by a code after the password. Where somebody has a factor already, another "
        "is added or taken away only with both.",
        default="off",
    )
    token_audiences: tuple[str, ...] = setting(
        "TOKEN_AUDIENCES",
        parse.names,
        "a comma-separated list of names such as https://billing.example.com",
        "Which services may be named as the audience of a token, the first where a call names "
        "none. Unset, it is SITE_URL.",
    )
    webhook_url: str = setting(
        "WEBHOOK_URL",
        parse.webhook_url,
        "an https URL, or locally an http one of this machine",
        "Which service is told what happens to accounts ([other services](other-services.md)).",
    )
    webhook_secrets: tuple[bytes, ...] = setting(
        "WEBHOOK_SECRET",
        parse.webhook_secrets,
        "a comma-separated list, each `whsec_` and 24 to 64 bytes in base64",
        "What webhooks are signed with; while one is replaced, two. Needed where WEBHOOK_URL is "
        "set.",
        secret=True,
    )
    mail_from: str = setting(
        "MAIL_FROM",
        parse.mailbox,
        "a mailbox such as accounts@example.com",
        "The sender of every mail.",
        required=True,
    )
    given_signing_keys: tuple[bytes, ...] = setting(
        "SIGNING_KEY",
        parse.keys,
        KEYS,
        "Keys one-time codes, device cookies and remembered answers, and seals what second factors "
        "are checked by and tokens are signed with. The first makes, each is accepted: while one "
        "is replaced, two ([how](security.md#secrets-and-their-rotation)).",
        secret=True,
        required=True,
    )
    previous_signing_key: bytes = setting(
        "PREVIOUS_SIGNING_KEY",
        parse.key,
        KEY,
        "One more that is accepted, as if it stood last in SIGNING_KEY.",
        secret=True,
    )
    lookup_keys: tuple[bytes, ...] = setting(
        "LOOKUP_KEY",
        parse.keys,
        KEYS,
        "Keys the look-up of mail addresses, so that no database key holds one; of several as "
        "SIGNING_KEY. An account cannot be found by its address under another key.",
        secret=True,
        required=True,
    )
    given_audit_keys: tuple[bytes, ...] = setting(
        "AUDIT_KEY",
        parse.keys,
        KEYS,
        "Keys the chains of the audit log; of several the first seals, and each checks what it "
        "sealed, so that none is ever taken away. Unset, it is LOOKUP_KEY.",
        secret=True,
    )
    origin_secrets: tuple[str, ...] = setting(
        "ORIGIN_SECRET",
        parse.secrets,
        "printable text, and a comma between two",
        "What CloudFront sends in `X-Origin-Secret`; a call without it is refused. While it is "
        "replaced, two.",
        secret=True,
        required=True,
    )
    dynamodb_endpoint_url: str = setting(
        "DYNAMODB_ENDPOINT_URL",
        parse.url,
        "an http or https URL",
        "Which DynamoDB. Unset locally, `flask run` starts an engine of its own; "
        "unset in production, it is the region's.",
    )
    instance_path: Path = setting(
        "INSTANCE_PATH",
        parse.path,
        "a path",
        "Where local data and secrets lie.",
        default="instance",
    )

    @property
    def local(self) -> bool:
        return self.stage == LOCAL

    @property
    def idle_limit(self) -> timedelta:
        return min(self.session_idle, self.session_idle_minutes or self.session_idle)

    @property
    def audiences(self) -> tuple[str, ...]:
        return self.token_audiences or (self.site_url,)

    @property
    def table_prefix(self) -> str:
        return f"latchstring-{self.stage}-"

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """The one that makes, then the others that are accepted."""
        return (*self.given_signing_keys, *filter(None, [self.previous_signing_key]))

    @property
    def signing_key(self) -> bytes:
        return _first(self.signing_keys)

    @property
    def lookup_key(self) -> bytes:
        return _first(self.lookup_keys)

    @property
    def audit_keys(self) -> tuple[bytes, ...]:
        """The one that seals, then those that sealed before it."""
        return self.given_audit_keys or self.lookup_keys

    @property
    def origin_secret(self) -> str:
        return next(iter(self.origin_secrets), "")


def _first(keys: tuple[bytes, ...]) -> bytes:
    return next(iter(keys), b"")


def listed() -> Iterator[tuple[str, Setting]]:
    """Each attribute of `Settings` with its setting, in the order of the documentation."""
    for attribute in fields(Settings):
        yield attribute.name, attribute.metadata["setting"]


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in force; raises SettingError, which is a sentence for the operator."""
    settings = Settings(**{name: entry.read(environ) for name, entry in listed()})
    missing = [
        entry.name for name, entry in listed() if entry.required and not getattr(settings, name)
    ]
    if missing and not settings.local:
        raise SettingError(
            f"{', '.join(missing)} must be set for the stage {settings.stage!r}; "
            "production starts only with values of its own."
        )
    if not settings.local and not settings.site_url.startswith("https://"):
        raise SettingError(f"SITE_URL is {settings.site_url!r}. Allowed is an https origin.")
    _check_encrypted(settings, "BREACH_CHECK_URL", settings.breach_check_url)
    _check_relying_party(settings)
    _check_webhook(settings)
    return settings


def _check_relying_party(settings: Settings) -> None:
    """A browser takes no relying party but the site's own domain and those above it."""
    wanted, host = settings.relying_party_id, urlsplit(settings.site_url).hostname
    if wanted and host and not f".{host}".endswith(f".{wanted}"):
        allowed = dict(listed())["relying_party_id"].allowed
        raise SettingError(f"RELYING_PARTY_ID is {wanted!r}. Allowed is {allowed}.")


def _check_encrypted(settings: Settings, name: str, url: str) -> None:
    """Production speaks to others over TLS only."""
    if url and not settings.local and not url.startswith("https://"):
        raise SettingError(f"{name} is {url!r}. Allowed is an https URL.")


def _check_webhook(settings: Settings) -> None:
    _check_encrypted(settings, "WEBHOOK_URL", settings.webhook_url)
    if settings.webhook_url and not settings.webhook_secrets:
        allowed = dict(listed())["webhook_secrets"].allowed
        raise SettingError(f"WEBHOOK_SECRET must be set where WEBHOOK_URL is: {allowed}.")
