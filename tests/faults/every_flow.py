"""Every flow there is, each of which can be begun for somebody at a site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

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
