"""Changes to a stack: made as a change set, shown, and carried out with its progress told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError
from troposphere import Template

from infra import stack
from infra.aws import code, message
from infra.errors import Refusal
from infra.screen import say
from infra.stages import Stage

NOTHING: Final = ("didn't contain changes", "No updates are to be performed")
SIGNS: Final = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "=", "Dynamic": "?"}
REPLACED: Final = {"True": "  replaced by a new one", "Conditional": "  perhaps replaced"}
# Losing one of these loses what people gave us.
PRECIOUS: Final = {"AWS::DynamoDB::Table"}
WAYS_OUT: Final = {
    "not authorized": "use a profile that has this permission",
    "AccessDenied": "use a profile that has this permission",
    "Access denied": "use a profile that has this permission",
    "MailIdentity": "set mail_identity = false if the domain is verified in SES already",
    "'AWS::S3::Bucket' with identifier": "set bucket_suffix in infra/stages.toml",
    "BucketAlreadyExists": "set bucket_suffix in infra/stages.toml",
    "bucket name is not available": "set bucket_suffix in infra/stages.toml",
    "attempting to import": "delete what stands there outside of this stack",
}


@dataclass(frozen=True)
class Change:
    """A change set that waits to be carried out."""

    stack: str
    stack_id: str
    id: str
    new: bool
    lines: tuple[str, ...]
    losses: tuple[str, ...]


def body(template: Template) -> str:
    return str(template.to_json(indent=None, separators=(",", ":"), sort_keys=True))


def propose(
    cloudformation: Any,
    stage: Stage,
    name: str,
    template: Template,
    parameters: Mapping[str, str],
) -> Change | None:
    """What would change; None where nothing would."""
    standing = stack.settled(cloudformation, name, stage.name)
    made = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=f"infra-{time.time_ns()}",
        ChangeSetType="UPDATE" if standing else "CREATE",
        TemplateBody=body(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "project", "Value": "latchstring"}, {"Key": "stage", "Value": stage.name}],
        # Tables that outlived their stack are taken in again.
        ImportExistingResources=True,
        # What could not be made is not left half made.
        **({} if standing else {"OnStackFailure": "DELETE"}),
    )
    found = _ready(cloudformation, made["Id"])
    told = _told(cloudformation, made["Id"])
    change = Change(name, made["StackId"], made["Id"], standing is None, *told)
    if found["Status"] != "FAILED":
        return change
    reason = found.get("StatusReason", "no reason given").rstrip(". ")
    if "alidation" in reason:
        reason = stack.refused_before(cloudformation, ChangeSetName=change.id) or reason
    discard(cloudformation, change)
    if any(words in reason for words in NOTHING):
        return None
    raise Refusal(f"CloudFormation cannot change {name}: {reason}{_way_out(reason)}")


def show(change: Change) -> None:
    say(f"{change.stack}: {'new stack' if change.new else 'changes'}")
    for line in change.lines:
        say(f"  {line}")


def discard(cloudformation: Any, change: Change) -> None:
    """Forgets the change set, and the empty stack that came with the first."""
    cloudformation.delete_change_set(ChangeSetName=change.id)
    if change.new:
        cloudformation.delete_stack(StackName=change.stack)


def carry_out(cloudformation: Any, change: Change) -> None:
    """Raises Refusal with the first cause where it fails; CloudFormation has then undone it."""
    before = stack.seen_events(cloudformation, change.stack_id)
    try:
        cloudformation.execute_change_set(ChangeSetName=change.id)
    except ClientError as error:
        if code(error) in {"InvalidChangeSetStatus", "ChangeSetNotFound"}:
            raise Refusal(
                f"{change.stack} was changed by somebody else in the meantime "
                f"({message(error)}); look at the plan again."
            ) from None
        raise
    after = stack.follow(cloudformation, change.stack_id, set(before), begun=False)
    if after and after.stands and "ROLLBACK" not in after.status:
        return
    cause = stack.first_cause(cloudformation, change.stack_id, before)
    raise Refusal(f"{change.stack} could not be changed and was put back: {cause}{_way_out(cause)}")


def _ready(cloudformation: Any, change_set: str) -> Any:
    pause = stack.FIRST_PAUSE
    while True:
        found = cloudformation.describe_change_set(ChangeSetName=change_set)
        if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            return found
        time.sleep(pause)
        pause = min(pause * 1.5, stack.LONGEST_PAUSE)


def _told(cloudformation: Any, change_set: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines, losses = [], []
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
    for page in pages:
        for one in page["Changes"]:
            resource = one["ResourceChange"]
            kind, action = resource["ResourceType"], resource["Action"]
            name = resource["LogicalResourceId"]
            note = REPLACED.get(resource.get("Replacement", ""), "")
            lines.append(f"{SIGNS.get(action, '?')} {name:<24} {kind}{note}")
            if kind in PRECIOUS and (action == "Remove" or resource.get("Replacement") == "True"):
                losses.append(name)
    return tuple(lines), tuple(losses)


def _way_out(cause: str) -> str:
    ways = [way for words, way in WAYS_OUT.items() if words in cause]
    return f"; {ways[0]}, then deploy again." if ways else "; put that right and deploy again."
