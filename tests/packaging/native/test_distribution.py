"""The archive that PyOxidizer reads: its members, its description, its bytes."""

from __future__ import annotations

import io
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import zstandard

from rocketpy.packaging.native import distribution, python_json
from rocketpy.packaging.steps.cache import file_digest

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


def test_description(tmp_path: Path) -> None:
    """PYTHON.json lists each object once, and each module with its init function."""
    members = tree(tmp_path)
    description = python_json.describe(FACTS, members, native_module="a._b")
    assert description["version"] == "7"
    build = description["build_info"]
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
    named = [
        description["python_exe"],
        *description["python_paths"].values(),
        *build["core"]["objs"],
    ]
    folders = {os.path.dirname(name) for name in members} | set(members)
    for name in named:
        if "site-packages" not in name:
            assert any(f"{at}/".startswith(f"python/{name}/") for at in folders), name
    assert all(isinstance(value, str) for value in description["python_config_vars"].values())
    json.dumps(description)


def test_same_bytes(tmp_path: Path) -> None:
    """The archive depends on content alone, not on times, owners or the order of a folder."""
    first = distribution.pack(tree(tmp_path / "one"))
    other = tree(tmp_path / "two")
    os.utime(tmp_path / "two" / "b.o", (0, 0))
    assert distribution.pack(dict(reversed(other.items()))) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        modes = {entry.name: entry.mode for entry in tar}
    assert modes["python/install/bin/python3.11"] == 0o755
    assert modes["python/build/zlib.o"] == 0o644


def test_prune(tmp_path: Path) -> None:
    """A pruned archive describes the wanted extension modules alone; all else is the same."""
    members = tree(tmp_path / "all")
    description = python_json.describe(FACTS, members, native_module="a._b")
    members[distribution.DESCRIPTION] = json.dumps(description).encode()
    whole, pruned = tmp_path / "whole.tar.zst", tmp_path / "pruned.tar.zst"
    distribution._compress(distribution.pack(members), str(whole))
    assert distribution.prune(str(whole), {"sys", "a._b"}, str(pruned)) == file_digest(str(pruned))
    with open(pruned, "rb") as file:
        data = zstandard.ZstdDecompressor().stream_reader(file).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert sorted(tar.getnames()) == sorted(members)
        file_ = tar.extractfile(distribution.DESCRIPTION)
        assert file_ is not None
        kept = json.load(file_)
    assert set(kept["build_info"]["extensions"]) == {"sys", "a._b"}
    del kept["build_info"]["extensions"], description["build_info"]["extensions"]
    assert kept == description
