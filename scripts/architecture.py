"""Read the rooms of the package and the imports between them, and draw them.

Usage: python scripts/architecture.py

It writes the picture of the rooms into docs/architecture.md. `tests/test_architecture.py` uses the
same functions, so the rules, the table in CONTRIBUTING.md and the picture speak of one graph.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rocketpy"
TABLE = ROOT / "CONTRIBUTING.md"
PAGE = ROOT / "docs" / "architecture.md"
VERSION = "_version.py"
BEGIN, END = "<!-- the picture: scripts/architecture.py -->", "<!-- end of the picture -->"


@dataclass(frozen=True)
class Import:
    """One module of the package imports another module, or a library."""

    importer: str
    """A module's name, such as `rocketpy.server.launch`."""
    imported: str
    """A module of the package, or the top-level name of a library."""
    late: bool
    """Whether a function imports it, when it is called."""
    typing: bool
    """Whether only type checkers see it."""


@dataclass(frozen=True)
class Room:
    """A row of the table in CONTRIBUTING.md."""

    paths: tuple[str, ...]
    """The folders and files that the row is about, such as `server/http/`, below `rocketpy/`."""
    holds: str
    rooms: tuple[str, ...]
    """Paths of the rows that it may import; `*` is every one."""
    libraries: frozenset[str]
    """The top-level names of the libraries that it may import; `*` is any."""

    @property
    def name(self) -> str:
        """The first of the paths, without a slash at the end."""
        return self.paths[0].rstrip("/")


def modules() -> dict[str, Path]:
    """Return every module of the package by its name; a package goes by its folder's name."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, known: Mapping[str, Path]) -> list[Import]:
    """Return what one module imports, wherever in it the import stands.

    `import_module("…")` and `__import__("…")` with a literal count as imports too.
    """
    return list(_walk(ast.parse(known[name].read_text("utf-8")), name, known))


def _walk(
    node: ast.AST, name: str, known: Mapping[str, Path], *, late: bool = False, typing: bool = False
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for module in _names(child, known):
            yield Import(name, module, late, typing)
        inside = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            checked = ast.Module(body=child.body, type_ignores=[])
            yield from _walk(checked, name, known, late=inside, typing=True)
            child = ast.Module(body=child.orelse, type_ignores=[])  # noqa: PLW2901  (the rest of it)
        yield from _walk(child, name, known, late=inside, typing=typing)


def _names(node: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            targets = [alias.name for alias in names]
        case ast.ImportFrom(level=0, module=str(module), names=names):
            parts = [f"{module}.{alias.name}" for alias in names]
            # `from package import name` is the module of that name, where there is one.
            targets = [part if part in known else module for part in parts]
        case ast.ImportFrom():
            raise SyntaxError(
                f"a relative import, which has no name to be read: {ast.unparse(node)}"
            )
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            targets = [module]
        case _:
            return
    for target in targets:
        yield target if target.split(".")[0] == PACKAGE.name else target.split(".")[0]


def all_imports() -> list[Import]:
    """Return all imports of the package that are not the standard library's."""
    known = modules()
    return [
        found
        for name in known
        for found in imports(name, known)
        if found.imported not in sys.stdlib_module_names
    ]


def rooms() -> list[Room]:
    """Return the rows of the table of rooms in CONTRIBUTING.md."""
    found = []
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("| `"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        paths = re.findall(r"`rocketpy/([^`]*)`", cells[0])
        if not paths:
            continue
        _, holds, may = cells
        names = re.findall(r"`([^`]+)`", may)
        found.append(
            Room(
                paths=tuple(paths),
                holds=holds,
                rooms=(
                    *(name for name in names if "/" in name),
                    *(["*"] if "all rooms" in may else []),
                ),
                libraries=frozenset(name for name in names if "/" not in name)
                | (frozenset({"*"}) if "any library" in may else frozenset()),
            )
        )
    return found


def path_of(module: str, known: Mapping[str, Path]) -> str:
    """Return a module's file, relative to the package: `server/http/__init__.py`."""
    return known[module].relative_to(PACKAGE).as_posix()


def room_of(path: str, table: list[Room]) -> Room | None:
    """Return the row that a file belongs to: the one that names it, or its nearest folder."""
    fitting = [
        (len(pattern), room)
        for room in table
        for pattern in room.paths
        if path == pattern or (pattern.endswith("/") and path.startswith(pattern))
    ]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


def reachable(room: Room, table: list[Room]) -> set[str]:
    """Return the names of the rooms that a room may import: those of its row, and of their rows.

    Raises:
        KeyError: a row names what is no row itself.
    """
    if "*" in room.rooms:
        return {other.name for other in table}
    by_path = {path: other for other in table for path in other.paths}
    allowed: dict[str, Room] = {}
    waiting = [*room.rooms]
    while waiting:
        other = by_path[waiting.pop()]
        if other.name not in allowed:
            allowed[other.name] = other
            waiting += other.rooms
    return {*allowed}


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for following in sorted(edges.get(node, ())):
            if following not in order:
                visit(following)
                low[node] = min(low[node], low[following])
            elif following in stack:
                low[node] = min(low[node], order[following])
        if low[node] == order[node]:
            group = [stack.pop()]
            while group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1 or node in edges.get(node, ()):
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


def room_edges() -> dict[str, set[str]]:
    """Return, for each room, the other rooms that its files import."""
    known, table = modules(), rooms()
    edges: dict[str, set[str]] = {room.name: set() for room in table}
    for found in all_imports():
        if found.imported not in known:
            continue
        pair = (path_of(found.importer, known), path_of(found.imported, known))
        importer, imported = (room_of(path, table) for path in pair)
        if importer and imported and importer is not imported:
            edges[importer.name].add(imported.name)
    return edges


def picture() -> str:
    """Return the rooms and the arrows between them as a Mermaid block.

    An arrow that other arrows imply (a → c beside a → b → c) is left out, and so is the version,
    which every room may import.
    """
    edges = {name: targets - {VERSION} for name, targets in room_edges().items() if name != VERSION}
    lines = ["```mermaid", "flowchart TD"]
    for room in rooms():
        if room.name == VERSION:
            continue
        label = "<br/>".join(path.rstrip("/") for path in room.paths)
        lines.append(f'    {_node(room.name)}["{label}"]')
    for name, targets in edges.items():
        implied = set().union(*(_below(other, edges) for other in targets))
        lines += [f"    {_node(name)} --> {_node(other)}" for other in sorted(targets - implied)]
    return "\n".join([*lines, "```"])


def _node(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _below(name: str, edges: Mapping[str, set[str]]) -> set[str]:
    """Return every room that is reached from one, itself not among them."""
    found: set[str] = set()
    waiting = [*edges[name]]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += edges[node]
    return found


def page(text: str) -> str:
    """Return the page with the picture that the imports give now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{picture()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE.relative_to(ROOT)} is up to date")
