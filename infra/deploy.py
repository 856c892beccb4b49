"""Both stacks, in an order that ends: data, then edge, then data again for what it learns of edge.

Nothing here remembers how far it came. Each part looks at what stands and does what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from infra import changes, parameters, place, stack
from infra.aws import Aws
from infra.errors import Refusal
from infra.screen import confirm, say
from infra.stacks import data, edge
from infra.stages import ROOT


def propose_data(aws: Aws) -> changes.Change | None:
    place.refuse_other_region(aws)
    stage, cloudformation = aws.stage, aws.here("cloudformation")
    given = {"DistributionId": _distribution(aws)}
    # The edge will need the zone, and shall not be the first to miss it.
    zone = place.hosted_zone(aws) if stage.zone else ""
    if stage.mail_records:
        given["HostedZoneId"] = zone
    return changes.propose(cloudformation, stage, stage.data_stack, data.template(stage), given)


def propose_edge(aws: Aws) -> changes.Change | None:
    """Raises Refusal where data stack, secrets or API are missing."""
    stage = aws.stage
    kept, api = parameters.read_secrets(aws), place.api(aws)
    standing = stack.read(aws.here("cloudformation"), stage.data_stack)
    if api is None or kept is None or standing is None:
        raise Refusal(f"The edge comes after the API; run `zappa deploy {stage.name}` first.")
    given = {
        "ApiHost": api.host,
        "ApiPath": api.path,
        "SiteBucketHost": standing.outputs["SiteBucketHost"],
        "OriginSecret": parameters.values(kept, "ORIGIN_SECRET")[0],
    }
    if stage.zone:
        given["HostedZoneId"] = place.hosted_zone(aws)
    cloudformation = aws.edge("cloudformation")
    return changes.propose(cloudformation, stage, stage.edge_stack, edge.template(stage), given)


def deploy_data(aws: Aws, *, yes: bool) -> None:
    """The data stack, and what belongs to it but cannot be in it."""
    _change(aws.here("cloudformation"), aws.stage.data_stack, propose_data(aws), yes=yes)
    parameters.ensure_secrets(aws)
    parameters.write_settings(aws)
    fill_zappa_settings(aws)


def deploy_edge(aws: Aws, *, yes: bool) -> None:
    if not aws.stage.zone:
        say("DNS is elsewhere: make the records that the events below name, or the stack waits.")
    _change(aws.edge("cloudformation"), aws.stage.edge_stack, propose_edge(aws), yes=yes)
    standing = stack.read(aws.here("cloudformation"), aws.stage.data_stack)
    if standing and standing.parameters.get("DistributionId") != _distribution(aws):
        # The bucket policy names the distribution, which did not exist before.
        _change(aws.here("cloudformation"), aws.stage.data_stack, propose_data(aws), yes=yes)


def deploy(aws: Aws, *, yes: bool) -> None:
    deploy_data(aws, yes=yes)
    if place.api(aws):
        deploy_edge(aws, yes=yes)
    else:
        name = aws.stage.name
        say(f"Next: `zappa deploy {name}`, then `python -m infra deploy {name}` for the edge.")


def plan(aws: Aws) -> None:
    """Shows what `deploy` would change, and changes nothing."""
    _preview(aws.here("cloudformation"), aws.stage.data_stack, lambda: propose_data(aws))
    if place.api(aws) and parameters.read_secrets(aws):
        _preview(aws.edge("cloudformation"), aws.stage.edge_stack, lambda: propose_edge(aws))
    else:
        say(f"{aws.stage.edge_stack}: comes after `zappa deploy {aws.stage.name}`")


def fill_zappa_settings(aws: Aws) -> None:
    """Zappa learns from its own file what the stage says, so nobody has to paste it."""
    file, stage = ROOT / "zappa_settings.json", aws.stage
    standing = stack.read(aws.here("cloudformation"), stage.data_stack)
    if standing is None or not file.is_file():
        return
    try:
        contents = json.loads(file.read_text(encoding="utf-8"))
        entry = contents[stage.name]
    except json.JSONDecodeError as error:
        raise Refusal(f"zappa_settings.json is not JSON: {error}.") from None
    except KeyError:
        raise Refusal(
            f"zappa_settings.json has no stage {stage.name!r}; copy the one of prod."
        ) from None
    wanted = {
        "s3_bucket": standing.outputs["PackageBucket"],
        "aws_region": stage.region,
        "xray_tracing": stage.xray,
    }
    changed = {name: value for name, value in wanted.items() if entry.get(name) != value}
    if not changed:
        return
    entry |= changed
    file.write_text(json.dumps(contents, indent=4) + "\n", encoding="utf-8")
    say(f"zappa_settings.json: {', '.join(f'{k} is {v}' for k, v in changed.items())}.")


def _distribution(aws: Aws) -> str:
    standing = stack.read(aws.edge("cloudformation"), aws.stage.edge_stack)
    return standing.outputs.get("DistributionId", "") if standing else ""


def _change(cloudformation: Any, name: str, change: changes.Change | None, *, yes: bool) -> None:
    if change is None:
        say(f"{name}: nothing to change")
        return
    changes.show(change)
    try:
        if change.losses and yes:
            raise Refusal(
                f"This would lose {', '.join(change.losses)}; run it without --yes to decide."
            )
        confirm(f"Carry out these {len(change.lines)} changes?", yes=yes)
    except (Refusal, KeyboardInterrupt):
        changes.discard(cloudformation, change)
        raise
    changes.carry_out(cloudformation, change)


def _preview(cloudformation: Any, name: str, propose: Callable[[], changes.Change | None]) -> None:
    change = propose()
    if change is None:
        say(f"{name}: nothing to change")
        return
    changes.show(change)
    changes.discard(cloudformation, change)
