"""The rooms: what imports what, how large a file is, how many files a folder holds.

The rules are the table of rooms in CONTRIBUTING.md and the sentences below it. Imports for type
checkers alone count like all others: a reader follows them too.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from scripts.architecture import (
    PACKAGE,
    ROOT,
    all_imports,
    circles,
    imports,
    modules,
    path_of,
    reachable,
    room_edges,
    room_of,
    rooms,
)

LARGEST = 15 * 1024
"""Bytes of a file: one concept."""
MOST_FILES = 13
"""Files of a folder besides its `__init__.py`: about a dozen, which a reader can survey."""

FACES = {"rocketpy", "rocketpy.figment"}
"""Packages whose `__init__` imports: the public names of the package and of figment."""

BESIDE_THE_ROOMS = {"conformance", "data", "faults", "scripts", "suites", "strangers"}
"""Folders of tests that belong to no single room of the package."""

KNOWN = modules()
ROOMS = rooms()
FILES = sorted(PACKAGE.rglob("*.py"))
BY_NAME = [str(file.relative_to(PACKAGE)) for file in FILES]


@pytest.mark.parametrize("module", sorted(KNOWN))
def test_arrows(module: str) -> None:
    """A module imports what the table allows to its room, and nothing else."""
    path = path_of(module, KNOWN)
    room = room_of(path, ROOMS)
    assert room, f"{path} is in no row of CONTRIBUTING's table"
    allowed = reachable(room, ROOMS) | {room.name, "_version.py"}
    for found in imports(module, KNOWN):
        top = found.imported.partition(".")[0]
        if found.imported in KNOWN:
            target = path_of(found.imported, KNOWN)
            below = room_of(target, ROOMS)
            fits = below and below.name in allowed
            assert fits, f"{path} → {target}"
        elif top != PACKAGE.name and top not in sys.stdlib_module_names:
            assert room.libraries & {top, "*"}, f"{path} → the library {top}"


def test_no_circle_of_modules() -> None:
    """No module reaches itself by its imports, wherever in a file they stand.

    Importing `a.b.c` also runs `a` and `a.b`: they count, where they are not around the importer.
    """
    edges: dict[str, set[str]] = {name: set() for name in KNOWN}
    for found in all_imports():
        if found.imported in KNOWN:
            parts = found.imported.split(".")
            packages = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
            edges[found.importer] |= {
                name for name in packages if not f"{found.importer}.".startswith(f"{name}.")
            }
            edges[found.importer].add(found.imported)
    assert circles(edges) == []


def test_no_circle_of_rooms() -> None:
    """The arrows between rooms point one way, in the table and in the imports."""
    assert (
        circles({room.name: reachable(room, ROOMS) for room in ROOMS if "*" not in room.rooms})
        == []
    )
    assert circles(room_edges()) == []


@pytest.mark.parametrize("module", [name for name in sorted(KNOWN) if name not in FACES])
def test_init_imports_nothing(module: str) -> None:
    """Importing a module of a room costs that module alone: its `__init__` brings no other."""
    if KNOWN[module].name == "__init__.py":
        assert not {found.imported for found in imports(module, KNOWN)} & set(KNOWN)


@pytest.mark.parametrize("module", [name for name in sorted(KNOWN) if name != "rocketpy"])
def test_a_room_says_what_it_is(module: str) -> None:
    """The text of an `__init__` says what the room is, what enters it and what leaves it."""
    if KNOWN[module].name == "__init__.py":
        text = ast.get_docstring(ast.parse(KNOWN[module].read_text("utf-8"))) or ""
        assert re.search(r"\benters:", text, re.IGNORECASE)
        assert re.search(r"\bleaves:", text, re.IGNORECASE)


def test_faces_are_for_others() -> None:
    """A module inside never imports the package's public face, which would import it again."""
    assert not [
        found
        for found in all_imports()
        if found.imported in FACES and found.importer.startswith(f"{found.imported}.")
    ]


def test_the_table_is_complete() -> None:
    """Every path that the table names exists."""
    for room in ROOMS:
        for path in (*room.paths, *room.rooms):
            assert path == "*" or (PACKAGE / path).exists(), path


@pytest.mark.parametrize("file", FILES, ids=BY_NAME)
def test_small(file: Path) -> None:
    """A file holds one concept: at most 15 KB."""
    assert file.stat().st_size <= LARGEST


def test_few_files() -> None:
    """A folder can be surveyed: it holds about a dozen files."""
    counted = Counter(
        file.parent.relative_to(PACKAGE).as_posix() for file in FILES if file.name != "__init__.py"
    )
    assert not {folder for folder, count in counted.items() if count > MOST_FILES}


def test_every_room_has_its_coverage_gate() -> None:
    """The Makefile says how much of each room the tests reach."""
    gates = re.search(r"^GATES := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert gates
    gated = {gate.partition("=")[0] for gate in gates[1].split()}
    assert gated == {path_of(name, KNOWN).partition("/")[0] for name in KNOWN if "." in name} - {
        "__main__.py",
        "_version.py",
    }


def test_tests_mirror_the_rooms() -> None:
    """Each folder of tests has the name of a room, or is one of those that are beside them."""
    tests = ROOT / "tests"
    for file in tests.rglob("test_*.py"):
        folder = file.parent.relative_to(tests)
        if folder.parts and folder.parts[0] not in BESIDE_THE_ROOMS:
            assert (PACKAGE / folder).is_dir(), folder
