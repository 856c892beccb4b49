"""Each setting without a value, with good ones, and with ones that are not allowed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from backend.settings import Rate

HEX = "0123456789abcdef" * 4
# 24 and 64 bytes.
SHORT_WHSEC, LONG_WHSEC = "whsec_" + "c2hv" * 8, "whsec_" + "bG9u" * 21 + "Zw=="
PRODUCTION = {
    "STAGE": "prod",
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "SIGNING_KEY": HEX,
    "LOOKUP_KEY": HEX[::-1],
    "ORIGIN_SECRET": "only CloudFront knows",
}

DEFAULTS: dict[str, Any] = {
    "STAGE": "local",
    "SITE_URL": "",
    "ALLOWED_ORIGINS": (),
    "RELYING_PARTY_ID": "",
    "BRAND_NAME": "Latchstring",
    "BRAND_COLOUR": "#1f5f4a",
    "BRAND_LOGO": None,
    "DEFAULT_LANGUAGE": "en",
    "TERMS_URL": "",
    "PRIVACY_URL": "",
    "PASSWORD_MIN_LENGTH": 15,
    "BREACH_CHECK_URL": "",
    "SESSION_IDLE_DAYS": timedelta(days=7),
    "SESSION_IDLE_MINUTES": None,
    "SESSION_ABSOLUTE_DAYS": timedelta(days=30),
    "RATE_LIMIT_SCALE": 1.0,
    "LIMIT_REGISTRATIONS": Rate(100, 500),
    "LIMIT_SIGN_INS": Rate(100, 500),
    "LIMIT_IDENTIFIER": Rate(20, 100),
    "LIMIT_DEVICE": Rate(20, 100),
    "LIMIT_SECOND_FACTOR": Rate(10, 20),
    "LIMIT_MAILBOX": Rate(6, 10),
    "LIMIT_MAIL": Rate(500, 5000),
    "SECURITY_NOTICES": True,
    "REQUIRE_SECOND_FACTOR": False,
    "TOKEN_AUDIENCES": (),
    "WEBHOOK_URL": "",
    "WEBHOOK_SECRET": (),
    "MAIL_FROM": "",
    "SIGNING_KEY": (),
    "PREVIOUS_SIGNING_KEY": b"",
    "LOOKUP_KEY": (),
    "AUDIT_KEY": (),
    "ORIGIN_SECRET": (),
    "DYNAMODB_ENDPOINT_URL": "",
    "INSTANCE_PATH": Path("instance"),
}

SECRETS = {name for name in DEFAULTS if name.endswith(("_KEY", "_SECRET"))}

GOOD: list[tuple[str, str, Any]] = [
    ("STAGE", "test2", "test2"),
    ("SITE_URL", "https://accounts.example.com", "https://accounts.example.com"),
    ("ALLOWED_ORIGINS", "https://app.example.com", ("https://app.example.com",)),
    ("RELYING_PARTY_ID", "example.com", "example.com"),
    ("BRAND_NAME", "Café & Söhne <3", "Café & Söhne <3"),
    ("BRAND_COLOUR", "#AABBCC", "#aabbcc"),
    ("DEFAULT_LANGUAGE", "ar", "ar"),
    ("TERMS_URL", "https://example.com/terms/?a=b#c", "https://example.com/terms/?a=b#c"),
    ("PRIVACY_URL", "http://example.com", "http://example.com"),
    ("PASSWORD_MIN_LENGTH", "8", 8),
    ("PASSWORD_MIN_LENGTH", "64", 64),
    ("BREACH_CHECK_URL", "https://api.example.com/range/", "https://api.example.com/range"),
    ("SECURITY_NOTICES", "off", False),
    ("REQUIRE_SECOND_FACTOR", "on", True),
    ("WEBHOOK_URL", "https://example.com/hook/?a=b", "https://example.com/hook/?a=b"),
    ("WEBHOOK_SECRET", SHORT_WHSEC, (b"sho" * 8,)),
    ("WEBHOOK_SECRET", f"{LONG_WHSEC}, {SHORT_WHSEC}", (b"lon" * 21 + b"g", b"sho" * 8)),
    ("TOKEN_AUDIENCES", "https://a.example.com, billing,", ("https://a.example.com", "billing")),
    ("SESSION_IDLE_DAYS", "90", timedelta(days=90)),
    ("SESSION_IDLE_MINUTES", "60", timedelta(hours=1)),
    ("SESSION_ABSOLUTE_DAYS", "365", timedelta(days=365)),
    ("RATE_LIMIT_SCALE", "0.1", 0.1),
    ("RATE_LIMIT_SCALE", "1000000", 1e6),
    ("LIMIT_REGISTRATIONS", "1/hour 2/day", Rate(1, 2)),
    ("LIMIT_SIGN_INS", "10/hour 5/day", Rate(10, 5)),
    ("LIMIT_IDENTIFIER", "3/hour 4/day", Rate(3, 4)),
    ("LIMIT_DEVICE", "5/hour 6/day", Rate(5, 6)),
    ("LIMIT_SECOND_FACTOR", "6/hour 7/day", Rate(6, 7)),
    ("LIMIT_MAILBOX", "7/hour 8/day", Rate(7, 8)),
    ("LIMIT_MAIL", "100000/hour 999999999/day", Rate(100_000, 999_999_999)),
    ("MAIL_FROM", "accounts@example.com", "accounts@example.com"),
    ("SIGNING_KEY", HEX.upper(), (bytes.fromhex(HEX),)),
    ("SIGNING_KEY", f"{HEX[::-1]}, {HEX},", (bytes.fromhex(HEX[::-1]), bytes.fromhex(HEX))),
    ("PREVIOUS_SIGNING_KEY", HEX, bytes.fromhex(HEX)),
    ("LOOKUP_KEY", HEX * 2, (bytes.fromhex(HEX * 2),)),
    ("AUDIT_KEY", f"{HEX},{HEX}", (bytes.fromhex(HEX),)),
    ("ORIGIN_SECRET", "a secret, another", ("a secret", "another")),
    ("DYNAMODB_ENDPOINT_URL", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("INSTANCE_PATH", "/var/lib/accounts", Path("/var/lib/accounts")),
]

BAD: list[tuple[str, str, str]] = [
    *(("STAGE", raw, "lower-case letters") for raw in ("Prod", "p", "a-b", "1st", "s" * 17, "ß2")),
    *(
        ("SITE_URL", raw, "https://accounts.example.com, without a path")
        for raw in (
            *(
                "accounts.example.com",
                "ftp://example.com",
                "https://",
                "//example.com",
                "*",
                "null",
            ),
            *("https://example.com/app", "https://example.com?x", "https://example.com#x"),
            *("https://ann@example.com", "https://münchen.de", "https://example.com:port"),
            *(
                "https://example.com:99999",
                "https://exa mple.com",
                "https://[::1",
            ),
        )
    ),
    *(
        ("ALLOWED_ORIGINS", raw, "comma-separated list")
        for raw in ("*", "null", "https://*.example.com", "https://a.com https://b.com", "a.com")
    ),
    *(
        ("RELYING_PARTY_ID", raw, "or a domain above it")
        for raw in (
            "https://example.com",
            "Example.com",
            "other.com",
            "ccounts.example.com",
            ".com",
        )
    ),
    ("BRAND_NAME", "two\nlines", "printable text"),
    ("BRAND_NAME", "\N{RIGHT-TO-LEFT OVERRIDE}dnarB", "printable text"),
    *(
        ("BRAND_COLOUR", raw, "#1f5f4a")
        for raw in ("red", "#fff", "1f5f4a", "#1f5f4g", "#1f5f4a00")
    ),
    *(("BRAND_LOGO", raw, "an SVG file") for raw in ("/no/such/logo.svg", "/etc/hostname", "/etc")),
    *(("DEFAULT_LANGUAGE", raw, "`de`") for raw in ("DE", "de-AT", "it", "english")),
    *(
        ("PASSWORD_MIN_LENGTH", raw, "from 8 to 64")
        for raw in ("7", "65", "-8", "15.0", "fifteen", "0x10", "1_5", "\uff11\uff15")
    ),
    *(
        (name, raw, "an http or https URL")
        for name in ("BREACH_CHECK_URL", "TERMS_URL", "PRIVACY_URL", "DYNAMODB_ENDPOINT_URL")
        for raw in ("example.com", "file:///etc/passwd", "http://", "http://127.0.0.1:port")
    ),
    *(("SECURITY_NOTICES", raw, "`on` or `off`") for raw in ("true", "0", "ON")),
    *(("REQUIRE_SECOND_FACTOR", raw, "`on` or `off`") for raw in ("true", "1", "On")),
    *(("TOKEN_AUDIENCES", raw, "a comma-separated list") for raw in ("my service", "a, b c", "é")),
    *(
        ("WEBHOOK_URL", raw, "an https URL, or locally an http one of this machine")
        for raw in (
            "http://example.com/hook",
            "http://127.0.0.1.example.com/",
            "https://ann:pass@example.com",
            "https://example.com/#part",
            "ftp://example.com",
        )
    ),
    *(
        ("WEBHOOK_SECRET", raw, "each `whsec_` and 24 to 64 bytes in base64")
        for raw in (
            SHORT_WHSEC.removeprefix("whsec_"),
            SHORT_WHSEC[:-4],
            LONG_WHSEC[:-4] + "c2hv",
            f"{SHORT_WHSEC} {LONG_WHSEC}",
            "whsec_" + "-_-_" * 8,
        )
    ),
    *(("SESSION_IDLE_DAYS", raw, "from 1 to 90") for raw in ("0", "91", "7d")),
    *(("SESSION_IDLE_MINUTES", raw, "from 15 to 720") for raw in ("14", "721", "1h")),
    *(("SESSION_ABSOLUTE_DAYS", raw, "from 1 to 365") for raw in ("0", "366", "a month")),
    *(
        ("RATE_LIMIT_SCALE", raw, "from 0.1 to 1000000")
        for raw in ("0", "0.09", "-1", "1000001", "nan", "inf", "1,5", "off", "1_0")
    ),
    *(
        (name, raw, "20/hour 100/day")
        for name in DEFAULTS
        if name.startswith("LIMIT_")
        for raw in (
            "20/hour",
            "0/hour 1/day",
            "20 / hour 100 / day",
            "1/day 1/hour",
        )
    ),
    ("LIMIT_MAIL", "2\u0660/hour 100/day", "20/hour 100/day"),
    *(
        ("MAIL_FROM", raw, "accounts@example.com")
        for raw in ("accounts", "@example.com", "a@", "a@b@c", "A <a@b.de>", "a@b.de\nBcc: c@d.de")
    ),
    *(
        (name, raw, "at least 64 hexadecimal digits")
        for name in ("SIGNING_KEY", "PREVIOUS_SIGNING_KEY", "LOOKUP_KEY", "AUDIT_KEY")
        for raw in (HEX[:-2], HEX + "a", HEX[:-1] + "g", "a secret that is no number")
    ),
    ("ORIGIN_SECRET", "two\nlines", "printable text"),
]
