"""The whole way: stacks, function, page, and a test through the front door.

Every step looks at what stands and does what is missing. So a run that was interrupted is gone on
with by running it again, and nothing has to remember how far it came.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from infra import canary, costs, deploy, function
from infra.aws import Aws, emulator
from infra.errors import Refusal
from infra.screen import confirm, say
from infra.stages import ROOT


@dataclass(frozen=True)
class Step:
    about: str
    run: Callable[[Aws], None]


def _data(aws: Aws) -> None:
    deploy.deploy_data(aws, yes=True)


def _edge(aws: Aws) -> None:
    deploy.deploy_edge(aws, yes=True)


def _publish(aws: Aws) -> None:
    command = [sys.executable, "-m", "sitegen", "publish", aws.stage.name]
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        raise Refusal("The page was not published, for the reason above; the one before is live.")


STEPS = (
    Step("data stack, secrets and settings", _data),
    Step("function and API", function.put_up),
    Step("edge stack", _edge),
    Step("page", _publish),
    Step("smoke test", canary.fly),
)


def up(aws: Aws, *, yes: bool) -> None:
    deploy.plan(aws)
    say(f"{aws.stage.function}: zappa {function.due(aws)}")
    say(f"Then {aws.stage.site_url} gets the page, and a test account comes and goes.")
    confirm("Go on?", yes=yes)
    for number, step in enumerate(STEPS, 1):
        began = time.monotonic()
        say(f"\n[{number}/{len(STEPS)}] {step.about}")
        step.run(aws)
        say(f"[{number}/{len(STEPS)}] done in {time.monotonic() - began:.0f} s")
    say(f"\n{aws.stage.site_url} is up.")
    say(costs.summary(aws.stage))
    if emulator():
        say("This was an emulator: CloudFront, DNS and mail are AWS's own to prove.")
