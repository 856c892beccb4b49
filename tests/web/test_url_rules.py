"""A start compiles what matches a URL, and leaves what builds one until it is wanted."""

import pytest
from werkzeug.routing import BuildError

from tests.support import ORIGIN, Site


def test_the_url_of_an_endpoint_can_be_built(site: Site) -> None:
    with site.app.test_request_context(base_url=ORIGIN):
        assert site.app.url_for("users.read_user", user_id="a?") == "/api/v1/users/a%3F"
        built = site.app.url_for("users.read_user", user_id="1", more="2")
    assert built == "/api/v1/users/1?more=2"


def test_a_url_that_lacks_a_part_cannot(site: Site) -> None:
    with site.app.test_request_context(), pytest.raises(BuildError):
        site.app.url_for("users.read_user")
