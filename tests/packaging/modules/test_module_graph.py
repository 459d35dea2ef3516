"""Which modules are included in an executable, and what is refused before anything is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.modules.locations import Locations, submodules
from rocketpy.packaging.modules.module_graph import Included, ModuleGraph

SO = ".cpython-311-x86_64-linux-gnu.so"
FILES = {
    "project/app.py": "import first\nimport json\n",
    "std/json/__init__.py": "from .decoder import x\nimport pdb\n",
    "std/json/decoder.py": "import math\ntry:\n import _json\nexcept ImportError: pass\n",
    "std/pdb.py": "import bdb\n",
    "std/bdb.py": "",
    "std/contextlib.py": "",
    "std/string.py": "",
    "std/ssl.py": "import _ssl\n",
    "std/http.py": "try:\n import ssl\nexcept ImportError: pass\ndef f():\n import winreg\n",
    "std/subprocess.py": "try:\n import msvcrt\nexcept ImportError: pass\nelse:\n import _winapi\n",
    "site-packages/first/__init__.py": "__all__ = ['first.lazy']\nfrom . import eager\n",
    "site-packages/first/eager.py": "import second.inner",
    "site-packages/first/lazy.py": "",
    "site-packages/first/never.py": "",
    f"site-packages/first/fast{SO}": "",
    "site-packages/first/fast.py": "import string",
    "site-packages/second/inner.py": "try:\n import quick\nexcept ImportError:\n pass\n",
    "site-packages/quick.abi3.so": "",
    "site-packages/needy.py": "import quick\n",
    "site-packages/late.py": "def f():\n import quick\n",
    "site-packages/tool.py": "import pdb\n",
    # As PyYAML: the package goes on without the module that needs the shared library.
    "site-packages/yaml/__init__.py": (
        "from .loader import *\ntry:\n    from .cyaml import *\nexcept ImportError:\n    pass\n"
    ),
    "site-packages/yaml/loader.py": "",
    "site-packages/yaml/cyaml.py": "from yaml._yaml import CParser\n",
    f"site-packages/yaml/_yaml{SO}": "",
    # As Pillow is: the handler explains the failure and raises it again.
    "site-packages/image/__init__.py": (
        "try:\n from . import _imaging as core\nexcept ImportError as v:\n log(v)\n raise\n"
    ),
    f"site-packages/image/_imaging{SO}": "",
    # An attribute of the package has the name of a shared library.
    "site-packages/named/__init__.py": "def speed(): pass\n",
    "site-packages/named/user.py": "from . import speed\n",
    f"site-packages/named/speed{SO}": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay out a project, a standard library and an environment."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def follow(folder: Path, *roots: str, exclude: tuple[str, ...] = (), app: str = "") -> Included:
    """Follow the imports of some modules, or of an application with this source."""
    if app:
        (folder / "project" / "app.py").write_text(app)
        roots = ("app",)
    locations = Locations(
        str(folder / "project"), str(folder / "std"), [str(folder / "site-packages")]
    )
    return ModuleGraph(locations, {"math", "_json", "time"}, exclude).follow(roots)


def test_included(folder: Path) -> None:
    """By imports, by strings of a package, in packages without `__init__`; nothing else."""
    found = follow(folder, "app")
    assert set(found.modules) == {
        *("app", "json", "json.decoder", "first", "first.eager", "first.lazy"),
        *("second", "second.inner"),
    }
    assert found.extensions == {"math", "_json"}
    assert {"first.never", "first.fast", "quick"} <= found.excluded
    assert set(found.native) == {"quick"}
    assert found.native["quick"].endswith("site-packages/second/inner.py:2")
    stdlib = {name for name, module in found.modules.items() if module.stdlib}
    assert stdlib == {"json", "json.decoder"}
    assert found.top == ("first", "json")


def test_separate_modules(folder: Path) -> None:
    """The standard library's own imports do not include its debugger; a package's do."""
    assert "pdb" not in follow(folder, "app").modules
    assert {"pdb", "bdb"} <= set(follow(folder, "tool").modules)


def test_include_and_exclude(folder: Path) -> None:
    """All of a package, and nothing of one."""
    assert {"first.never", "first.fast", "string"} <= set(follow(folder, "app", "first.*").modules)
    found = follow(folder, "app", exclude=("second", "json.decoder"))
    assert not {"second", "second.inner", "json.decoder"} & set(found.modules)
    assert {"second", "json.decoder"} <= found.excluded


@pytest.mark.parametrize(
    ("app", "chain"),
    [
        ("import needy", "app → needy → quick.abi3.so"),
        ("def f():\n import quick", "app → quick.abi3.so"),
        ("import yaml.cyaml", f"app → yaml.cyaml → _yaml{SO}"),
        ("import image", f"app → image → _imaging{SO}"),
        ("from named import speed\nimport named.speed", f"app → speed{SO}"),
        ("import ssl", "app → ssl → _ssl"),
        ("try:\n import needy\nexcept ImportError:\n raise SystemExit", "app → needy → quick"),
    ],
)
def test_refused(folder: Path, app: str, chain: str) -> None:
    """What the application needs and cannot have is an error, with all importers in a row."""
    with pytest.raises(BuildError) as refused:
        follow(folder, app=app)
    text = str(refused.value)
    assert f"  {chain}" in text
    assert "imported in " in text
    assert "help: " in text


@pytest.mark.parametrize(
    "app",
    [
        "import yaml",
        "import first",
        "import late",
        "import http, subprocess",
        "from named import speed\nimport named.user",
        "try:\n import needy\nexcept ImportError: pass",
        "import contextlib\nwith contextlib.suppress(ImportError):\n import needy",
        "if find_spec('needy'):\n import needy",
        "try:\n import needy\nexcept ImportError:\n needy = None\nelse:\n import quick",
    ],
)
def test_not_refused(folder: Path, app: str) -> None:
    """What the application can do without is left out, through any number of modules."""
    assert "app" in follow(folder, app=app).modules


def test_optional_through_a_reexport(folder: Path) -> None:
    """The module that fails is included, as from source; the build names its shared library."""
    found = follow(folder, app="import yaml")
    assert {"yaml", "yaml.loader", "yaml.cyaml"} <= set(found.modules)
    assert set(found.native) == {"yaml._yaml"}
    assert "yaml._yaml" in found.excluded


@pytest.mark.parametrize(
    ("app", "remedy", "wrong"),
    [
        ("import ssl", "build with --features tls", "exclude"),
        ("import needy", "use a package in pure Python in its place; or,", "--features"),
        ("import orjson", "use json of the standard library; or,", "include"),
        ("import sqlite3", "needs a C library that is not linked in", "exclude"),
    ],
)
def test_the_nearest_remedy(folder: Path, app: str, remedy: str, wrong: str) -> None:
    """Each kind of refusal has its own remedy, and no other one."""
    (folder / "site-packages" / f"orjson{SO}").touch()
    (folder / "std" / "sqlite3.py").write_text("from _sqlite3 import *")
    with pytest.raises(BuildError) as refused:
        follow(folder, app=app)
    assert remedy in str(refused.value)
    assert wrong not in str(refused.value)


def test_hooks(folder: Path) -> None:
    """Names that no source shows: of the standard library's, of zoneinfo's data, of encodings."""
    for name in (
        "concurrent/__init__",
        "concurrent/futures/__init__",
        "concurrent/futures/process",
        "multiprocessing",
        "_strptime",
        "zoneinfo",
        "encodings/__init__",
        "encodings/shift_jis",
    ):
        path = folder / "std" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import multiprocessing" if name.endswith("process") else "")
    for name in ("tzdata/__init__", "tzdata/zoneinfo/__init__", "tzdata/zoneinfo/Europe/__init__"):
        path = folder / "site-packages" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    app = (
        "from concurrent.futures import ProcessPoolExecutor\nimport time, zoneinfo\n"
        "def f(b): return b.decode('Shift_JIS')\n"
    )
    found = set(follow(folder, app=app).modules)
    assert {"concurrent.futures.process", "multiprocessing", "_strptime"} <= found
    assert {"tzdata", "tzdata.zoneinfo", "tzdata.zoneinfo.Europe", "encodings.shift_jis"} <= found


def test_a_missing_root(folder: Path) -> None:
    """A root must exist; so must a module in `include`."""
    with pytest.raises(BuildError, match="there is no module 'missing'"):
        follow(folder, "app", "missing")


def test_a_source_that_cannot_be_parsed(folder: Path) -> None:
    """The error has its file and line."""
    (folder / "project" / "bad.py").write_text("x = 1\nmatch:\n")
    with pytest.raises(BuildError, match=r"bad\.py cannot be compiled: .*line 2"):
        follow(folder, "bad")


def test_modules_of_a_package(folder: Path) -> None:
    """At any depth; a library and its source are one module."""
    locations = Locations(
        str(folder / "project"), str(folder / "std"), [str(folder / "site-packages")]
    )
    first = locations.find("first")
    assert first is not None
    assert sorted(set(submodules(first))) == [
        "first.eager",
        "first.fast",
        "first.lazy",
        "first.never",
    ]
    assert locations.find("first.nothing") is None
    assert locations.find("app.inner") is None


def test_the_packages_of_this_interpreter() -> None:
    """Without folders of packages, those of the interpreter count, editable ones included."""
    locations = Locations("/missing", "/missing")
    for name in ("falcon.app", "rocketpy.figment", "pydantic_core._pydantic_core"):
        found = locations.find(name)
        assert found is not None
        assert Path(found.path or found.extension).is_file()
