"""What the public DNS says, as anybody sees it."""

from __future__ import annotations

from typing import Final

import dns.exception
import dns.resolver

SECONDS: Final = 5.0


def nameservers(zone: str) -> set[str] | None:
    """Whom the zone is delegated to; None where the question cannot be put from here."""
    return _ask(zone, "NS")


def canonical(host: str) -> str | None:
    """What the host is another name for."""
    return next(iter(_ask(host, "CNAME") or ()), None)


def _ask(name: str, kind: str) -> set[str] | None:
    try:
        answer = dns.resolver.resolve(f"{name}.", kind, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return set()
    except (dns.exception.DNSException, OSError):
        return None
    return {str(record.target).rstrip(".") for record in answer}
