"""Every flow there is, each of which can be begun for somebody at a site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from flask import Flask, request, request_started

from tests.faults import factor_flows, flows, reading_flows
from tests.faults.flows import Flow
from tests.support import Site

Begin = Callable[[Site, str], Flow]

CHANGING: Final[list[Begin]] = [*flows.ALL, *factor_flows.ALL]
ALL: Final[list[Begin]] = [*CHANGING, *reading_flows.ALL]


def each(begins: list[Begin]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("begin", begins, ids=lambda begin: begin.__name__)


# All but one, which asks the database nothing.
each_flow = each([begin for begin in ALL if begin is not reading_flows.options_to_sign_in])


@contextmanager
def noted(asked: set[str]) -> Iterator[None]:
    """Each operation that is asked for meanwhile, as `GET /api/v1/users/{user_id}`."""

    def note(_app: Flask, **_more: Any) -> None:
        assert request.url_rule
        path = re.sub(r"<(.+?)>", r"{\1}", request.url_rule.rule)
        asked.add(f"{request.method} {path}")

    with request_started.connected_to(note):
        yield
