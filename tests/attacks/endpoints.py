"""All that the app serves, walked, so that what is new is attacked without anybody remembering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from backend import app as factory
from backend.settings import load
from backend.web.operation import Operation
from backend.web.schemas import Body
from tests.support import KEYS, ORIGIN

# What no account has, in the form that every id has.
NOBODY = "01980000-0000-7000-8000-000000000000"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Endpoint:
    """`operation` is what is said of it; None for the document and its page."""

    method: str
    rule: str
    operation: Operation | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule.removeprefix('/api/v1')}"

    def path(self, **ids: str) -> str:
        """With these ids in it, by their names, and nobody's for the others."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids.get(found[1], NOBODY), self.rule)

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.rule)

    @property
    def safe(self) -> bool:
        return self.method in SAFE_METHODS

    @property
    def private(self) -> bool:
        """Whether it is for who is signed in."""
        return self.operation is not None and (self.operation.session or self.operation.admin)

    @property
    def body(self) -> type[Body] | None:
        return self.operation.body if self.operation else None

    @property
    def members(self) -> list[str]:
        return list(self.body.model_fields) if self.body else []


def _served() -> Iterator[Endpoint]:
    """Of an app without a database: what it has does not depend on one."""
    settings = load({"SITE_URL": ORIGIN, **KEYS})
    app = factory.assemble(settings, cast("Any", None))
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Endpoint(method, rule.rule, operation)


ENDPOINTS = sorted(_served(), key=lambda endpoint: (endpoint.rule, endpoint.method))
UNSAFE = [endpoint for endpoint in ENDPOINTS if not endpoint.safe]
WITH_BODY = [endpoint for endpoint in ENDPOINTS if endpoint.body]


def each(endpoints: list[Endpoint]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("endpoint", endpoints, ids=str)
