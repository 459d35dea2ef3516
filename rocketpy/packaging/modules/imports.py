"""What a module imports, read from its source: at its top, in its functions, and by name."""

from __future__ import annotations

import ast
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNNING = {
    "sys.platform": "linux",
    "os.name": "posix",
    "TYPE_CHECKING": False,
    "typing.TYPE_CHECKING": False,
    "__name__": "",
}
"""What is known when the executable is built: branches for other systems do not count."""
VERSION = (3, 11)
_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Import(NamedTuple):
    """An import of a module by another one.

    Args:
        name: the imported module's absolute name.
        attributes: names taken from it, which may be modules in it; `*` for all of its own.
        optional: whether the importing module may do without it: it catches the failure, or the
            import is in a branch that may not run.
        line: the line of the import.
        top: whether it runs when the importing module is imported, and not in a function.
    """

    name: str
    attributes: tuple[str, ...] = ()
    optional: bool = False
    line: int = 0
    top: bool = True


def imports(source: bytes, name: str, *, package: bool) -> list[Import]:
    """Return all imports of a module, in the order of its lines.

    Strings count where they may name a module of the same package: lists of names that are imported
    when they are first used (PEP 562) are lists of strings. So do names of encodings, where they
    are arguments of `encode`, `decode` or `encoding=`.

    Args:
        source: the module's source.
        name: its dotted name.
        package: whether it is a package's `__init__`.

    Raises:
        SyntaxError: it is not valid Python 3.11.
    """
    reader = _Reader(name, package=package)
    reader.visit(ast.parse(source, feature_version=VERSION))
    return reader.found


def bound_names(source: bytes) -> frozenset[str]:
    """Return the names that a module's source gives a value, other than by importing a module."""
    found = set()
    for node in ast.walk(ast.parse(source, feature_version=VERSION)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


class _Reader(ast.NodeVisitor):
    def __init__(self, name: str, *, package: bool) -> None:
        self.found: list[Import] = []
        self._package = name if package else name.rpartition(".")[0]
        self._top = name.partition(".")[0]
        self._optional = False
        self._top_level = True

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Read decorators and defaults as the top level, and the body as a function's."""
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        before, self._top_level = self._top_level, False
        self._all(node.body)
        self._top_level = before

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_With(self, node: ast.With) -> None:
        """Imports under `contextlib.suppress(ImportError)` are optional."""
        suppressed = any(
            isinstance(item.context_expr, ast.Call)
            and _name(item.context_expr.func).rpartition(".")[2] == "suppress"
            and {_name(argument) for argument in item.context_expr.args} & _CATCHING
            for item in node.items
        )
        for item in node.items:
            self.visit(item)
        self._guarded(node.body, optional=suppressed)

    def visit_If(self, node: ast.If) -> None:
        """Read the branches that may run; in one that may not, imports are optional."""
        truth = _truth(node.test)
        self.visit(node.test)
        for branch, taken in ((node.body, True), (node.orelse, False)):
            if truth is None or truth is taken:
                self._guarded(branch, optional=truth is None)

    def visit_Try(self, node: ast.Try) -> None:
        """Imports are optional where a handler catches their failure and does not raise again."""
        caught = {
            name
            for handler in node.handlers
            if not isinstance(handler.body[-1], ast.Raise)
            for name in _names(handler.type)
        }
        optional = bool(caught & _CATCHING)
        self._guarded(node.body, optional=optional)
        self._all(node.handlers)
        # `else` runs only if the imports above succeeded.
        self._guarded(node.orelse, optional=optional)
        self._all(node.finalbody)

    def _guarded(self, nodes: list[ast.stmt], *, optional: bool) -> None:
        before = self._optional
        self._optional = before or optional
        self._all(nodes)
        self._optional = before

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, (), node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self._absolute("." * node.level + (node.module or ""))
        if base:
            self._add(base, tuple(alias.name for alias in node.names), node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        """Imports by call, `import_module("x")` or `__import__("x")`, and names of encodings."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
        first = _text(node.args[0]) if node.args else ""
        if called in {"import_module", "__import__"} and first:
            self._add(self._absolute(first), (), node.lineno)
        named = [_text(word.value) for word in node.keywords if word.arg == "encoding"]
        for text in (*named, *([first] if called in {"encode", "decode"} else ())):
            encoding = _encoding(text)
            if encoding:
                self.found.append(Import(f"encodings.{encoding}", optional=True, line=node.lineno))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if not isinstance(text, str) or not text.replace(".", "").isidentifier():
            return
        absolute = self._absolute(text)
        if absolute.startswith(f"{self._top}."):
            self.found.append(
                Import(absolute, (), optional=True, line=node.lineno, top=self._top_level)
            )

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass over docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def _all(self, nodes: Sequence[ast.AST]) -> None:
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
        self.found.append(Import(name, attributes, self._optional, line, self._top_level))


def _text(node: ast.AST) -> str:
    """Return a string constant; empty for anything else."""
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def _encoding(text: str) -> str:
    """Return the name of the module in `encodings` for an encoding's name; empty if none is meant.

    UTF-8 is in the interpreter itself.
    """
    normal = normalize_encoding(text.lower()) if text.isascii() else ""
    found = aliases.get(normal, normal)
    return found if found.isidentifier() and found != "utf_8" else ""


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
