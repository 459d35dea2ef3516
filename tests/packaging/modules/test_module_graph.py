"""Which modules an application reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.modules.locations import Places, submodules
from rocketpy.packaging.modules.module_graph import Reach, Reached


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay out a project, a standard library and an environment."""
    files = {
        "project/app.py": "import first\nimport json\n",
        "std/json/__init__.py": "from .decoder import x\nimport pdb\n",
        "std/json/decoder.py": "import math\ntry:\n import _json\nexcept ImportError: pass\n",
        "std/pdb.py": "import bdb\n",
        "std/bdb.py": "",
        "std/string.py": "",
        "site/first/__init__.py": "__all__ = ['first.lazy']\nfrom . import eager\n",
        "site/first/eager.py": "import second.inner",
        "site/first/lazy.py": "",
        "site/first/never.py": "",
        "site/first/fast.cpython-311-x86_64-linux-gnu.so": "",
        "site/first/fast.py": "import string",
        "site/second/inner.py": "try:\n import quick\nexcept ImportError:\n pass\n",
        "site/quick.abi3.so": "",
        "site/needy.py": "import quick\n",
        "site/tool.py": "import pdb\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def follow(folder: Path, *roots: str, exclude: tuple[str, ...] = ()) -> Reached:
    """Follow the imports of some modules."""
    places = Places(str(folder / "project"), str(folder / "std"), [str(folder / "site")])
    return Reach(places, {"math", "_json"}, exclude).follow(roots)


def test_what_is_reached(folder: Path) -> None:
    """By imports, by strings of a package, in packages without `__init__`; nothing else."""
    found = follow(folder, "app")
    assert set(found.modules) == {
        *("app", "json", "json.decoder", "first", "first.eager", "first.lazy"),
        *("second", "second.inner"),
    }
    assert found.extensions == {"math", "_json"}
    assert {"first.never", "first.fast", "quick"} <= found.absent
    assert [name for name, module in found.modules.items() if module.stdlib] == [
        "json",
        "json.decoder",
    ]


def test_the_debugger_comes_for_those_who_ask(folder: Path) -> None:
    """Of modules apart, the standard library's own imports do not count."""
    assert "pdb" not in follow(folder, "app").modules
    assert {"pdb", "bdb"} <= set(follow(folder, "tool").modules)


def test_include_and_exclude(folder: Path) -> None:
    """All of a package, and nothing of one."""
    assert {"first.never", "first.fast", "string"} <= set(follow(folder, "app", "first.*").modules)
    found = follow(folder, "app", exclude=("second", "json.decoder"))
    assert not {"second", "second.inner", "json.decoder"} & set(found.modules)
    assert {"second", "json.decoder"} <= found.absent


def test_shared_libraries_are_refused(folder: Path) -> None:
    """By name and place, unless the module goes on without, or has the same in Python."""
    with pytest.raises(BuildError, match=r"quick, imported in .*needy\.py:1") as refused:
        follow(folder, "needy")
    assert "`exclude`" in str(refused.value)
    assert "quick" in follow(folder, "second.inner").absent
    assert follow(folder, "first.fast").modules["first.fast"].path.endswith("fast.py")


def test_what_is_not_there_is_named(folder: Path) -> None:
    """A root must be there; so must be what `include` names."""
    with pytest.raises(BuildError, match="there is no module 'nowhere'"):
        follow(folder, "app", "nowhere")


def test_what_cannot_be_compiled_is_named(folder: Path) -> None:
    """With its file and line."""
    (folder / "project" / "bad.py").write_text("x = 1\nmatch:\n")
    with pytest.raises(BuildError, match=r"bad\.py cannot be compiled: .*line 2"):
        follow(folder, "bad")


def test_modules_of_a_package(folder: Path) -> None:
    """At any depth; a library and its source are one module."""
    places = Places(str(folder / "project"), str(folder / "std"), [str(folder / "site")])
    first = places.find("first")
    assert first is not None
    assert sorted(set(submodules(first))) == [
        "first.eager",
        "first.fast",
        "first.lazy",
        "first.never",
    ]
    assert places.find("first.nothing") is None
    assert places.find("app.inner") is None


def test_this_interpreter_is_asked() -> None:
    """Without folders of packages, those of the interpreter count, editable ones included."""
    places = Places("/nowhere", "/nowhere")
    for name in ("falcon.app", "rocketpy.figment", "pydantic_core._pydantic_core"):
        found = places.find(name)
        assert found is not None
        assert Path(found.path or found.extension).is_file()
