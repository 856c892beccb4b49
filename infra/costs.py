"""What a stage costs while nobody uses it, in dollars a month at list prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infra import prices
from infra.prices import Price
from infra.stages import Stage

# CloudWatch gives an account ten alarms and three dashboards, Parameter Store and ACM all of it.
FIREWALL_RULES: Final = 3
STORAGE: Final = 0.01


@dataclass(frozen=True)
class Cost:
    what: str
    dollars: float


def standing(stage: Stage) -> dict[Price, float]:
    """What is there, used or not, and so many of it."""
    amounts: dict[Price, float] = {prices.ZONE: 1} if stage.zone else {}
    if stage.waf:
        amounts |= {prices.FIREWALL: 1, prices.FIREWALL_RULE: FIREWALL_RULES}
    return amounts


def idle(stage: Stage) -> list[Cost]:
    costs = [Cost("tables, backups, files, logs (under 20 MB)", STORAGE)]
    if stage.zone:
        zone = prices.ZONE.dollars
        costs.append(Cost(f"hosted zone {stage.zone}, shared by all in it", zone))
    if stage.waf:
        firewall = prices.FIREWALL.dollars + prices.FIREWALL_RULE.of(FIREWALL_RULES)
        costs.append(Cost("firewall: 5 for itself, 1 for each rule", firewall))
    return costs


def summary(stage: Stage) -> str:
    costs = idle(stage)
    total = sum(cost.dollars for cost in costs)
    parts = "; ".join(f"{cost.what} {cost.dollars:.2f}" for cost in costs)
    return f"Idle it costs about {total:.2f} dollars a month: {parts}."
