"""`cost`: what a month costs, flow by flow, and what others ask for as many users."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import costs, stages
from infra.cli import main
from tests.infra.emulated import ROOT, Operator, Run, copy_project

MILLION = 1_000_000
UNITS = (ROOT / "docs" / "units.md").read_text()

Told = Callable[..., str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What the command prints."""

    def run(*arguments: object) -> str:
        assert main(["cost", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """With a copy of the project; nobody answers where AWS would be."""
    copy_project(tmp_path)
    return Operator(tmp_path, "http://127.0.0.1:1", "100000000001")


def figures(told: Told, *arguments: object) -> Any:
    return json.loads(told(*arguments, "--json"))


def only(told: Told, flow: str, **times: int) -> Any:
    """The bill of this flow where nothing else happens."""
    done = {"users": 0, "registrations": 0, "signins": 0, "visits": 0} | times
    options = [part for name, count in done.items() for part in (f"--{name}", count)]
    return figures(told, *options)["flows"][flow]


def test_each_flow_is_a_line_and_so_are_storage_and_what_costs_unused(told: Told) -> None:
    assert list(figures(told)["flows"]) == [
        "register",
        "verify",
        "sign in",
        "me",
        "sign out",
        "page",
        "starts",
        "stored",
        "metrics",
        "idle",
    ]


@pytest.mark.parametrize(
    ("flow", "times", "row"),
    [
        ("register", "registrations", "register"),
        ("verify", "registrations", "verify"),
        ("sign in", "signins", "sign in, known device"),
        ("me", "visits", "`me`, once in five minutes"),
        ("sign out", "signins", "sign out"),
    ],
)
def test_a_million_cost_dynamodb_what_was_counted(
    told: Told, flow: str, times: str, row: str
) -> None:
    counted = re.search(rf"^\| {row} \|.* (\S+) \|$", UNITS, re.MULTILINE)

    assert counted
    dollars = only(told, flow, **{times: MILLION})["dollars"]
    assert dollars["DynamoDB"] == pytest.approx(float(counted[1]))


def test_a_registration_costs_one_mail(told: Told) -> None:
    assert only(told, "register", registrations=1000)["dollars"]["SES"] == pytest.approx(0.16)


def test_a_request_is_paid_for_at_the_edge_the_api_and_the_function(told: Told) -> None:
    dollars = only(told, "me", visits=MILLION)["dollars"]

    assert dollars["HTTP API"] == pytest.approx(1.00)
    assert dollars["CloudFront"] == pytest.approx(1.20 + 0.085)
    assert dollars["Lambda"] > 0.20


def test_twice_as_many_cost_twice_as_much_in_each_flow(told: Told) -> None:
    once = figures(told, "--users", 100_000, "--signins", 400_000)["flows"]
    twice = figures(told, "--users", 200_000, "--signins", 800_000)["flows"]

    for flow in ("register", "verify", "sign in", "me", "sign out", "page", "stored"):
        assert twice[flow]["together"] == pytest.approx(2 * once[flow]["together"]), flow


def test_a_month_without_users_costs_what_the_stage_costs_idle(told: Told) -> None:
    bill = figures(told, "--users", 0)

    assert bill["together"] == pytest.approx(0.50)
    assert costs.summary(stages.load("prod")).startswith("Idle it costs about 0.51 dollars")


def test_the_sum_is_that_of_its_lines(told: Told) -> None:
    bill = figures(told, "--users", 5000)

    lines = [flow["together"] for flow in bill["flows"].values()]
    parts = [dollars for flow in bill["flows"].values() for dollars in flow["dollars"].values()]
    assert bill["together"] == pytest.approx(sum(lines)) == pytest.approx(sum(parts))


def test_what_is_free_is_taken_off_apart(told: Told) -> None:
    """A small site pays for units, API, mail, restorable data and zone alone."""
    bill = figures(told, "--users", 1000)

    services = [flow["dollars"] for flow in bill["flows"].values()]
    paid = {"HTTP API", "SES", "Route 53", "DynamoDB", "CloudWatch"}
    left = sum(dollars[name] for dollars in services for name in paid)
    assert 0.50 < bill["after_free"] < left < bill["together"]


def test_what_is_not_given_follows_from_the_users(told: Told) -> None:
    assert figures(told, "--users", 995)["month"] == {
        "users": 995,
        "registrations": 100,
        "signins": 3980,
        "visits": 19_900,
    }


@pytest.mark.parametrize(
    ("name", "users", "dollars"),
    [
        ("Cognito Lite", 10_000, 0),
        ("Cognito Lite", 100_000, 495),
        ("Cognito Essentials", 10_001, 0.015),
        ("Cognito Essentials", 100_000, 1350),
        ("Cognito Plus", 1000, 20),
        ("Auth0", 25_000, 0),
        ("Auth0", 25_001, None),
        ("Clerk", 50_000, 0),
        ("Clerk", 100_000, 1025),
        ("Supabase Auth", 50_001, 25),
        ("Supabase Auth", 200_000, 350),
        ("Google Identity Platform", 100_000, 275),
    ],
)
def test_others_are_priced_by_their_lists(
    told: Told, name: str, users: int, dollars: float | None
) -> None:
    asked = figures(told, "--users", users)["others"][name]["dollars"]

    assert asked == (dollars if dollars is None else pytest.approx(dollars))


def test_a_price_that_must_be_asked_for_is_said_and_is_no_zero(told: Told) -> None:
    assert re.search(r"^Auth0 +on request ", told("--users", 100_000), re.MULTILINE)


def test_every_price_has_a_source_and_a_date(told: Told) -> None:
    bill = figures(told)

    for price in [*bill["prices"], *bill["others"].values()]:
        assert price["source"]
        assert re.fullmatch(r"20\d\d(-[01]\d(-[0-3]\d)?)?", price["dated"]), price


def test_the_table_has_the_figures_that_machines_get(told: Told) -> None:
    bill = figures(told, "--users", 20_000)

    printed = told("--users", 20_000)

    for flow, line in bill["flows"].items():
        row = next(row for row in printed.splitlines() if row.startswith(f"{flow}  "))
        assert row.endswith(f" {line['together']:,.2f}")


@pytest.mark.parametrize("option", ["--users", "--signins", "--registrations", "--visits"])
@pytest.mark.parametrize("value", ["-1", "ten", "1.5", "1e3", "", "٣", "1" + 12 * "0"])
def test_what_is_no_number_of_people_or_times_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cost", f"{option}={value}"])

    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"{option}: {value!r} is not a whole number from 0 to 999,999,999,999")


def test_it_needs_neither_credentials_nor_a_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra", "cost"],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "HTTPS_PROXY": "http://127.0.0.1:1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert Run(done.returncode, done.stdout, done.stderr).status == 0
    assert "A month with 1,000 users" in done.stdout


def dollars(operator: Operator, flow: str, service: str) -> float:
    made = json.loads(operator.does("infra cost --users 100000 --json"))
    return float(made["flows"][flow]["dollars"].get(service, 0))


def test_lambda_is_billed_at_the_memory_that_is_configured(operator: Operator) -> None:
    before = dollars(operator, "me", "Lambda")
    operator.edit((r'"memory_size": 1769', '"memory_size": 3538'), file="zappa_settings.json")

    calls = 0.20 * 2_000_000 / MILLION
    assert dollars(operator, "me", "Lambda") - calls == pytest.approx(2 * (before - calls))


def test_a_firewall_is_billed_for_itself_and_for_requests(operator: Operator) -> None:
    operator.edit((r"^waf = false", "waf = true"))

    assert dollars(operator, "idle", "WAF") == pytest.approx(8)
    assert dollars(operator, "me", "WAF") == pytest.approx(2 * 0.60)


def test_what_was_not_counted_is_not_taken_for_nothing(operator: Operator) -> None:
    operator.edit((r"^\| verify \|.*\n", ""), file="docs/units.md")

    said = operator.infra("cost").sentence

    assert said == "docs/units.md has no row 'verify': what it costs is not known."


def test_a_stage_that_zappa_does_not_know_is_refused_with_what_to_do(operator: Operator) -> None:
    text = (operator.folder / "infra/stages.toml").read_text()
    (operator.folder / "infra/stages.toml").write_text(text + text.replace("prod", "test"))

    said = operator.infra("cost", "test").sentence

    assert said == "zappa_settings.json has no 'test'; copy the entry of another stage."
