"""What the code leaves alone, so that a class of attacks finds nothing to begin with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Those run on an operator's or developer's machine; all else is in the function.
ELSEWHERE = ("cli", "clients", "local", "reference.py")
# Only how long a call that failed waits is left to chance that can be guessed.
JITTER = {"backend/aws/service.py", "backend/storage/database.py"}


@cache
def modules() -> dict[str, ast.Module]:
    """What runs in the function, by path."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in (ROOT / "backend").rglob("*.py")
        if path.relative_to(ROOT / "backend").parts[0] not in ELSEWHERE
    }


def imported(tree: ast.AST) -> Iterator[str]:
    """The packages and modules that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def importing(*names: str) -> set[str]:
    return {
        path
        for path, tree in modules().items()
        if any(found.partition(".")[0] in names or found in names for found in imported(tree))
    }


def naming(*names: str) -> set[str]:
    """The modules in which one of these is called or looked up."""
    return {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
    }


def test_there_is_something_to_look_through() -> None:
    assert len(modules()) > 100
    assert importing("hmac")


def test_no_text_is_run_and_no_process_started() -> None:
    assert naming("eval", "exec", "__import__", "system", "popen", "Popen") == set()
    assert importing("subprocess", "pty", "code", "runpy") == set()


def test_nothing_is_read_that_can_make_objects_of_any_kind() -> None:
    assert importing("pickle", "marshal", "shelve", "yaml", "xml", "lxml", "xmlrpc") == set()


def test_templates_are_files_of_ours() -> None:
    assert naming("render_template_string", "from_string") == set()


def test_whatever_must_not_be_guessed_is_drawn_from_the_systems_generator() -> None:
    assert importing("random") == JITTER
    assert importing("secrets") >= {"backend/accounts/tokens.py", "backend/accounts/sealing.py"}


def test_no_hash_is_used_that_is_broken() -> None:
    assert naming("md5", "MD5") == set()
    assert naming("sha1", "SHA1") == {"backend/breaches.py"}, "the range service's own, of 5 digits"


@pytest.mark.parametrize(
    "script", sorted((ROOT / "templates/js").glob("*.js")), ids=lambda p: p.name
)
def test_a_script_hears_no_other_window_and_merges_no_foreign_object(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.search(
        r"postMessage|['\"]message['\"]|__proto__|Object\.assign|\bfor \(.* in ", text
    )
