"""What others ask for the same users: list prices in dollars a month, by monthly active users.

Mail and messages are extra with most of them, and so are features beyond the plan that is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

COPIED: Final = "copied by API Evangelist"
COGNITO: Final = f"aws.amazon.com/cognito/pricing, {COPIED}"


@dataclass(frozen=True)
class Band:
    """Up to so many users: dollars for each of them, and what the plan costs that reaches so far.

    `each` is None where the price is told on request only.
    """

    up_to: float
    each: float | None
    plan: float = 0


@dataclass(frozen=True)
class Provider:
    name: str
    bands: tuple[Band, ...]
    source: str
    dated: str
    remark: str = ""

    def monthly(self, users: int) -> float | None:
        """Dollars; None where the list ends and a price has to be asked for."""
        total, below = 0.0, 0.0
        for band in self.bands:
            if band.each is None:
                return None
            total += (min(users, band.up_to) - below) * band.each
            if users <= band.up_to:
                return total + band.plan
            below = band.up_to
        return None


PROVIDERS: Final = (
    Provider(
        "Cognito Lite",
        (Band(10_000, 0), Band(100_000, 0.0055), Band(1_000_000, 0.0046), Band(inf, None)),
        COGNITO,
        "2026-09-20",
        "no passkeys",
    ),
    Provider(
        "Cognito Essentials",
        (Band(10_000, 0), Band(inf, 0.015)),
        COGNITO,
        "2026-09-20",
    ),
    Provider(
        "Cognito Plus",
        (Band(inf, 0.020),),
        COGNITO,
        "2026-09-20",
    ),
    Provider(
        "Auth0",
        (Band(25_000, 0), Band(inf, None)),
        f"auth0.com/pricing, {COPIED}",
        "2026-09-20",
        "free plan; paid ones begin at 35 for 500 users",
    ),
    Provider(
        "Clerk",
        (
            Band(50_000, 0),
            Band(100_000, 0.02, plan=25),
            Band(1_000_000, 0.018, plan=25),
            Band(10_000_000, 0.015, plan=25),
            Band(inf, 0.012, plan=25),
        ),
        f"clerk.com/pricing, {COPIED}",
        "2026-09-20",
        "free, then Pro; whoever never comes back after the first day is not counted",
    ),
    Provider(
        "Supabase Auth",
        (Band(50_000, 0), Band(100_000, 0, plan=25), Band(inf, 0.00325, plan=25)),
        "supabase.com/docs/guides/platform/manage-your-usage/monthly-active-users",
        "2026-11",
        "free, then Pro; a free project sleeps after 7 idle days",
    ),
    Provider(
        "Google Identity Platform",
        (
            Band(50_000, 0),
            Band(100_000, 0.0055),
            Band(1_000_000, 0.0046),
            Band(10_000_000, 0.0032),
            Band(inf, 0.0025),
        ),
        "cloud.google.com/identity-platform/pricing, stored copy",
        "2026-11",
    ),
    Provider(
        "SuperTokens cloud",
        (Band(inf, 0.02),),
        "told by others",
        "2026-11",
        "not verified",
    ),
)
