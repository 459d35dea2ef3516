"""The public names of the package: they exist, have their types, and are enough to name results."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import rocketpy
import rocketpy.figment
from scripts.architecture import modules
from tests.support import ROOT, SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = modules()
FACES = (rocketpy, rocketpy.figment)
NAMES = [(face, name) for face in FACES for name in face.__all__]
EXPORTED = {
    (getattr(value, "__module__", ""), getattr(value, "__name__", name))
    for face, name in NAMES
    for value in [getattr(face, name)]
}


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_names(face: Any) -> None:
    """Every public name exists and is listed; the list is sorted; another name is an error."""
    assert {*face.__all__} <= {*dir(face)}
    for name in face.__all__:
        assert getattr(face, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = face.nothing


def test_importing_costs_little() -> None:
    """Importing the package imports neither Falcon nor waitress nor pydantic."""
    code = "import sys, rocketpy; print(*{'falcon', 'waitress', 'pydantic'} & {*sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert run.stdout.strip() == ""


def classes(module: str) -> dict[str, tuple[str, str]]:
    """Return the classes of ours that a module can name: its own, and those that it imports."""
    tree = ast.parse(KNOWN[module].read_text("utf-8"))
    own = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in KNOWN:
            for alias in node.names:
                value = getattr(importlib.import_module(node.module), alias.name, None)
                if isinstance(value, type):
                    own[alias.asname or alias.name] = (value.__module__, value.__name__)
    return own


def results(value: Any) -> Iterator[ast.expr]:
    """Yield what a public function, or the public members of a public class, are annotated with."""
    tree = ast.parse(KNOWN[value.__module__].read_text("utf-8"))
    node = next(node for node in tree.body if getattr(node, "name", "") == value.__name__)
    for member in node.body if isinstance(node, ast.ClassDef) else [node]:
        match member:
            case ast.FunctionDef(name=name, returns=ast.expr() as result):
                if not name.startswith("_"):
                    yield result
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                if not name.startswith("_"):
                    yield annotation


@pytest.mark.parametrize(("face", "name"), NAMES, ids=[name for _, name in NAMES])
def test_results_are_public(face: Any, name: str) -> None:
    """A class that a public attribute or function returns can be imported from the same face."""
    value = getattr(face, name)
    if getattr(value, "__module__", None) not in KNOWN or not callable(value):
        return
    named = classes(value.__module__)
    for annotation in results(value):
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name) and node.id in named:
                assert named[node.id] in EXPORTED, f"{name}: {ast.unparse(annotation)}"
