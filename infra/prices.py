"""AWS's list prices in us-east-1, CloudFront's in Europe: dollars, without tax.

Elsewhere they are up to a quarter higher. Each says where it was read, and of what day that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MILLION: Final = 1_000_000
# AWS's pages draw their figures by script: most were read where somebody had written them down.
COPIED: Final = "AWS's page, copied by API Evangelist"
UNSEEN: Final = "general knowledge, not verified"


@dataclass(frozen=True)
class Price:
    """Dollars for `per` of `unit` in a month, of which the first `free` cost nothing, for ever."""

    service: str
    unit: str
    dollars: float
    per: int
    source: str
    dated: str
    free: int = 0

    def of(self, amount: float) -> float:
        """Dollars at the list price, as if nothing was free."""
        return self.dollars * amount / self.per

    def after_free(self, amount: float) -> float:
        return self.of(max(amount - self.free, 0))


DYNAMODB: Final = "airbyte.com/data-engineering-resources/dynamodb-pricing"
WRITE: Final = Price("DynamoDB", "write units", 0.625, MILLION, DYNAMODB, "2025-07-21")
READ: Final = Price("DynamoDB", "read units", 0.125, MILLION, DYNAMODB, "2025-07-21")
STORED: Final = Price(
    "DynamoDB", "GB stored", 0.25, 1, "aws.amazon.com/dynamodb/pricing, stored copy", "2026-11", 25
)
RESTORABLE: Final = Price("DynamoDB", "GB that can be restored", 0.20, 1, UNSEEN, "2026-11")
CALL: Final = Price("Lambda", "calls", 0.20, MILLION, COPIED, "2026-09-20", MILLION)
LAMBDA_TIME: Final = "cloudchipr.com/blog/aws-lambda-pricing"
ARM: Final = Price("Lambda", "GB-s of arm64", 13.3334, MILLION, LAMBDA_TIME, "2024", 400_000)
X86: Final = Price("Lambda", "GB-s of x86_64", 16.6667, MILLION, LAMBDA_TIME, "2024", 400_000)
TIME: Final = {"arm64": ARM, "x86_64": X86}
API_REQUEST: Final = Price("HTTP API", "requests", 1.00, MILLION, COPIED, "2026-09-20")
EDGE: Final = "aws.amazon.com/cloudfront/pricing, stored copy"
EDGE_REQUEST: Final = Price(
    "CloudFront", "HTTPS requests", 1.20, MILLION, UNSEEN, "2026-11", 10 * MILLION
)
EDGE_SENT: Final = Price("CloudFront", "GB sent", 0.085, 1, EDGE, "2026-11", 1000)
EDGE_FUNCTION: Final = Price(
    "CloudFront", "calls of a function", 0.10, MILLION, "cur.vantage.sh", "2026-11", 2 * MILLION
)
LOGGED: Final = Price("CloudWatch", "GB logged", 0.50, 1, COPIED, "2026-05-05", 5)
LOG_KEPT: Final = Price("CloudWatch", "GB of log kept", 0.03, 1, COPIED, "2026-05-05")
METRIC: Final = Price("CloudWatch", "metrics", 0.30, 1, COPIED, "2026-05-05", 10)
# What an account pays that is new to SES since 2026-07-21; an older one pays 0.10.
LETTER: Final = Price(
    "SES", "mails", 0.16, 1000, "AWS's price list, by API Evangelist", "2026-07-22"
)
ZONE: Final = Price("Route 53", "hosted zone", 0.50, 1, COPIED, "2026-09-20")
WAF: Final = "c3x.dev/blog/aws-waf-cost-explained"
FIREWALL: Final = Price("WAF", "firewall", 5.00, 1, WAF, "2026-11")
FIREWALL_RULE: Final = Price("WAF", "rules", 1.00, 1, WAF, "2026-11")
FIREWALL_REQUEST: Final = Price("WAF", "requests looked at", 0.60, MILLION, WAF, "2026-11")

PRICES: Final = (
    WRITE,
    READ,
    STORED,
    RESTORABLE,
    CALL,
    ARM,
    X86,
    API_REQUEST,
    EDGE_REQUEST,
    EDGE_SENT,
    EDGE_FUNCTION,
    LOGGED,
    LOG_KEPT,
    METRIC,
    LETTER,
    ZONE,
    FIREWALL,
    FIREWALL_RULE,
    FIREWALL_REQUEST,
)
