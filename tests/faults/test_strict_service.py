"""What the real service refuses and the local engine takes."""

from __future__ import annotations

import pytest

from tests.support import Site, assert_problem


@pytest.mark.parametrize("character", ["x", "é", "€", "🔑"])
def test_an_identifier_of_any_length_is_answered_like_any_unknown_one(
    site: Site, character: str
) -> None:
    answer = site.browser().sign_in(character * 1024)
    assert_problem(answer, 401, "invalid_credentials")
