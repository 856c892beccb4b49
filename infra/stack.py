"""A CloudFormation stack as it stands: its state, its outputs, what happens to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.aws import code, message
from infra.errors import Refusal
from infra.screen import say

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 3.0
# Not causes, but what CloudFormation does to the rest after the first failure.
FOLLOWING: Final = ("cancelled", "canceled", "The following resource(s) failed")
# Says only that a check failed; what it found stands in events of another kind.
VALIDATION: Final = "DescribeEvents"
MUST_GO: Final = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


@dataclass(frozen=True)
class Stack:
    name: str
    status: str
    reason: str
    outputs: dict[str, str]
    parameters: dict[str, str]

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def stands(self) -> bool:
        return self.status in {
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_COMPLETE",
        }


def read(cloudformation: Any, name: str) -> Stack | None:
    """The stack, or None; one that was only ever planned is none."""
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in message(error):
            return None
        raise
    if found["StackStatus"] in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}:
        return None
    return Stack(
        name=name,
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        outputs={one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])},
        parameters={
            one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])
        },
    )


def settled(cloudformation: Any, name: str, stage: str) -> Stack | None:
    """The stack when nothing happens to it any more; what an earlier run began is waited for.

    Raises Refusal where it is in a state that no change leads out of.
    """
    found = read(cloudformation, name)
    if found and found.busy:
        say(f"{name} is still {found.status}; waiting for it.")
        follow(cloudformation, name, seen_events(cloudformation, name))
        found = read(cloudformation, name)
    stuck = found and way_out(found, stage)
    if stuck:
        raise Refusal(stuck)
    return found


def way_out(found: Stack, stage: str) -> str | None:
    """What leads out of a state that no change leads out of; None where one can."""
    if found.status in MUST_GO:
        return (
            f"{found.name} is in {found.status}, from which it cannot be changed; "
            f"`python -m infra destroy {stage}` clears it and keeps the tables, then deploy again."
        )
    if found.status == "UPDATE_ROLLBACK_FAILED":
        return (
            f"{found.name} is in {found.status}: {found.reason or 'no reason given'}; run "
            f"`aws cloudformation continue-update-rollback --stack-name {found.name}`, "
            "then deploy again."
        )
    return None


def follow(cloudformation: Any, name: str, seen: set[str], *, begun: bool = True) -> Stack | None:
    """Tells each event until the stack is settled, and returns it; None where it is gone.

    Not `begun`, it shows its old state until the first event.
    """
    pause = FIRST_PAUSE
    while True:
        found = read(cloudformation, name)
        for event in fresh_events(cloudformation, name, seen):
            begun = True
            say(_line(event))
        if begun and (found is None or not found.busy):
            return found
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def seen_events(cloudformation: Any, name: str) -> set[str]:
    return {event["EventId"] for event in _events(cloudformation, name)}


def fresh_events(cloudformation: Any, name: str, seen: set[str]) -> list[dict[str, Any]]:
    """Events that were not seen before, oldest first; from now on they are."""
    fresh = [event for event in _events(cloudformation, name) if event["EventId"] not in seen]
    seen.update(event["EventId"] for event in fresh)
    return fresh[::-1]


def first_cause(cloudformation: Any, name: str, before: set[str]) -> str:
    """Why the change failed: the first failure that does not follow from another."""
    failures = [
        event
        for event in fresh_events(cloudformation, name, set(before))
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
    ]
    if any(VALIDATION in event["ResourceStatusReason"] for event in failures):
        return refused_before(cloudformation, StackName=name) or "its check failed"
    for event in failures:
        if not any(word in event["ResourceStatusReason"] for word in FOLLOWING):
            return f"{event['LogicalResourceId']}: {event['ResourceStatusReason'].rstrip('. ')}"
    return "no resource says why"


def refused_before(cloudformation: Any, **where: str) -> str | None:
    """What CloudFormation's check found wrong before it began."""
    pages = cloudformation.get_paginator("describe_events").paginate(
        **where, Filters={"FailedEvents": True}
    )
    for page in pages:
        for event in page["OperationEvents"]:
            if event.get("ValidationStatusReason"):
                reason = event["ValidationStatusReason"].rstrip(". ")
                return f"{event.get('LogicalResourceId', 'the template')}: {reason}"
    return None


def _events(cloudformation: Any, name: str) -> Iterator[dict[str, Any]]:
    """Newest first, as AWS tells them."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    try:
        for page in pages:
            yield from page["StackEvents"]
    except ClientError as error:
        if code(error) != "ValidationError":
            raise


def _line(event: dict[str, Any]) -> str:
    reason = event.get("ResourceStatusReason", "")
    told = f"  {event['ResourceStatus']:<28} {event['LogicalResourceId']}"
    return f"{told}  {reason}" if reason else told
