"""Where production has its settings: Parameter Store, read once at the start.

`python -m infra deploy` writes two parameters for a stage, each a JSON object of settings by their
names in the environment: `settings`, in plain, and `secrets`, encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from backend.aws import place
from backend.aws.service import NoAnswer, Refused, Service
from backend.settings import LOCAL, SettingError, listed

HEADERS: Final = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonSSM.GetParameters",
}
PARAMETERS: Final = ("/latchstring/{stage}/settings", "/latchstring/{stage}/secrets")


def environ(given: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with the stage's parameters under it: what is set there itself goes before.

    Nothing is asked for locally, nor where the environment has all that production needs.
    """
    settings = dict(listed())
    stage = settings["stage"].read(given)
    needed = [entry.name for entry in settings.values() if entry.required]
    if stage == LOCAL or all(given.get(name, "").strip() for name in needed):
        return given
    return {**_parameters(stage), **{name: raw for name, raw in given.items() if raw.strip()}}


def _parameters(stage: str) -> dict[str, str]:
    names = [name.format(stage=stage) for name in PARAMETERS]
    try:
        found = _service().call("/", HEADERS, {"Names": names, "WithDecryption": True})
    except Refused as refused:
        raise _unreadable(names, refused.code) from None
    except (NoAnswer, place.NoCredentials, place.NoRegion) as failure:
        raise _unreadable(names, str(failure) or type(failure).__name__) from None
    if missing := found.get("InvalidParameters"):
        raise _unreadable(missing, "not there")
    values: dict[str, str] = {}
    for parameter in found.get("Parameters", []):
        values |= _texts(parameter["Name"], parameter["Value"])
    return values


def _service() -> Service:
    region = place.region()
    return Service(
        place.endpoint("ssm", "SSM", region),
        service="ssm",
        region=region,
        credentials=place.credentials(),
    )


def _texts(name: str, raw: str) -> dict[str, str]:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise _unreadable([name], "not a JSON object of texts")
    return found


def _unreadable(names: list[str], reason: str) -> SettingError:
    return SettingError(
        f"The settings in {' and '.join(names)} cannot be read ({reason}): run "
        "`python -m infra deploy`, or set them in the environment."
    )
