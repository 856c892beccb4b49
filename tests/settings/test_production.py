"""Production starts only with values of its own; a developer's machine starts with none."""

import pytest

from backend.settings import SettingError, load
from tests.settings.examples import PRODUCTION, SHORT_WHSEC


def test_production_starts_with_all_that_it_needs() -> None:
    assert not load(PRODUCTION).local


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"STAGE"}))
@pytest.mark.parametrize("raw", [None, "", "  "])
def test_production_does_not_start_without_a_value_of_its_own(name: str, raw: str | None) -> None:
    environ = PRODUCTION | {name: raw} if raw is not None else PRODUCTION.copy()
    if raw is None:
        del environ[name]
    with pytest.raises(SettingError) as refusal:
        load(environ)
    assert str(refusal.value).startswith(f"{name} must be set for the stage 'prod'")


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(SettingError) as refusal:
        load({"STAGE": "prod"})
    assert all(name in str(refusal.value) for name in PRODUCTION if name != "STAGE")


def test_production_is_reached_over_tls_only() -> None:
    with pytest.raises(SettingError, match="SITE_URL"):
        load({**PRODUCTION, "SITE_URL": "http://accounts.example.com"})


def test_webhooks_go_over_tls_only() -> None:
    webhook = {"WEBHOOK_URL": "http://127.0.0.1:9/hook", "WEBHOOK_SECRET": SHORT_WHSEC}
    assert load(webhook).webhook_url
    with pytest.raises(SettingError, match=r"WEBHOOK_URL is .* Allowed is an https URL\."):
        load({**PRODUCTION, **webhook})


def test_the_breach_check_goes_over_tls_only() -> None:
    asked = {"BREACH_CHECK_URL": "http://127.0.0.1:9/range"}
    assert load(asked).breach_check_url
    with pytest.raises(SettingError, match=r"BREACH_CHECK_URL is .* Allowed is an https URL\."):
        load({**PRODUCTION, **asked})


@pytest.mark.parametrize("environ", [{}, PRODUCTION], ids=["locally", "in production"])
def test_a_webhook_is_never_sent_without_a_signature(environ: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="WEBHOOK_SECRET must be set where WEBHOOK_URL is"):
        load({**environ, "WEBHOOK_URL": "https://example.com/hook"})


def test_a_developers_machine_needs_no_setting() -> None:
    assert load({}).local


def test_each_stage_has_tables_of_its_own() -> None:
    assert load({}).table_prefix == "latchstring-local-"
    assert load(PRODUCTION).table_prefix == "latchstring-prod-"
