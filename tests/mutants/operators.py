"""What may be changed in a source, one change at a time: the mutants of it.

Left out is what changes nothing that a test could see: annotations, documentation, texts.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Final

from tests.rewriting import ROOT

FOLDERS: Final = ("backend/accounts", "backend/web")
COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
CALCULATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
}
OPPOSITE: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
NORMALISING: Final = {"lower", "casefold", "strip", "rstrip"}
# Without these a function is another kind of thing, or is only slower.
NEEDED: Final = {"dataclass", "property", "classmethod", "staticmethod", "cache", "wraps"}
SKIPPED_FIELDS: Final = {"annotation", "returns", "bases"}


Changes = Iterator[tuple[str, ast.AST | None]]


@dataclass(frozen=True)
class Mutant:
    """One change of one statement: what it `was` and `became`, of a compound one its head.

    `number` is its place among the mutants of the file, `line` and `end` are the lines whose tests
    can notice it. `inside`: only the body of a function is another, which needs no new import.
    """

    file: str
    number: int
    function: str
    line: int
    end: int
    operator: str
    was: str
    became: str
    inside: bool

    @property
    def id(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class _Place:
    """Where a node hangs: in a field of its holder, at an index where the field is a list."""

    holder: Any
    field: str
    index: int | None
    statement: Any
    scopes: tuple[Any, ...]
    inside: bool

    @property
    def node(self) -> Any:
        found = getattr(self.holder, self.field)
        return found if self.index is None else found[self.index]

    @contextmanager
    def holding(self, new: ast.AST | None) -> Iterator[None]:
        """With another node; None takes it out of its list."""
        old = getattr(self.holder, self.field)
        if self.index is None:
            setattr(self.holder, self.field, new)
        else:
            rest = old[self.index + 1 :]
            setattr(self.holder, self.field, [*old[: self.index], *([new] if new else []), *rest])
        yield
        setattr(self.holder, self.field, old)


def files() -> list[str]:
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py")))
    return [str(path.relative_to(ROOT)) for path in found]


@cache
def mutants(file: str) -> tuple[Mutant, ...]:
    """All mutants of a file, in the order of its lines."""
    return tuple(mutant for mutant, _ in _made(file))


def mutated(mutant: Mutant) -> ast.Module:
    """The whole source with this one change, each node at the line where it was."""
    return next(copy.deepcopy(tree) for made, tree in _made(mutant.file) if made == mutant)


def _made(file: str) -> Iterator[tuple[Mutant, ast.Module]]:
    """Each mutant, and the tree that is so until the next one is asked for."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    numbers = count(1)
    for place in list(_places(tree, _Place(None, "", None, tree, (), inside=False))):
        old, was = place.node, _head(place.statement)
        for operator, new in list(_changes(place)):
            if new:
                ast.fix_missing_locations(ast.copy_location(new, old))
            with place.holding(new):
                became = _head(new if old is place.statement else place.statement)
                line, end = _lines(place)
                scope = ".".join(scope.name for scope in place.scopes)
                yield (
                    Mutant(
                        file, next(numbers), scope, line, end, operator, was, became, place.inside
                    ),
                    tree,
                )


def _places(node: Any, at: _Place) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in SKIPPED_FIELDS:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_text(child):
                continue
            if field == "decorator_list" and "dataclass" in _named(child):
                continue
            statement = isinstance(child, ast.stmt | ast.ExceptHandler)
            body = isinstance(node, ast.FunctionDef) and field == "body"
            scope = isinstance(node, ast.FunctionDef | ast.ClassDef)
            place = _Place(
                node,
                field,
                index,
                child if statement else at.statement,
                (*at.scopes, node) if scope else at.scopes,
                inside=at.inside or body,
            )
            yield place
            if not _is_log(child):
                yield from _places(child, place)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.JoinedStr)


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("logger.")


def _changes(place: _Place) -> Changes:
    """What may stand in this place instead, each with the name of the change."""
    node = place.node
    if _is_condition(place):
        yield from _conditions(place)
    if _is_optional(place):
        yield OPTIONAL[place.field], None
    elif isinstance(node, ast.stmt):
        yield from _statements(place)
    else:
        yield from EXPRESSIONS.get(type(node), _nothing)(place)


def _is_condition(place: _Place) -> bool:
    filtering = place.field == "ifs" and isinstance(place.holder, ast.comprehension)
    return place.field == "test" or filtering


def _conditions(place: _Place) -> Changes:
    if isinstance(place.node, ast.Constant):
        return
    if not isinstance(place.holder, ast.While):
        yield "condition", ast.Constant(True)
    yield "condition", ast.Constant(False)


OPTIONAL: Final = {
    "decorator_list": "decorator dropped",
    "keywords": "argument dropped",
    "args": "argument dropped",
    "elts": "exception dropped",
}


def _is_optional(place: _Place) -> bool:
    """Whether the source means something without the node."""
    match place.field:
        case "decorator_list":
            return not _named(place.node) & NEEDED
        case "keywords":
            return place.inside
        case "args":
            return place.inside and isinstance(place.node, ast.Starred)
        case "elts":
            return isinstance(place.statement, ast.ExceptHandler)
    return False


def _statements(place: _Place) -> Changes:
    match place.node:
        case ast.Raise():
            yield "raise dropped", ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield "call dropped", ast.Pass()
        case ast.Continue() | ast.Break():
            yield "jump dropped", ast.Pass()
        case ast.AugAssign() | ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield "assignment dropped", ast.Pass()
        case ast.Return(value=ast.expr() as was):
            for value in _returned(place.scopes[-1]):
                if not (isinstance(was, ast.Constant) and was.value is value):
                    yield "return", ast.Return(ast.Constant(value))


def _returned(function: ast.FunctionDef) -> list[bool | None]:
    yes_or_no = function.returns is not None and ast.unparse(function.returns) == "bool"
    return [True, False] if yes_or_no else [None]


def _comparisons(place: _Place) -> Changes:
    node = place.node
    for index, compared in enumerate(node.ops):
        for other in COMPARED[type(compared)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)


def _connections(place: _Place) -> Changes:
    node = place.node
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and, or", ast.BoolOp(other, node.values)
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield "part of a condition", ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _negations(place: _Place) -> Changes:
    if isinstance(place.node.op, ast.Not):
        yield "not dropped", place.node.operand


def _calculations(place: _Place) -> Changes:
    node = place.node
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield "one side", node.left
        yield "one side", node.right
    elif type(node.op) in CALCULATED and not isinstance(node.left, ast.JoinedStr):
        yield "calculation", ast.BinOp(node.left, CALCULATED[type(node.op)](), node.right)


def _constants(place: _Place) -> Changes:
    value = place.node.value
    in_a_function = any(isinstance(scope, ast.FunctionDef) for scope in place.scopes)
    if isinstance(value, bool):
        yield "yes or no", ast.Constant(not value)
    elif isinstance(value, int) and (place.inside or not in_a_function):
        yield "number", ast.Constant(value + 1)
        if place.field not in {"lower", "upper", "slice"}:
            yield "number", ast.Constant(value - 1)


def _cuts(place: _Place) -> Changes:
    if isinstance(place.node.slice, ast.Slice) and place.inside:
        yield "cut dropped", place.node.value


def _calls(place: _Place) -> Changes:
    node = place.node
    match node.func:
        case ast.Name(id=name) if name in OPPOSITE:
            other = ast.Name(OPPOSITE[name], ast.Load())
            yield "opposite", ast.Call(other, node.args, node.keywords)
        case ast.Attribute(value=value, attr=name) if name in NORMALISING:
            yield "normalising dropped", value


def _nothing(_place: _Place) -> Changes:
    yield from ()


EXPRESSIONS: Final[dict[type[ast.AST], Callable[[_Place], Changes]]] = {
    ast.Compare: _comparisons,
    ast.BoolOp: _connections,
    ast.UnaryOp: _negations,
    ast.BinOp: _calculations,
    ast.Constant: _constants,
    ast.Subscript: _cuts,
    ast.Call: _calls,
}


def _named(node: ast.AST) -> set[str]:
    """The names in an expression, of whatever they are."""
    found = (getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node))
    return {name for name in found if isinstance(name, str)}


def _head(statement: Any) -> str:
    """The statement as text; of a compound one what stands before its body."""
    if statement is None:
        return ""
    bare = copy.copy(statement)
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        if hasattr(bare, field) and isinstance(statement, ast.stmt | ast.ExceptHandler):
            setattr(bare, field, [])
    return ast.unparse(bare)


def _lines(place: _Place) -> tuple[int, int]:
    statement = place.statement
    if isinstance(statement, ast.FunctionDef):
        decorators = [decorator.lineno for decorator in statement.decorator_list]
        return min([statement.lineno, *decorators]), statement.end_lineno or statement.lineno
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return statement.lineno, max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, statement.end_lineno
