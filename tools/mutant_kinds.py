"""The places of a module that `tools.mutants` may change, and how."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
LOGS = frozenset({"log", "logger", "logging", "warnings"})
UNTOUCHED_CALLS = frozenset({"cast", "TypeVar", "NewType", "isinstance", "issubclass"})
"""Of types only; a change of them is found by mypy, or by everything."""
ANY_ORDER = frozenset({"min", "max", "gcd", "isclose", "allclose"})


@dataclass(frozen=True)
class Mutant:
    """One change of a file: the bytes from `start` to `end` are replaced."""

    path: str
    line: int
    column: int
    kind: str
    start: int
    end: int
    before: str
    after: str

    @property
    def id(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.kind} {self.after}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]

    def described(self) -> dict[str, str | int]:
        return {
            "id": self.id, "path": self.path, "line": self.line, "kind": self.kind,
            "before": self.before, "after": self.after,
        }  # fmt: skip


def mutants(path: str, source: bytes) -> Iterator[Mutant]:
    """All changes of a module, a few of which may say the same (see `differs`)."""
    tree = ast.parse(source)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _reached(tree):
        for place, kind, after in _changes(node):
            assert place.end_lineno is not None and place.end_col_offset is not None
            start = starts[place.lineno - 1] + place.col_offset
            end = starts[place.end_lineno - 1] + place.end_col_offset
            before = source[start:end].decode()
            yield Mutant(path, place.lineno, place.col_offset, kind, start, end, before, after)


def differs(source: bytes, mutant: Mutant) -> bool:
    """Whether a mutant is valid Python that says something else than its module."""
    try:
        changed = ast.dump(ast.parse(mutant.applied(source)))
    except SyntaxError:
        return False
    return changed != ast.dump(ast.parse(source))


def _reached(node: ast.AST) -> Iterator[ast.AST]:
    """What runs and is no text, type or message of the log."""
    if _untouched(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _reached(child)


def _untouched(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom() | ast.Assert():
            return True  # Python 3.11 does not know where the parts of an f-string are
        case ast.Expr(value=value):
            return isinstance(value, ast.Constant) or _untouched(value)
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            # A name of a type: `Names = str | Sequence[str]`.
            return name == "__all__" or (
                isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
                and name[:1].isupper() and not name.isupper()
            )  # fmt: skip
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name in LOGS:
            return True
        case ast.Call(func=ast.Name(id=name)) if name in UNTOUCHED_CALLS:
            return True
    return False


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    """What may be changed at a node: the part of it, the kind, the text that takes its place."""
    if isinstance(node, ast.expr | ast.stmt):
        for kind, after in _own_changes(node):
            yield node, kind, after
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            conditions = [test]
        case ast.comprehension(ifs=conditions):
            pass
        case _:
            conditions = []
    for test in conditions:
        if not _has_an_opposite(test):
            yield test, "condition", _text(ast.UnaryOp(ast.Not(), test))


def _own_changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Compare(left=left, ops=[operator, *more], comparators=others):
            changed = ast.Compare(left, [COMPARISONS[type(operator)](), *more], others)
            yield "comparison", _text(changed)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            if not _is_text(left) and not _is_text(right):
                yield "arithmetic", _text(ast.BinOp(left, OPERATORS[type(operator)](), right))
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in OPERATORS:
            swapped = ast.AugAssign(target, OPERATORS[type(operator)](), value)
            yield "arithmetic", ast.unparse(swapped)
            yield "statement", "pass"
        case ast.BoolOp(op=operator, values=values):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield "boolean", _text(ast.BoolOp(other, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "boolean", _text(operand)
        case ast.Constant(value=bool(value)):
            yield "constant", str(not value)
        case ast.Constant(value=int() | float() as value):
            yield "constant", repr(value + 1)
            yield "constant", f"({value - 1!r})"
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield "return", "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break():
            yield "statement", "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield "statement", "pass"
        case ast.Call(func=function, args=[first, second, *rest], keywords=keywords):
            name = getattr(function, "id", getattr(function, "attr", ""))
            starred = any(isinstance(each, ast.Starred) for each in (first, second))
            if not starred and name not in ANY_ORDER:
                changed = ast.Call(function, [second, first, *rest], keywords)
                yield "arguments", ast.unparse(changed)


def _has_an_opposite(test: ast.expr) -> bool:
    """Whether its negation is the change of another kind."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot()]):
            return True
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return True
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _text(node: ast.expr) -> str:
    """An expression's source, in brackets so that it can stand anywhere."""
    return f"({ast.unparse(node)})"
