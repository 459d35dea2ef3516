"""What a module imports, read from its source: at its top, in its functions, and by name."""

from __future__ import annotations

import ast
from typing import NamedTuple

RUNNING = {
    "sys.platform": "linux",
    "os.name": "posix",
    "TYPE_CHECKING": False,
    "typing.TYPE_CHECKING": False,
    "__name__": "",
}
"""What is known when the executable is built. Branches for other systems reach nothing."""
VERSION = (3, 11)
_CATCHING = frozenset(
    {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError"}
)


class Import(NamedTuple):
    """A module that another one names.

    Args:
        name: the module's absolute name.
        attributes: names taken from it, which may be modules in it; `*` for all of its own.
        optional: whether the module that imports goes on without it.
        line: the line of the import.
    """

    name: str
    attributes: tuple[str, ...] = ()
    optional: bool = False
    line: int = 0


def imports(source: bytes, name: str, *, package: bool) -> list[Import]:
    """Return all imports of a module, in the order of its lines.

    Strings count where they may name a module of the same package: lists of names that are imported
    when they are first used (PEP 562) are lists of strings.

    Args:
        source: the module's source.
        name: its dotted name.
        package: whether it is a package's `__init__`.

    Raises:
        SyntaxError: this is no Python 3.11.
    """
    reader = _Reader(name, package=package)
    reader.visit(ast.parse(source, feature_version=VERSION))
    return reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self, name: str, *, package: bool) -> None:
        self.found: list[Import] = []
        self._package = name if package else name.rpartition(".")[0]
        self._top = name.partition(".")[0]
        self._optional = False

    def visit_If(self, node: ast.If) -> None:
        truth = _truth(node.test)
        self.visit(node.test)
        for branch, taken in ((node.body, True), (node.orelse, False)):
            if truth is None or truth is taken:
                self._all(branch)

    def visit_Try(self, node: ast.Try) -> None:
        before = self._optional
        caught = {name for handler in node.handlers for name in _names(handler.type)}
        self._optional = before or bool(caught & _CATCHING)
        self._all(node.body)
        self._optional = before
        self._all([*node.handlers, *node.orelse, *node.finalbody])

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, (), node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self._absolute("." * node.level + (node.module or ""))
        if base:
            self._add(base, tuple(alias.name for alias in node.names), node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        """Imports by call: `import_module("x")`, `__import__("x")`."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
        if called in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                self._add(self._absolute(first.value), (), node.lineno)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if not isinstance(text, str) or not text.replace(".", "").isidentifier():
            return
        absolute = self._absolute(text)
        if absolute.startswith(f"{self._top}."):
            self.found.append(Import(absolute, (), optional=True, line=node.lineno))

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass over docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def _all(self, nodes: list[ast.stmt] | list[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _absolute(self, name: str) -> str:
        level = len(name) - len(name.lstrip("."))
        if not level:
            return name
        parts = self._package.split(".")
        if level > len(parts):
            return ""
        base = ".".join(parts[: len(parts) - level + 1])
        return f"{base}.{name[level:]}".rstrip(".")

    def _add(self, name: str, attributes: tuple[str, ...], line: int) -> None:
        self.found.append(Import(name, attributes, self._optional, line))


def _name(node: ast.AST | None) -> str:
    """Return a dotted name as it is written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return ""


def _names(node: ast.AST | None) -> set[str]:
    """Return the exceptions that a handler names; a bare one catches all."""
    if node is None:
        return {"BaseException"}
    return {_name(part) for part in node.elts} if isinstance(node, ast.Tuple) else {_name(node)}


def _truth(test: ast.expr) -> bool | None:
    """Return what a condition is in the executable; None where that is not to be known."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_truth(part) for part in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0])
    if isinstance(test, ast.Call) and _name(test.func) == "sys.platform.startswith" and test.args:
        prefix = test.args[0]
        return isinstance(prefix, ast.Constant) and "linux".startswith(str(prefix.value))
    known = RUNNING.get(_name(test))
    return known if isinstance(known, bool) else None


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool | None:
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return None
    if _name(left) == "sys.version_info" and isinstance(value, tuple):
        return _version(operator, value)
    found = RUNNING.get(_name(left))
    if found is None:
        return None
    match operator:
        case ast.Eq():
            return bool(found == value)
        case ast.NotEq():
            return bool(found != value)
        case ast.In() if isinstance(value, tuple | list | set):
            return found in value
    return None


def _version(operator: ast.cmpop, value: tuple[int, ...]) -> bool | None:
    """Compare the version as Python does: (3, 11, 2) is more than (3, 11)."""
    if value[:2] == VERSION and value > VERSION:
        return None
    match operator:
        case ast.GtE() | ast.Gt():
            return value <= VERSION
        case ast.Lt() | ast.LtE():
            return value > VERSION
    return None
