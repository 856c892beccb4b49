"""What an operator may write into infra/stages.toml, and what is said to the rest."""

from __future__ import annotations

import pytest

from tests.infra.emulated import Operator


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (r"^region = .*", 'region = "eu west"', "region of [prod] is 'eu west'; allowed is a reg"),
        (r"^domain = .*", 'domain = "example"', "domain of [prod] is 'example'; allowed is a host"),
        (r"^domain = .*", 'domain = "a.example.org"', "does not lie in zone 'example.com'"),
        (r"^zone = .*", "", "[prod] in stages.toml lacks zone"),
        (r"^zone = .*", 'zome = "example.com"', "unknown key 'zome'"),
        (r"^mail_from = .*", 'mail_from = "somebody"', "mail_from of [prod] is 'somebody'"),
        (r"^monthly_budget_usd = .*", "monthly_budget_usd = -1", "whole number of dollars"),
        (r"^waf = .*", "waf = 1", "waf of [prod] is 1; allowed is true or false"),
        (r"^log_retention_days = .*", "log_retention_days = 10", "allowed is one of 1, 3, 5"),
        (r"^BRAND_NAME = .*", 'SIGNING_KEY = "1"', "'SIGNING_KEY', which cannot be set there"),
        (r"^BRAND_NAME = .*", 'BRAND_COLOUR = "red"', "BRAND_COLOUR is 'red'. Allowed is a colour"),
        (r"^\[prod\]", "[prod", "stages.toml is not TOML"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_allowed(
    operator: Operator, pattern: str, replacement: str, said: str
) -> None:
    operator.edit((pattern, replacement))

    assert said in operator.infra("template", "data").sentence


def test_an_unknown_stage_is_answered_with_those_there_are(operator: Operator) -> None:
    said = operator.infra("template", "data", "tset").sentence

    assert said == "There is no stage 'tset' in stages.toml; known: prod."


def test_a_stage_is_not_called_as_a_developers_machine(operator: Operator) -> None:
    operator.edit((r"^\[prod\]", "[local]"), (r"^\[prod.settings\]", "[local.settings]"))

    assert "'local' cannot be a stage" in operator.infra("template", "data", "local").sentence


def test_a_second_stage_is_a_second_table(operator: Operator) -> None:
    text = (operator.folder / "infra/stages.toml").read_text()
    (operator.folder / "infra/stages.toml").write_text(text + text.replace("prod", "test"))

    assert "latchstring-test-accounts" in operator.infra("template", "data", "test").out
    assert "latchstring-prod-accounts" in operator.infra("template", "data", "prod").out
