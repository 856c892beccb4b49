"""Takes a stage away. The tables and the secrets stay unless they are named, twice."""

from __future__ import annotations

from typing import Any

from backend.storage.tables import TABLES
from infra import bucket, canary, function, parameters, stack
from infra.aws import Aws, found
from infra.errors import Refusal
from infra.screen import confirm, confirm_by_name, say

BUCKETS = ("SiteBucket", "PackagesBucket")


def destroy(aws: Aws, *, yes: bool, tables: bool, names: list[str]) -> None:
    """Outermost first, so that at any interruption nothing is served that lacks its ground."""
    stage = aws.stage
    kept = ", ".join(stage.table_prefix + table.name for table in TABLES)
    if tables:
        confirm_by_name(
            f"Every account of {stage.name} will be lost, with {kept} and their keys.",
            stage.name,
            names,
        )
    else:
        question = f"Remove {stage.site_url} with function, page and logs, and keep {kept}?"
        confirm(question, yes=yes)
    canary.clear(aws)
    _delete(aws.edge("cloudformation"), stage.edge_stack)
    function.clear(aws)
    _empty_buckets(aws)
    _delete(aws.here("cloudformation"), stage.data_stack)
    parameters.forget_settings(aws)
    if tables:
        _delete_tables(aws)
        parameters.forget_secrets(aws)
        say(f"Nothing of {stage.name} is left.")
        return
    say(f"Kept: {kept}, and their keys in {stage.parameters}/secrets.")
    say(f"`python -m infra up {stage.name}` takes them in again.")


def _delete(cloudformation: Any, name: str) -> None:
    standing = stack.read(cloudformation, name)
    if standing is None:
        say(f"{name}: not there")
        # A plan that was interrupted leaves an empty stack, which `read` does not show.
        cloudformation.delete_stack(StackName=name)
        return
    say(f"{name}: removing")
    if standing.busy and standing.status != "DELETE_IN_PROGRESS":
        stack.follow(cloudformation, name, stack.seen_events(cloudformation, name))
    identifier = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    before = stack.seen_events(cloudformation, identifier)
    cloudformation.delete_stack(StackName=name)
    after = stack.follow(cloudformation, identifier, set(before), begun=False)
    if after:
        cause = stack.first_cause(cloudformation, identifier, before)
        raise Refusal(f"{name} could not be removed: {cause}; put that right and run it again.")


def _empty_buckets(aws: Aws) -> None:
    """CloudFormation deletes no other."""
    cloudformation = aws.here("cloudformation")
    if stack.read(cloudformation, aws.stage.data_stack) is None:
        return
    resources = cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=aws.stage.data_stack
    )
    for page in resources:
        for one in page["StackResourceSummaries"]:
            name = one.get("PhysicalResourceId")
            if one["LogicalResourceId"] in BUCKETS and name:
                found(lambda: bucket.empty(aws.here("s3"), name), "NoSuchBucket")  # noqa: B023


def _delete_tables(aws: Aws) -> None:
    dynamodb = aws.here("dynamodb")
    for table in TABLES:
        name = aws.stage.table_prefix + table.name
        if found(lambda: dynamodb.describe_table(TableName=name), "ResourceNotFoundException"):  # noqa: B023
            dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
            dynamodb.delete_table(TableName=name)
            dynamodb.get_waiter("table_not_exists").wait(TableName=name)
            say(f"{name}: removed")
