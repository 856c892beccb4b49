"""`flask …` in this process, over a site."""

from __future__ import annotations

import json
from typing import Any

from click.testing import Result

from tests.support import Site


def run(site: Site, *arguments: str, typed: str | None = None) -> Result:
    """`typed` is standard input, which is no terminal."""
    runner = site.app.test_cli_runner()
    return runner.invoke(args=[*arguments], input=typed, catch_exceptions=False)


def done(site: Site, *arguments: str, typed: str | None = None) -> str:
    """What a command that succeeds writes."""
    result = run(site, *arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.stdout


def done_json(site: Site, *arguments: str) -> Any:
    return json.loads(done(site, *arguments, "--json"))


def refused(site: Site, *arguments: str, typed: str | None = None) -> str:
    """The sentence of a command that fails."""
    result = run(site, *arguments, typed=typed)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""
    return result.stderr
