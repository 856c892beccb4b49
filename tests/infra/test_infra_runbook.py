"""The runbook: a section for each alarm there is, and only commands that there are."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from benchmarks.__main__ import PARTS
from infra import aws, cli, stages
from infra.errors import Refusal
from infra.stacks import data
from sitegen.cli import main as sitegen
from tests.infra.emulated import ROOT
from tests.support import Site

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALARMS = {"AWS::CloudWatch::Alarm", "AWS::Budgets::Budget"}
INDENTED = re.findall(r"(?m)^    (.+?)(?:  +#.*)?$", RUNBOOK)
QUOTED = re.findall(r"`([^`]+)`", RUNBOOK)
MENTIONED = sorted({" ".join(command.split()) for command in [*INDENTED, *QUOTED]})


def told(program: str) -> list[str]:
    return [one.removeprefix(program) for one in MENTIONED if one.startswith(program)]


def alarms() -> set[str]:
    resources: dict[str, Any] = json.loads(data.template(stages.load("prod")).to_json())[
        "Resources"
    ]
    return {title for title, resource in resources.items() if resource["Type"] in ALARMS}


def sections() -> set[str]:
    of_alarms = RUNBOOK.split("\n## Alarms\n")[1].split("\n## ")[0]
    return set(re.findall(r"(?m)^### (\w+)$", of_alarms))


def test_each_alarm_has_a_section_and_each_section_an_alarm() -> None:
    assert sections() == alarms()


def test_each_section_says_when_it_is_over() -> None:
    parts = re.split(r"(?m)^### ", RUNBOOK.split("\n## The drill")[0])[1:]
    assert len(parts) > len(alarms())
    assert [part.partition("\n")[0] for part in parts if "\n**Over**" not in part] == []


@pytest.mark.parametrize("line", told("python -m infra "))
def test_each_command_for_the_stacks_is_one(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_stage: stages.Stage) -> aws.Aws:
        raise Refusal("The command is one.")

    monkeypatch.setattr(aws, "connect", nowhere)
    # Raises SystemExit for what it does not know.
    assert cli.main(shlex.split(line)) in {0, cli.FAILED}


@pytest.mark.parametrize("line", told("python -m sitegen "))
def test_each_command_for_the_page_is_one(line: str) -> None:
    with pytest.raises(SystemExit) as ended:
        sitegen([*shlex.split(line), "--help"])
    assert ended.value.code == 0


@pytest.mark.parametrize("line", told("flask "))
def test_each_command_for_accounts_is_one(line: str, site: Site) -> None:
    run = site.app.test_cli_runner().invoke(args=[*shlex.split(line), "--help"])
    assert run.exit_code == 0, run.output


def test_the_benchmark_that_is_told_of_is_one() -> None:
    [part] = told("python -m benchmarks ")
    assert part in PARTS


def test_its_links_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"(?m)^#+ (.+)$", RUNBOOK)
    }
    for target in re.findall(r"\]\(([^)]+)\)", RUNBOOK):
        page, _, anchor = target.partition("#")
        assert (ROOT / "docs" / page).exists()
        assert page or anchor in anchors
