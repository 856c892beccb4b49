"""`aws`, as far as messages and documentation tell to use it: it knows what AWS's models know.

Run as a program it does what it is told; `understood` only says what that would be.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import jmespath
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

# Options of every command.
COMMON = {"--region", "--query", "--output"}
WAIT = "wait"


@dataclass(frozen=True)
class Command:
    service: str
    name: str
    parameters: dict[str, Any]
    common: dict[str, str]
    waits: bool


def understood(words: list[str]) -> Command:
    """Raises KeyError or AssertionError for what the AWS CLI would not take."""
    service, name, *rest = words
    waits = name == WAIT
    if waits:
        name, *rest = rest
    model = ServiceModel(Loader().load_service_model(_api(service), "service-2"), service)
    operation = model.operation_model(_operation(model, _waited(service, name) if waits else name))
    assert operation.input_shape
    members = {
        f"--{xform_name(member, '-')}": (member, shape)
        for member, shape in operation.input_shape.members.items()
    }
    parameters: dict[str, Any] = {}
    common: dict[str, str] = {}
    while rest:
        option = rest.pop(0)
        if option in COMMON:
            common[option] = rest.pop(0)
            continue
        negated = option.replace("--no-", "--", 1)
        member, shape = members[option if option in members else negated]
        if shape.type_name == "boolean":
            parameters[member] = option in members
        else:
            parameters[member] = _value(shape, rest.pop(0))
    report = ParamValidator().validate(parameters, operation.input_shape)
    assert not report.has_errors(), report.generate_report()
    return Command(service, name, parameters, common, waits)


def install(folder: Path) -> None:
    """Puts it into a folder for the path, under the name `aws`."""
    folder.mkdir()
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__)}" "$@"\n')
    program.chmod(0o755)


def run(words: list[str]) -> None:
    command = understood(words)
    session = boto3.Session(region_name=command.common["--region"])
    client = session.client(_api(command.service))  # type: ignore[call-overload]
    name = command.name.replace("-", "_")
    if command.waits:
        client.get_waiter(name).wait(**command.parameters, WaiterConfig={"Delay": 1})
        return
    answer = getattr(client, name)(**command.parameters)
    found = jmespath.search(command.common.get("--query", "@"), answer)
    text = command.common.get("--output") == "text"
    sys.stdout.write(f"{found if text else json.dumps(found, default=str)}\n")


def _api(service: str) -> str:
    return {"s3api": "s3"}.get(service, service)


def _operation(model: ServiceModel, name: str) -> str:
    return {xform_name(one, "-"): one for one in model.operation_names}[name]


def _waited(service: str, name: str) -> str:
    """The operation that a waiter repeats."""
    waiters = Loader().load_service_model(_api(service), "waiters-2")["waiters"]
    found = {xform_name(one, "-"): its["operation"] for one, its in waiters.items()}
    return xform_name(found[name], "-")


def _value(shape: Shape, text: str) -> Any:
    if shape.type_name in {"integer", "long"}:
        return int(text)
    if shape.type_name == "structure" and not text.startswith("{"):
        pairs = [pair.partition("=") for pair in text.split(",")]
        return {name: _value(shape.members[name], value) for name, _, value in pairs}
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[text]
    return json.loads(text) if shape.type_name in {"structure", "list", "map"} else text


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    run(sys.argv[1:])
