"""Rules of URLs that are matched, and hardly ever built.

For each rule Werkzeug compiles two functions that build its URL, which is most of what a start
does for its routes. The app builds none; one that is wanted is compiled then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from werkzeug import routing

Build = Callable[..., tuple[str, str]]


class Rule(routing.Rule):
    def _compile_builder(self, append_unknown: bool = True) -> Build:
        compiled = cache(super()._compile_builder)

        def build(rule: routing.Rule, **values: Any) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build
