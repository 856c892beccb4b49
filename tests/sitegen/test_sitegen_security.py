"""What the site makes the browser refuse, and that the site itself keeps to it."""

from __future__ import annotations

import re

import pytest

from tests.sitegen.built_site import BuiltSite


def policy(site: BuiltSite) -> dict[str, str]:
    text = site.manifest["headers"]["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in text.split("; "))


@pytest.mark.parametrize("what", ["default-src", "form-action", "base-uri", "frame-ancestors"])
def test_the_policy_allows_none(what: str, site: BuiltSite) -> None:
    assert policy(site)[what] == "'none'"


@pytest.mark.parametrize("what", ["script-src", "style-src", "connect-src"])
def test_the_policy_allows_only_the_same_origin(what: str, site: BuiltSite) -> None:
    assert policy(site)[what] == "'self'"


def test_images_come_from_the_site_or_from_an_answer_of_the_api(site: BuiltSite) -> None:
    assert policy(site)["img-src"] == "'self' data:"


def test_the_policy_lets_no_string_become_markup(site: BuiltSite) -> None:
    assert policy(site)["require-trusted-types-for"] == "'script'"
    assert policy(site)["trusted-types"] == "'none'"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ],
)
def test_a_header_goes_with_every_file(name: str, value: str, site: BuiltSite) -> None:
    assert site.manifest["headers"][name] == value


def test_passkeys_are_for_this_origin_and_sensors_for_none(site: BuiltSite) -> None:
    policy = site.manifest["headers"]["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in policy
    assert "publickey-credentials-create=(self)" in policy
    assert "camera=()" in policy


def test_there_is_no_inline_script_or_style(site: BuiltSite) -> None:
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", site.page))
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", site.page)


def test_nothing_comes_from_elsewhere(site: BuiltSite) -> None:
    for entry in site.manifest["files"]:
        text = site.text(entry["path"]).replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//\w", text), entry["path"]


def test_the_scripts_never_write_markup_or_evaluate_text(site: BuiltSite) -> None:
    for entry in site.manifest["files"]:
        if entry["path"].endswith(".js"):
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
                site.text(entry["path"]),
            )
