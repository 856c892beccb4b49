"""An item and a table for whatever calls the database with no rules round it."""

from __future__ import annotations

from typing import Any, Final

import boto3

KEY: Final = {"pk": {"S": "U#" + "0" * 36}, "sk": {"S": "-"}}
# As large as a session or a user of ours.
ITEM: Final = {**KEY, **{f"attribute_{n}": {"S": "v" * 24} for n in range(14)}}


def client(endpoint: str) -> Any:
    return boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def make_table(dynamodb: Any, name: str) -> None:
    """With the item in it."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
    )
    dynamodb.put_item(TableName=name, Item=ITEM)
