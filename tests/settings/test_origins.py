"""Origins: written as a browser sends them."""

import pytest

from backend.settings import SettingError, load


@pytest.mark.parametrize(
    ("raw", "origins"),
    [
        ("https://a.example", ("https://a.example",)),
        ("https://a.example,https://b.example", ("https://a.example", "https://b.example")),
        (" https://a.example , https://b.example ,", ("https://a.example", "https://b.example")),
        (",,", ()),
        ("https://A.Example", ("https://a.example",)),
        ("https://a.example/", ("https://a.example",)),
        ("https://a.example:443", ("https://a.example",)),
        ("http://a.example:80", ("http://a.example",)),
        ("https://a.example:80", ("https://a.example:80",)),
        ("http://localhost:3000", ("http://localhost:3000",)),
        ("http://[::1]:3000", ("http://[::1]:3000",)),
        ("https://xn--mnchen-3ya.de", ("https://xn--mnchen-3ya.de",)),
    ],
)
def test_an_allowed_origin_is_what_a_browser_sends_as_its_origin(
    raw: str, origins: tuple[str, ...]
) -> None:
    assert load({"ALLOWED_ORIGINS": raw}).allowed_origins == origins
    assert load({"SITE_URL": raw.partition(",")[0]}).site_url in {*origins, ""}


def test_one_wrong_origin_spoils_the_list() -> None:
    with pytest.raises(SettingError, match="ALLOWED_ORIGINS"):
        load({"ALLOWED_ORIGINS": "https://a.example, b.example"})
