"""What stands, whether somebody changed it by hand, and what it costs idle."""

from __future__ import annotations

import time
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import costs, place, stack
from infra.aws import Aws, code, found, message
from infra.screen import say

PAUSE: Final = 1.0
DRIFTED: Final = ("MODIFIED", "DELETED")


def status(aws: Aws, *, drift: bool) -> None:
    here, edge = aws.here("cloudformation"), aws.edge("cloudformation")
    for cloudformation, name in (
        (here, aws.stage.data_stack),
        (here, aws.stage.function),
        (edge, aws.stage.edge_stack),
    ):
        standing = stack.read(cloudformation, name)
        say(f"{name:<26} {standing.status if standing else 'not there'}")
        # The function's stack is Zappa's, which changes its API after making it.
        if drift and standing and standing.stands and name != aws.stage.function:
            for line in _drift(cloudformation, name):
                say(f"  {line}")
    say(f"{'function':<26} {_function(aws)}")
    api = place.api(aws)
    if api:
        say(f"{'API':<26} {api.address}")
    say(f"{'address':<26} {aws.stage.site_url}")
    say(costs.summary(aws.stage))


def _function(aws: Aws) -> str:
    asked = aws.here("lambda")
    answer = found(
        lambda: asked.get_function(FunctionName=aws.stage.function), "ResourceNotFoundException"
    )
    if answer is None:
        return "not there"
    its = answer["Configuration"]
    return f"{its['Runtime']}, {its['MemorySize']} MB, changed {its['LastModified'][:16]}"


def _drift(cloudformation: Any, name: str) -> list[str]:
    """What differs from the template; takes CloudFormation about half a minute."""
    try:
        begun = cloudformation.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
    except ClientError as error:
        return [f"drift cannot be told: {message(error)} ({code(error)})"]
    while True:
        found_now = cloudformation.describe_stack_drift_detection_status(
            StackDriftDetectionId=begun
        )
        if found_now["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        time.sleep(PAUSE)
    resources = cloudformation.describe_stack_resource_drifts(
        StackName=name, StackResourceDriftStatusFilters=list(DRIFTED)
    )["StackResourceDrifts"]
    return [line for resource in resources for line in _differences(resource)] or ["no drift"]


def _differences(resource: dict[str, Any]) -> list[str]:
    name = resource["LogicalResourceId"]
    if resource["StackResourceDriftStatus"] == "DELETED":
        return [f"{name} was deleted by hand"]
    return [
        f"{name}{one['PropertyPath']} is {one['ActualValue']}, not {one['ExpectedValue']}"
        for one in resource.get("PropertyDifferences", [])
    ]
