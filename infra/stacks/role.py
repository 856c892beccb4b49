"""The role of the function: the actions that the code uses, each on the one thing it uses it on.

A test records the calls of all flows and compares them with `TABLE_ACTIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troposphere import GetAtt, Output, Sub, Tags, Template, dynamodb, iam, logs

from backend.storage.tables import ACCOUNTS, AUDIT, EPHEMERAL, Table
from infra.stacks.accepted import accepted
from infra.stages import Stage

# A transaction needs the action of each of its writes, and none of its own.
TABLE_ACTIONS: Final[dict[Table, tuple[str, ...]]] = {
    ACCOUNTS: ("BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"),
    # Not deleted from: its events are for ever.
    AUDIT: ("BatchGetItem", "PutItem", "Query", "UpdateItem"),
    EPHEMERAL: ("BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"),
}
# What the function reads at its start, under `Stage.parameters`.
PARAMETERS: Final = ("secrets", "settings")
TRACING: Final = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def add_log_group(template: Template, stage: Stage) -> logs.LogGroup:
    return template.add_resource(
        logs.LogGroup(
            "LogGroup",
            LogGroupName=stage.log_group,
            RetentionInDays=stage.log_retention_days,
            Metadata=accepted(
                CKV_AWS_158="Encrypted with CloudWatch's own key, and names no person."
            ),
            Tags=Tags(stage=stage.name),
        )
    )


def add_role(
    template: Template,
    stage: Stage,
    tables: Mapping[Table, dynamodb.Table],
    log_group: logs.LogGroup,
) -> None:
    statements = [
        *(
            allow([f"dynamodb:{action}" for action in TABLE_ACTIONS[table]], GetAtt(made, "Arn"))
            for table, made in tables.items()
        ),
        allow(["dynamodb:Query"], *_indexes(tables)),
        allow(["ssm:GetParameters"], *(_parameter(stage, name) for name in PARAMETERS)),
        {
            **allow(["ses:SendEmail"], _identity(stage)),
            "Condition": {"StringEquals": {"ses:FromAddress": stage.mail_from}},
        },
        # The log group's ARN ends in `:*`, which stands for its streams.
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], GetAtt(log_group, "Arn")),
        # AWS has no names for what these write to.
        *([allow(TRACING, "*")] if stage.xray else []),
    ]
    role = template.add_resource(
        iam.Role(
            "Role",
            RoleName=stage.role,
            AssumeRolePolicyDocument=document(
                [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ]
            ),
            Policies=[iam.Policy(PolicyName="function", PolicyDocument=document(statements))],
            # Roles are the account's, not a region's: this tells where the stage stands.
            Tags=Tags(stage=stage.name, region=stage.region),
        )
    )
    template.add_output(Output("RoleArn", Value=GetAtt(role, "Arn")))


def _indexes(tables: Mapping[Table, dynamodb.Table]) -> list[Sub]:
    return [
        Sub(f"${{{made.title}.Arn}}/index/{index.name}")
        for table, made in tables.items()
        for index in table.indexes
    ]


def allow(actions: list[str], *resources: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _parameter(stage: Stage, name: str) -> Sub:
    path = f"{stage.parameters}/{name}"
    return Sub(f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{path}")


def _identity(stage: Stage) -> Sub:
    identity = f"identity/{stage.mail_domain}"
    return Sub(f"arn:${{AWS::Partition}}:ses:${{AWS::Region}}:${{AWS::AccountId}}:{identity}")
