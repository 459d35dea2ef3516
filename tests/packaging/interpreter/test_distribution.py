"""The archive that PyOxidizer reads: its members, its account, its bytes."""

from __future__ import annotations

import io
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download, pins
from rocketpy.packaging.fetch.download import UnavailableError
from rocketpy.packaging.interpreter import (
    cpython,
    distribution,
    extension_modules,
    python_json,
    python_source,
    stored_zstd,
)
from rocketpy.packaging.native import crates
from rocketpy.packaging.steps.cache import Cache
from rocketpy.packaging.steps.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

FACTS: dict[str, Any] = {
    "version": "3.11.2",
    "hex_version": 50987760,
    "implementation_version": ["3", "11", "2", "final", "0"],
    "cache_tag": "cpython-311",
    "magic": "a70d0d0a",
    "platform": "linux-x86_64",
    "config_vars": {"prefix": "/install", "Py_DEBUG": 0},
    "suffixes": {"source": [".py"], "bytecode": [".pyc"]},
    "modules": {"sys": "NULL", "_json": "PyInit__json", "a._b": "PyInit__b"},
}


def tree(folder: Path) -> dict[str, str | bytes]:
    for name in (
        "objects/Python/ceval.o",
        "objects/zlib.o",
        "install/bin/python3.11",
        "install/include/python3.11/Python.h",
        "install/lib/python3.11/os.py",
        "install/lib/python3.11/sitecustomize.py",
        "install/lib/python3.11/test/test_os.py",
        "install/lib/python3.11/unittest/case.py",
        "install/lib/python3.11/unittest/test/test_case.py",
        "install/lib/python3.11/__pycache__/os.cpython-311.pyc",
        "b.o",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / "install/bin/python3.11").chmod(0o755)
    return distribution.gather(str(folder), str(folder / "b.o"))


def test_members(tmp_path: Path) -> None:
    """Objects, interpreter, headers and library; no tests, bytecode or helpers."""
    assert sorted(tree(tmp_path)) == [
        "python/build/Python/ceval.o",
        "python/build/native/pydantic_core.o",
        "python/build/zlib.o",
        "python/install/bin/python3.11",
        "python/install/include/python3.11/Python.h",
        "python/install/lib/python3.11/os.py",
        "python/install/lib/python3.11/unittest/case.py",
    ]


def test_account(tmp_path: Path) -> None:
    """PYTHON.json lists each object once, and each module with its init function."""
    members = tree(tmp_path)
    account = python_json.describe(FACTS, members, native_module="a._b")
    assert account["version"] == "7"
    build = account["build_info"]
    assert build["core"]["objs"] == ["build/Python/ceval.o", "build/zlib.o"]
    assert build["core"]["links"] == [{"name": "m", "system": True}]
    assert {name: variants[0]["init_fn"] for name, variants in build["extensions"].items()} == (
        FACTS["modules"]
    )
    assert [build["extensions"][name][0]["objs"] for name in ("sys", "_json", "a._b")] == [
        [],
        [],
        ["build/native/pydantic_core.o"],
    ]
    assert [build["extensions"][name][0]["required"] for name in ("sys", "_json")] == [True, False]
    named = [account["python_exe"], *account["python_paths"].values(), *build["core"]["objs"]]
    folders = {os.path.dirname(name) for name in members} | set(members)
    for name in named:
        if "site-packages" not in name:
            assert any(f"{at}/".startswith(f"python/{name}/") for at in folders), name
    assert all(isinstance(value, str) for value in account["python_config_vars"].values())
    json.dumps(account)


def test_same_bytes(tmp_path: Path) -> None:
    """Neither times, owners nor the order of a folder show in the archive."""
    first = distribution.pack(tree(tmp_path / "one"))
    other = tree(tmp_path / "two")
    os.utime(tmp_path / "two" / "b.o", (0, 0))
    assert distribution.pack(dict(reversed(other.items()))) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        modes = {entry.name: entry.mode for entry in tar}
    assert modes["python/install/bin/python3.11"] == 0o755
    assert modes["python/build/zlib.o"] == 0o644


@pytest.mark.parametrize("size", [0, 1, stored_zstd.BLOCK, stored_zstd.BLOCK + 1, 300_000])
def test_zstd(size: int) -> None:
    """What is stored is a zstd frame, whole to the byte."""
    if shutil.which("zstd") is None:
        pytest.skip("there is no zstd to read it with")
    data = bytes(n * 7 % 251 for n in range(size))
    frame = b"".join(stored_zstd.store(data))
    done = subprocess.run(["zstd", "-dc"], input=frame, capture_output=True, check=True)
    assert done.stdout == data


STDLIB = """\
*static*
# _lzma is not here
#_curses _cursesmodule.c
_json _json.c
_blake2 _blake2/blake2module.c _blake2/blake2b_impl.c
_bz2 _bz2module.c
_ssl _ssl.c
*shared*
_hashlib _hashopenssl.c
"""


def test_chosen_modules() -> None:
    """What the machine can build, less what we leave out; OpenSSL's with the feature alone."""
    assert extension_modules.setup(STDLIB, tls=False).splitlines() == [
        "*static*",
        "_json _json.c",
        "_blake2 _blake2/blake2module.c _blake2/blake2b_impl.c",
    ]
    assert "_ssl _ssl.c\n_hashlib" in extension_modules.setup(STDLIB, tls=True)


def test_table_of_modules(tmp_path: Path) -> None:
    """A module is added to CPython's table, and read back from it."""
    (tmp_path / "Modules").mkdir()
    config = tmp_path / "Modules" / "config.c"
    config.write_text(
        "extern PyObject* PyInit__json(void);\n"
        "struct _inittab _PyImport_Inittab[] = {\n\n"
        '    {"_json", PyInit__json},\n    /* sys */\n    {"sys", NULL},\n    {0, 0}\n};\n'
    )
    extension_modules.add(str(tmp_path), "a._b", "PyInit__b")
    assert "extern PyObject* PyInit__b(void);" in config.read_text()
    assert extension_modules.table(config.read_text()) == FACTS["modules"]


def test_frozen(tmp_path: Path) -> None:
    """Modules are frozen without docstrings, assertions and column tables; each that C includes."""
    (tmp_path / "a").mkdir()
    source = '"""Says."""\ndef f(x):\n    """Does."""\n    assert x\n    return f.__doc__, x\n'
    (tmp_path / "a" / "b.py").write_text(source)
    command = [sys.executable, "-X", "no_debug_ranges", cpython.FREEZE]
    subprocess.run([*command, str(tmp_path), str(tmp_path), "a.b"], check=True)
    header = (tmp_path / "a.b.h").read_text()
    assert header.startswith("const unsigned char _Py_M__a_b[] = {\n")
    data = bytes(int(n) for n in re.findall(r"\b\d+(?=,)", header))
    code = marshal.loads(data)  # noqa: S302  (written a line above)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102
    assert namespace["f"](0) == (None, 0)
    assert code.co_filename == "<frozen a.b>"
    assert {column for *_, column in code.co_positions()} == {None}


def test_table_of_frozen_modules() -> None:
    """What c/frozen.c includes is what it lists."""
    with open(cpython.FROZEN_C, encoding="utf-8") as file:
        text = file.read()
    included = set(re.findall(r'#include "frozen_modules/(.*)\.h"', text))
    listed = set(re.findall(r"(?:MODULE|PACKAGE)\(\"[\w.]+\", _Py_M__(\w+)\)", text))
    assert {name.replace(".", "_") for name in included} == listed


def package(folder: Path, name: str, kind: str = "lib", licence: str = "MIT") -> dict[str, Any]:
    place = folder / name
    place.mkdir()
    (place / "LICENSE-MIT").write_text(f"{name}'s text")
    return {
        "id": name,
        "name": name,
        "version": "1.0",
        "license": licence,
        "manifest_path": str(place / "Cargo.toml"),
        "targets": [{"kind": [kind]}],
    }


def test_crates(tmp_path: Path) -> None:
    """Crates whose code is linked, with their licences; neither macros nor build scripts."""
    edges: dict[str, list[tuple[str, str | None]]] = {
        "root": [("used", None), ("macro", None), ("built", "build")],
        "used": [("deep", None)],
    }
    edges |= {"macro": [("syn", None)], "built": [], "deep": [("used", None)], "syn": []}
    packages = [package(tmp_path, name) for name in edges if name != "macro"]
    packages += [package(tmp_path, "macro", "proc-macro")]
    packages[1]["license"] = "MIT/Apache-2.0"
    os.remove(tmp_path / "deep" / "LICENSE-MIT")
    listing: dict[str, Any] = {
        "packages": packages,
        "resolve": {
            "root": "root",
            "nodes": [
                {"id": name, "deps": [{"pkg": p, "dep_kinds": [{"kind": k}]} for p, k in deps]}
                for name, deps in edges.items()
            ],
        },
    }
    found = crates.collect(listing, str(tmp_path / "out"))
    assert [part["name"] for part in found] == ["root", "deep", "used"]
    assert found[2]["licence"] == "MIT OR Apache-2.0"
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(texts) == ["deep-1.0.txt", "root-1.0.txt", "used-1.0.txt"]
    assert "used's text" in texts["used-1.0.txt"]
    assert "Licence: MIT" in texts["deep-1.0.txt"]


FILES = [
    *(file for pin in pins.PYTHON for file in (pin.archive, pin.patches) if file),
    *pins.PYDANTIC_CORE.values(),
    *pins.TRAINING,
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_pins(file: pins.File) -> None:
    """A pin is a whole digest, and its addresses end in its name."""
    assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert file.urls
    for url in file.urls:
        assert re.match("https?://", url)
        assert url.replace("%2B", "+").endswith(f"/{file.name}")


def test_pins_fit_each_other() -> None:
    """The training's pydantic is one whose pydantic-core was tried, as is the one here."""
    assert pins.TRAINING_PYDANTIC_CORE in pins.PYDANTIC_CORE
    assert metadata.version("pydantic-core") in pins.PYDANTIC_CORE
    names = [file.name for file in FILES]
    digests = {file.name: file.sha256 for file in FILES}
    assert all(digests[file.name] == file.sha256 for file in FILES)
    assert len({*digests.values()}) == len({*names})
    for version, file in pins.PYDANTIC_CORE.items():
        assert file.name == f"pydantic_core-{version}.tar.gz"
    assert all(pin.version.startswith("3.11.") for pin in pins.PYTHON)


def archive(path: Path, files: dict[str, str]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"top/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))


def test_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best source that can be had is unpacked and patched; the one that is not, is told."""
    told = io.StringIO()
    cache = Cache(str(tmp_path / "cache"), Progress(told))
    archive(tmp_path / "orig", {"a.c": "one\n", "Doc/index": "", "LICENSE": "text"})
    patch = "--- a/a.c\n+++ b/a.c\n -1 +1 \n-one\n+two\n"
    files = {"patches/series": "# why\nfix.diff\n\n", "patches/fix.diff": patch, "copyright": "c"}
    archive(tmp_path / "debian", files)
    asked: list[str] = []

    def fetch(urls: object, sha256: str, target: str) -> None:
        asked.append(sha256)
        if sha256 == "newest":
            raise UnavailableError("404")
        shutil.copy(tmp_path / sha256, target)

    monkeypatch.setattr(download, "fetch", fetch)
    original = pins.File("orig.tar.gz", ("http://x/orig.tar.gz",), "orig")

    def pin(version: str, sha256: str) -> pins.PythonSource:
        return pins.PythonSource(version, original, pins.File(sha256, ("http://x",), sha256))

    monkeypatch.setattr(pins, "PYTHON", (pin("3.11.9", "newest"), pin("3.11.8", "debian")))
    for _ in range(2):
        source = python_source.source(cache)
        assert source.pin.version == "3.11.8"
        assert sorted(os.listdir(source.folder)) == ["LICENSE", "LICENSE.debian", "a.c"]
        with open(f"{source.folder}/a.c", encoding="utf-8") as file:
            assert file.read() == "two\n"
        assert "CPython 3.11.9 is nowhere: 3.11.8 is taken" in told.getvalue()
    assert asked.count("newest") == 1  # not asked for in each build
    monkeypatch.setattr(pins, "PYTHON", (pin("3.11.9", "newest"),))
    with pytest.raises(BuildError, match="cannot be fetched; is there a network"):
        python_source.source(cache)
