"""What a stage costs while nobody uses it, in dollars a month at list prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infra.stages import Stage

# CloudWatch gives an account ten alarms and three dashboards, Parameter Store and ACM all of it.
ZONE: Final = 0.50
WAF: Final = 5 + 3 * 1.00
STORAGE: Final = 0.01


@dataclass(frozen=True)
class Cost:
    what: str
    dollars: float


def idle(stage: Stage) -> list[Cost]:
    costs = [Cost("tables, backups, files, logs (under 20 MB)", STORAGE)]
    if stage.zone:
        costs.append(Cost(f"hosted zone {stage.zone}, shared by all in it", ZONE))
    if stage.waf:
        costs.append(Cost("firewall: 5 for itself, 1 for each rule", WAF))
    return costs


def summary(stage: Stage) -> str:
    costs = idle(stage)
    total = sum(cost.dollars for cost in costs)
    parts = "; ".join(f"{cost.what} {cost.dollars:.2f}" for cost in costs)
    return f"Idle it costs about {total:.2f} dollars a month: {parts}."
