"""What the operator sees: lines of progress, and one question."""

from __future__ import annotations

import sys

from infra.errors import Refusal


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def confirm(question: str, *, yes: bool) -> None:
    """Raises Refusal unless the answer is yes; `yes` has it in advance."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"{question} Nobody is there to answer; give --yes, and nothing else asks.")
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refusal("Nothing was changed.")


def confirm_by_name(what: str, name: str, given: list[str]) -> None:
    """For what cannot be undone: the name, twice, typed or given."""
    for turn in range(2):
        if len(given) > turn:
            answer = given[turn]
        elif sys.stdin.isatty():
            sys.stdout.write(f"{what} Type {name} {('to go on', 'once more')[turn]}: ")
            sys.stdout.flush()
            answer = sys.stdin.readline().strip()
        else:
            answer = ""
        if answer != name:
            raise Refusal(f"{what} That needs the name {name}, twice; nothing was changed.")
