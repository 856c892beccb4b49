"""Settings: what each is without a value, with a good one, and with one that is not allowed."""

import re
from pathlib import Path
from typing import Any

import pytest

from backend.settings import Rate, SettingError, listed, load
from tests.settings.examples import (
    BAD,
    DEFAULTS,
    GOOD,
    HEX,
    PRODUCTION,
    SECRETS,
    SHORT_WHSEC,
)


def attribute(name: str) -> str:
    return next(attribute for attribute, entry in listed() if entry.name == name)


def value(name: str, environ: dict[str, str]) -> Any:
    return getattr(load(environ), attribute(name))


def test_these_are_all_the_settings() -> None:
    assert [entry.name for _, entry in listed()] == list(DEFAULTS)


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_setting_that_is_not_set_or_blank_has_its_default(name: str) -> None:
    for environ in ({}, {name: ""}, {name: "  "}):
        assert value(name, environ) == DEFAULTS[name]


@pytest.mark.parametrize(("name", "raw", "expected"), GOOD)
def test_a_setting_takes_an_allowed_value(name: str, raw: str, expected: Any) -> None:
    environ = {**PRODUCTION, "WEBHOOK_SECRET": SHORT_WHSEC}
    assert value(name, {**environ, name: raw}) == expected
    assert value(name, {**environ, name: f"  {raw}\n"}) == expected


def test_the_logo_is_an_svg_file_that_is_there(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg/>")
    assert value("BRAND_LOGO", {"BRAND_LOGO": str(logo)}) == logo


@pytest.mark.parametrize(("name", "raw", "allowed"), BAD)
def test_a_value_that_is_not_allowed_is_refused_with_a_sentence(
    name: str, raw: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as refusal:
        load({**PRODUCTION, name: raw})
    sentence = str(refusal.value)
    assert sentence.startswith(f"{name} is ")
    assert re.search(r"\. Allowed is .*\.$", sentence)
    assert allowed in sentence
    assert "\n" not in sentence
    assert (repr(raw) in sentence) == (name not in SECRETS)


def test_every_setting_that_can_be_wrong_is_tried_with_a_wrong_value() -> None:
    assert {name for name, _, _ in BAD} == DEFAULTS.keys() - {"INSTANCE_PATH"}


@pytest.mark.parametrize("raw", [HEX[:-2], "not hexadecimal at all"])
@pytest.mark.parametrize("name", ["SIGNING_KEY", "PREVIOUS_SIGNING_KEY", "LOOKUP_KEY"])
def test_a_secret_is_never_shown_in_a_refusal(name: str, raw: str) -> None:
    with pytest.raises(SettingError) as refusal:
        load({name: raw})
    assert raw not in str(refusal.value)
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    ("rate", "factor", "scaled"),
    [
        (Rate(20, 100), 1, Rate(20, 100)),
        (Rate(20, 100), 0.1, Rate(2, 10)),
        (Rate(20, 100), 1000, Rate(20_000, 100_000)),
        (Rate(1, 3), 0.1, Rate(1, 1)),
    ],
)
def test_a_scaled_limit_never_becomes_nothing(rate: Rate, factor: float, scaled: Rate) -> None:
    assert rate.scaled(factor) == scaled
