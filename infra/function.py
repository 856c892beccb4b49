"""The function and its API, which Zappa makes: which of its commands is due, and running it.

An interrupted `zappa deploy` leaves a function without an API, which neither of its commands takes
up again; such remains are removed first. They hold nothing: all that lasts is in the tables.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from infra import bucket, parameters, stack
from infra.aws import Aws, found
from infra.errors import Refusal
from infra.screen import say
from infra.stages import ROOT

DEPLOY, UPDATE = "deploy", "update"
VERSION: Final = "SECRETS_VERSION"
FIRST: Final = Path(sys.executable).parent


def due(aws: Aws) -> str:
    """`deploy` or `update`, by what stands; what an earlier run began is waited for."""
    name, cloudformation = aws.stage.function, aws.here("cloudformation")
    standing = stack.read(cloudformation, name)
    if standing and standing.busy:
        say(f"{name} is still {standing.status}; waiting for it.")
        standing = stack.follow(cloudformation, name, stack.seen_events(cloudformation, name))
    return UPDATE if standing and standing.stands and _function_stands(aws) else DEPLOY


def put_up(aws: Aws) -> None:
    command = due(aws)
    if command == DEPLOY:
        clear(aws)
    _tidy(aws)
    run(aws, command)


def clear(aws: Aws) -> None:
    """Removes function and API, or what is left of them."""
    name, cloudformation = aws.stage.function, aws.here("cloudformation")
    if stack.read(cloudformation, name):
        say(f"{name}: removing the API.")
        seen = stack.seen_events(cloudformation, name)
        cloudformation.delete_stack(StackName=name)
        after = stack.follow(cloudformation, name, seen)
        if after:
            raise Refusal(f"{name} could not be deleted ({after.status}): {after.reason}.")
    if _function_stands(aws):
        say(f"{name}: removing the function.")
        aws.here("lambda").delete_function(FunctionName=name)


def run(aws: Aws, command: str) -> None:
    """Raises Refusal where Zappa fails; it has said why."""
    zappa = FIRST / "zappa"
    if not zappa.is_file():
        raise Refusal("Zappa is not installed here; `make deploy` installs it.")
    say(f"zappa {command} {aws.stage.name}")
    done = subprocess.run([zappa, command, aws.stage.name], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        raise Refusal(
            f"`zappa {command} {aws.stage.name}` ended with {done.returncode} and says why above; "
            "put that right and run the same command again."
        )


def restart(aws: Aws) -> None:
    """Lets every instance begin anew with the parameters as they are now; calls are answered.

    Lambda gives an instance with another environment to each call from then on, so the version of
    the secrets stands in it.
    """
    if not _function_stands(aws):
        return
    asked, name = aws.here("lambda"), aws.stage.function
    version = str(parameters.secrets_version(aws))
    standing = asked.get_function_configuration(FunctionName=name)
    variables = standing.get("Environment", {}).get("Variables", {})
    if variables.get(VERSION) != version:
        say(f"{name}: beginning anew with version {version} of the secrets.")
        environment = {"Variables": {**variables, VERSION: version}}
        asked.update_function_configuration(FunctionName=name, Environment=environment)
    # One that an earlier run began as well.
    asked.get_waiter("function_updated_v2").wait(FunctionName=name)


def _tidy(aws: Aws) -> None:
    """Removes what an interrupted Zappa would have removed: packages, and templates also here."""
    for left in ROOT.glob(f"{aws.stage.function}-template-*.json"):
        left.unlink()
    standing = stack.read(aws.here("cloudformation"), aws.stage.data_stack)
    if standing:
        bucket.empty(aws.here("s3"), standing.outputs["PackageBucket"])


def _function_stands(aws: Aws) -> bool:
    asked = aws.here("lambda")
    answer = found(
        lambda: asked.get_function(FunctionName=aws.stage.function), "ResourceNotFoundException"
    )
    return answer is not None
