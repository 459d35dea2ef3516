"""What the package uses of other packages' internals is written down, with a reason, and unchanged.

Internal is a name that begins with an underscore, and every module of waitress: its documented
interface is `waitress.serve`. What is used is found in the code: imported names, and members that a
class of ours shares with a base class of theirs.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import re
import sys
import textwrap
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from scripts.architecture import PACKAGE, ROOT, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "dependencies.md"
RECORDED = ROOT / "tests" / "data" / "internals.json"
INTERNAL_PACKAGES = {"waitress"}
"""Packages whose submodules are all internal."""
KNOWN = modules()
APART = ("rocketpy.packaging.modules.inside", "rocketpy.packaging.interpreter")
"""Modules that run in other interpreters: inside the executable, and to train it."""


def is_private(name: str) -> bool:
    """Return whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__")


def is_foreign(module: str) -> bool:
    """Return whether a module belongs to another package than ours and the standard library."""
    return module.partition(".")[0] not in {*sys.stdlib_module_names, PACKAGE.name}


def imported_internals() -> Iterator[str]:
    """Yield the internal names that the code imports."""
    for name, file in KNOWN.items():
        if name.startswith(APART):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and is_foreign(node.module):
                top, _, inside = node.module.partition(".")
                for alias in node.names:
                    hidden = any(is_private(part) for part in (*inside.split("."), alias.name))
                    if hidden or (top in INTERNAL_PACKAGES and inside):
                        yield f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    top, _, inside = alias.name.partition(".")
                    if is_foreign(top) and top in INTERNAL_PACKAGES:
                        raise AssertionError(f"{name}: import names from it, so that they are seen")


def private_names(source: str) -> set[str]:
    """Return the private names that the source of a class defines or uses as attributes."""
    found = set()
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return {name for name in found if is_private(name)}


def inherited_internals() -> Iterator[str]:
    """Yield the private members of others' classes that a class of ours uses or overrides.

    A class that is itself listed stands for its members.
    """
    imported = {*imported_internals()}
    for name in KNOWN:
        if name.startswith(APART) or name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(name)).values():
            if not isinstance(kind, type) or kind.__module__ != name:
                continue
            ours = private_names(inspect.getsource(kind))
            for base in kind.__mro__:
                full = f"{base.__module__}.{base.__name__}"
                if is_foreign(base.__module__) and full not in imported:
                    theirs = private_names(inspect.getsource(base)) & ours
                    owned = {member for member in theirs if defines(base, member)}
                    yield from (f"{full}.{member}" for member in owned)


def defines(kind: type, member: str) -> bool:
    """Return whether a class itself defines a member: as a method, or by `self.member = …`."""
    if member in vars(kind):
        return True
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == member
        for node in ast.walk(tree)
    )


def listed() -> dict[str, str]:
    """Return the table of internals in docs/dependencies.md: the reason of each name."""
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def source(name: str) -> str:
    """Return the source text of an internal name in the installed package."""
    module, attribute, parts = _resolve(name)
    target: Any = module
    for part in [attribute, *parts]:
        owner, target = target, getattr(target, part, None)
    if target is None:  # an instance's attribute
        return "\n".join(
            line
            for line in inspect.getsource(owner).splitlines()
            if re.search(rf"\bself\.{parts[-1]}\b", line)
        )
    if isinstance(target, type) or inspect.isroutine(target):
        return inspect.getsource(target)
    return repr(target)


def _resolve(name: str) -> tuple[Any, str, list[str]]:
    """Return a name's module, its first attribute, and those below."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        return module, parts[count], parts[count + 1 :]
    raise ModuleNotFoundError(name)


def test_all_are_listed() -> None:
    """The table of docs/dependencies.md has exactly the internal names that the code uses."""
    found = {*imported_internals(), *inherited_internals()}
    assert {*listed()} == found


@pytest.mark.parametrize("name", sorted(listed()))
def test_each_has_a_reason(name: str) -> None:
    """A row says what the name is used for."""
    assert len(listed()[name]) > 10


@pytest.mark.parametrize("name", sorted(listed()))
def test_unchanged(name: str) -> None:
    """The installed package has the name as it was when our use of it was last read and tested.

    When this fails after an upgrade: read what changed, and whether our use of it still holds; then
    write the new digest into tests/data/internals.json.
    """
    recorded = json.loads(RECORDED.read_text("utf-8"))
    digest = hashlib.sha256(source(name).encode()).hexdigest()[:16]
    assert recorded.get(name) == digest


def test_no_record_is_left_over() -> None:
    """The recorded digests are those of the table."""
    assert {*json.loads(RECORDED.read_text("utf-8"))} == {*listed()}


def test_versions_are_capped() -> None:
    """A package whose internals are used has an upper bound in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = {re.split(r"[<>=]", line)[0]: line for line in project["dependencies"]}
    for name in listed():
        distribution = name.partition(".")[0].replace("_", "-")
        assert "<" in bounds[distribution], f"{distribution} has no upper bound"
