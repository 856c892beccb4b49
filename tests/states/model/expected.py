"""What an answer has to be, and where one differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from tests.states.model.state import Account, Session, The
from tests.states.model.world import World

P = ParamSpec("P")


class Anything:
    """Agrees with every value."""

    def __repr__(self) -> str:
        return "anything"


ANYTHING = Anything()


@dataclass
class Expected:
    """`opens` is the session whose token the cookie has from now on; `clears`: the cookie goes."""

    status: int
    body: Any = None
    headers: dict[str, Any] = field(default_factory=dict)
    opens: Session | None = None
    clears: bool = False
    problem: bool = False
    about: Account | None = None

    @property
    def code(self) -> str:
        return str(self.body["code"]) if self.problem else ""


class Refused(Exception):
    """The request is refused with this status and code."""

    def __init__(self, status: int, code: str, **members: Any) -> None:
        super().__init__(code)
        body = {"status": status, "code": code, **members}
        self.expected = Expected(status, body, problem=True)


class Invalid(Refused):
    """One member is not allowed, or more: (pointer, code) of each."""

    def __init__(self, *errors: tuple[str, str], **members: Any) -> None:
        said = [{"pointer": where, "code": code, "detail": ANYTHING} for where, code in errors]
        super().__init__(422, errors[0][1], errors=said, **members)


def predicts(
    predict: Callable[Concatenate[World, P], Expected],
) -> Callable[Concatenate[World, P], Expected]:
    """A function that changes the world as the contract says, and says what is answered."""

    @wraps(predict)
    def wrapper(world: World, *args: P.args, **kwargs: P.kwargs) -> Expected:
        try:
            return predict(world, *args, **kwargs)
        except Refused as refused:
            return refused.expected

    return wrapper


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """A sentence for each place in which the answer is not as expected."""
    if isinstance(expected, dict) and isinstance(found, dict):
        yield from _members(expected, found, where)
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _items(expected, found, where)
    elif not _agree(expected, found):
        wanted = getattr(expected.of, expected.name) if isinstance(expected, The) else expected
        yield f"{where}: {wanted!r} expected, not {found!r}"


def _members(expected: dict[str, Any], found: dict[str, Any], where: str) -> Iterator[str]:
    for name in expected.keys() ^ found.keys():
        yield f"{where}/{name} is {'missing' if name in expected else 'not expected'}"
    for name in expected.keys() & found.keys():
        yield from differences(expected[name], found[name], f"{where}/{name}")


def _items(expected: list[Any], found: list[Any], where: str) -> Iterator[str]:
    if len(expected) != len(found):
        yield f"{where} has {len(found)} items, not {len(expected)}: {found}"
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        yield from differences(one, other, f"{where}/{number}")


def _agree(expected: Any, found: Any) -> bool:
    if isinstance(expected, The):
        return expected.agrees(found)
    return expected is ANYTHING or bool(expected == found)
