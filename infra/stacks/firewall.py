"""The optional firewall: known bad addresses and requests, and a limit for each address.

Not AWS's common rules: they read bodies, and would refuse a passphrase that looks like a path.
"""

from __future__ import annotations

from typing import Final

from troposphere import Sub, Tags, Template, wafv2

from infra.stages import Stage

GROUPS: Final = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
REQUESTS_IN_FIVE_MINUTES: Final = 1000


def add_firewall(made: Template, stage: Stage) -> wafv2.WebACL:
    rules = [
        wafv2.WebACLRule(
            Name=group,
            Priority=place,
            OverrideAction=wafv2.OverrideAction(**{"None": {}}),
            Statement=wafv2.Statement(
                ManagedRuleGroupStatement=wafv2.ManagedRuleGroupStatement(
                    VendorName="AWS", Name=group
                )
            ),
            VisibilityConfig=_counted(group),
        )
        for place, group in enumerate(GROUPS)
    ]
    rules.append(
        wafv2.WebACLRule(
            Name="rate",
            Priority=len(GROUPS),
            Action=wafv2.RuleAction(Block=wafv2.BlockAction()),
            Statement=wafv2.Statement(
                RateBasedStatement=wafv2.RateBasedStatement(
                    Limit=REQUESTS_IN_FIVE_MINUTES, AggregateKeyType="IP"
                )
            ),
            VisibilityConfig=_counted("rate"),
        )
    )
    return made.add_resource(
        wafv2.WebACL(
            "Firewall",
            Name=Sub("${AWS::StackName}"),
            Scope="CLOUDFRONT",
            DefaultAction=wafv2.DefaultAction(Allow=wafv2.AllowAction()),
            Rules=rules,
            VisibilityConfig=_counted("firewall"),
            Tags=Tags(stage=stage.name),
        )
    )


def _counted(name: str) -> wafv2.VisibilityConfig:
    return wafv2.VisibilityConfig(
        CloudWatchMetricsEnabled=True, MetricName=name, SampledRequestsEnabled=False
    )
