"""Replaces a secret of a stage: each step may be cut off and made again, and loses nothing.

First every instance of the function learns the new value, then it makes with it, then what stands
under the old one is brought over; after a while, the same command again, the old one is dropped.
Instances of two steps that follow on one another understand each other. How far it came stands in
Parameter Store, beside the secrets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra import deploy, function, parameters, place
from infra.aws import Aws
from infra.errors import Refusal
from infra.screen import say
from infra.stages import ROOT

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Kind:
    """A secret that can be replaced, and why the old value is accepted for so many seconds."""

    name: str
    seconds: int
    because: str


KINDS: Final = {
    "signing": Kind(
        "SIGNING_KEY",
        31 * DAY,
        "codes and remembered answers are good for a day, and devices that sign in within a month "
        "stay known",
    ),
    "lookup": Kind("LOOKUP_KEY", 4 * DAY, "links to a former address are good for 3 days"),
    "origin": Kind("ORIGIN_SECRET", 5 * MINUTE, "calls are under way"),
    "webhook": Kind("WEBHOOK_SECRET", 7 * DAY, "the receiver has to learn the new one"),
    "audit": Kind("AUDIT_KEY", 0, ""),
}


def rotate(aws: Aws, secret: str, *, at_once: bool) -> None:
    """Goes as far as it may now. Raises Refusal where the old value is needed still."""
    kind = KINDS[secret]
    kept = parameters.read_secrets(aws)
    if kept is None:
        raise Refusal(f"The stage has no secrets yet; run `python -m infra up {aws.stage.name}`.")
    noted = parameters.read_rotation(aws, kind.name)
    if noted is None or noted.new not in parameters.ids(kept, kind.name):
        noted = _begin(aws, kind, kept)
    if not noted.first_at:
        noted = _put_first(aws, kind, noted)
    if kind.name == "AUDIT_KEY":
        parameters.forget_rotation(aws, kind.name)
        say(f"{kind.name} {noted.new} seals; those of before check what they sealed, and stay.")
        return
    until = noted.first_at + kind.seconds
    if time.time() < until and not at_once:
        say(_later(aws, secret, until))
        return
    _drop(aws, kind, noted)


def _begin(aws: Aws, kind: Kind, kept: dict[str, str]) -> parameters.Rotation:
    made = parameters.made(kind.name)
    noted = parameters.Rotation(new=parameters.id_of(kind.name, made))
    # Before the secret itself: a note of nothing is begun again.
    parameters.note_rotation(aws, kind.name, noted)
    if not kept.get("AUDIT_KEY"):
        # What the chains of the audit log were sealed with so far.
        kept = {**kept, "AUDIT_KEY": kept["LOOKUP_KEY"]}
    values = [*parameters.values(kept, kind.name), made]
    parameters.write_secrets(aws, kept | {kind.name: ",".join(values)})
    say(f"{kind.name} {noted.new} was made, and is accepted beside the one before.")
    return noted


def _put_first(aws: Aws, kind: Kind, noted: parameters.Rotation) -> parameters.Rotation:
    # Nobody makes with it before everybody knows it.
    function.restart(aws)
    kept = _kept(aws)
    values = sorted(
        parameters.values(kept, kind.name),
        key=lambda value: parameters.id_of(kind.name, value) != noted.new,
    )
    parameters.write_secrets(aws, kept | {kind.name: ",".join(values)})
    function.restart(aws)
    say(f"{kind.name} {noted.new} is the one that makes.")
    _bring_over(aws, kind)
    noted = parameters.Rotation(noted.new, int(time.time()))
    parameters.note_rotation(aws, kind.name, noted)
    return noted


def _drop(aws: Aws, kind: Kind, noted: parameters.Rotation) -> None:
    _bring_over(aws, kind)
    kept = _kept(aws)
    [new] = [
        value
        for value in parameters.values(kept, kind.name)
        if parameters.id_of(kind.name, value) == noted.new
    ]
    parameters.write_secrets(aws, kept | {kind.name: new})
    function.restart(aws)
    parameters.forget_rotation(aws, kind.name)
    say(f"{kind.name} {noted.new} is the only one.")


def _bring_over(aws: Aws, kind: Kind) -> None:
    """What stands under the old value, or is sent with it."""
    if kind.name in {"SIGNING_KEY", "LOOKUP_KEY"}:
        _renew(aws)
    if kind.name == "ORIGIN_SECRET" and place.api(aws):
        deploy.deploy_edge(aws, yes=True)
    if kind.name == "WEBHOOK_SECRET":
        say(
            "Messages are signed with both. Give the receiver the new one, the first of "
            f"WEBHOOK_SECRET in {aws.stage.parameters}/secrets."
        )


def _renew(aws: Aws) -> None:
    """`flask keys renew` on the stage's tables. Raises Refusal where something is left."""
    command = [sys.executable, "-m", "flask", "--app", "backend.app", "keys", "renew"]
    environ = {**os.environ, "STAGE": aws.stage.name, "AWS_REGION": aws.stage.region}
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False)  # noqa: S603
    if done.returncode:
        raise Refusal(
            "`flask keys renew` could not bring everything under the new key and says why above; "
            "put that right and run the same command again."
        )


def _kept(aws: Aws) -> dict[str, str]:
    kept = parameters.read_secrets(aws)
    if kept is None:
        raise Refusal("The secrets are gone; somebody else is destroying the stage.")
    return kept


def _later(aws: Aws, secret: str, until: int) -> str:
    kind, when = KINDS[secret], datetime.fromtimestamp(until, UTC)
    return (
        f"The old {kind.name} is accepted still, since {kind.because}. After "
        f"{when:%Y-%m-%d %H:%M} UTC, `python -m infra rotate {aws.stage.name} {secret}` drops it; "
        "--at-once drops it now, if it has leaked."
    )
