"""Where the site of a stage goes: infra/stages.toml says the region, the stacks say the rest.

The file is judged in infra/stages.py. infra builds upon this package, for the headers of the page,
so that this one reads for itself the little that it needs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.settings import LOCAL
from sitegen import aws
from sitegen.errors import PublishError

FILE = Path(__file__).resolve().parent.parent / "infra" / "stages.toml"


@dataclass(frozen=True)
class Stage:
    name: str
    region: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Destination:
    """`distribution` is None as long as nothing stands before the bucket."""

    bucket: str
    distribution: str | None


def find(name: str | None, file: Path = FILE) -> Stage:
    """The stage of that name; without a name, the only one."""
    stages = _read(file)
    if name is None and len(stages) == 1:
        (name,) = stages
    known = ", ".join(stages) or "none"
    if name is None:
        raise PublishError(f"Say which stage; {file} has {known}.")
    if name not in stages:
        raise PublishError(f"There is no stage {name!r} in {file}, which has {known}.")
    stage = stages[name]
    if not isinstance(stage.get("region"), str):
        raise PublishError(f"The stage {name!r} in {file} needs a region, such as 'eu-central-1'.")
    settings = {key: str(value) for key, value in stage.get("settings", {}).items()}
    return Stage(name, stage["region"], settings)


def environment(stage: Stage, environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that shape the page: the stage's own, unless the environment has others.

    Always as on a developer's machine, since the page needs none of production's secrets.
    """
    given = {name: value for name, value in environ.items() if value.strip()}
    return {**stage.settings, **given, "STAGE": LOCAL}


def destination(stage: Stage, bucket: str | None, distribution: str | None) -> Destination:
    """What is not given is looked up in the outputs of the stage's stacks."""
    data, edge = f"latchstring-{stage.name}-data", f"latchstring-{stage.name}-edge"
    bucket = bucket or aws.output(data, "SiteBucket", stage.region)
    if bucket is None:
        raise PublishError(
            f"The stack {data} does not stand in {stage.region}, so there is no bucket; "
            f"run `python -m infra deploy {stage.name}` first."
        )
    return Destination(bucket, distribution or aws.output(edge, "DistributionId", aws.EDGE_REGION))


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        contents = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PublishError(f"{file} is missing; it names the stages.") from None
    except tomllib.TOMLDecodeError as error:
        raise PublishError(f"{file}: {error}.") from None
    return {name: stage for name, stage in contents.items() if isinstance(stage, dict)}
