"""The schedule that has the function deliver webhooks again which were not taken.

It names a function that Zappa makes later; until then its calls come to nothing.
"""

from __future__ import annotations

import json

from troposphere import GetAtt, Ref, Sub, Tags, Template, iam, scheduler

from backend.orders import DELIVER_WEBHOOKS
from infra.stacks.role import allow, document
from infra.stages import Stage


def add_schedule(template: Template, stage: Stage) -> None:
    """Nothing where no webhook is set: a call each minute would be for nothing."""
    if not stage.settings.get("WEBHOOK_URL"):
        return
    function = Sub(
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + stage.function
    )
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}},
    }
    may_invoke = iam.Policy(
        PolicyName="invoke", PolicyDocument=document([allow(["lambda:InvokeFunction"], function)])
    )
    role = template.add_resource(
        iam.Role(
            "ScheduleRole",
            AssumeRolePolicyDocument=document([trusted]),
            Policies=[may_invoke],
            Tags=Tags(stage=stage.name),
        )
    )
    template.add_resource(
        scheduler.Schedule(
            "Webhooks",
            Description="Delivers webhooks again that were not taken.",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
            Target=scheduler.Target(
                Arn=function,
                RoleArn=GetAtt(role, "Arn"),
                Input=json.dumps(DELIVER_WEBHOOKS),
                # The next minute is a try of its own.
                RetryPolicy=scheduler.RetryPolicy(MaximumRetryAttempts=0),
            ),
        )
    )
