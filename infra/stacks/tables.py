"""The tables, from the backend's own definitions.

They outlive their stack, and DynamoDB refuses to delete them until somebody lifts the protection.
"""

from __future__ import annotations

from typing import Final

from troposphere import GetAtt, Output, Tags, Template, dynamodb

from backend.storage.tables import TABLES, Table
from infra.stacks.accepted import accepted
from infra.stages import Stage

OWN_KEY: Final = (
    "Encrypted at rest with DynamoDB's own key; a key of ours would cost 1 dollar a month "
    "and a call for each cold start."
)
WORTHLESS_SOON: Final = (
    "Sessions, codes and counters must not come back from the past; a restore begins without them."
)


def logical_id(table: Table) -> str:
    return f"{table.name.capitalize()}Table"


def add_tables(template: Template, stage: Stage) -> dict[Table, dynamodb.Table]:
    return {table: _add(template, stage, table) for table in TABLES}


def _add(template: Template, stage: Stage, table: Table) -> dynamodb.Table:
    reasons = {"CKV_AWS_119": OWN_KEY}
    if not table.durable:
        reasons["CKV_AWS_28"] = WORTHLESS_SOON
    options = {}
    if table.indexes:
        options["GlobalSecondaryIndexes"] = [
            dynamodb.GlobalSecondaryIndex(
                IndexName=index.name,
                KeySchema=_schema(index.partition, index.sort),
                Projection=dynamodb.Projection(ProjectionType="KEYS_ONLY"),
            )
            for index in table.indexes
        ]
    if table.durable:
        options["PointInTimeRecoverySpecification"] = dynamodb.PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=True
        )
    if table.expiring:
        options["TimeToLiveSpecification"] = dynamodb.TimeToLiveSpecification(
            AttributeName=table.expiring, Enabled=True
        )
    made = template.add_resource(
        dynamodb.Table(
            logical_id(table),
            TableName=stage.table_prefix + table.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S")
                for name in table.attributes
            ],
            KeySchema=_schema("pk", "sk"),
            DeletionProtectionEnabled=True,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Metadata=accepted(**reasons),
            Tags=Tags(stage=stage.name),
            **options,
        )
    )
    template.add_output(Output(f"{logical_id(table)}Arn", Value=GetAtt(made, "Arn")))
    return made


def _schema(partition: str, sort: str) -> list[dynamodb.KeySchema]:
    return [
        dynamodb.KeySchema(AttributeName=partition, KeyType="HASH"),
        dynamodb.KeySchema(AttributeName=sort, KeyType="RANGE"),
    ]
