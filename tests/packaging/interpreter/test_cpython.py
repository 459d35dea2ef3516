"""The parts of CPython's build: chosen modules, frozen modules, components."""

from __future__ import annotations

import marshal
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.fetch import pins
from rocketpy.packaging.interpreter import components, cpython, extension_modules
from rocketpy.packaging.interpreter.python_source import Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
    """What the machine can build, without NOT_LINKED; OpenSSL's with the feature alone."""
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
    assert extension_modules.table(config.read_text()) == {
        "sys": "NULL",
        "_json": "PyInit__json",
        "a._b": "PyInit__b",
    }


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
    """c/frozen.c includes and lists the same modules."""
    with open(cpython.FROZEN_C, encoding="utf-8") as file:
        text = file.read()
    included = set(re.findall(r'#include "frozen_modules/(.*)\.h"', text))
    listed = set(re.findall(r"(?:MODULE|PACKAGE)\(\"[\w.]+\", _Py_M__(\w+)\)", text))
    assert {name.replace(".", "_") for name in included} == listed


def test_components(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries inside CPython's source are components of their own, with the versions there.

    Their names are those by which vulnerability databases know them (CPE), and those of Debian's
    libraries are the packages of Debian's security tracker (purl).
    """
    monkeypatch.setattr("rocketpy.packaging.steps.toolchain.package_version", lambda name: "1.2+d3")
    monkeypatch.setattr("rocketpy.packaging.steps.toolchain.rust", lambda: "rustc 1.99.1 (x)")
    monkeypatch.setattr("rocketpy.packaging.steps.toolchain.rust_licences", list)
    for name, text in {
        "Modules/expat/expat.h": (
            "#define XML_MAJOR_VERSION 2\n#define XML_MINOR_VERSION 5\n"
            "#define XML_MICRO_VERSION 1\n"
        ),
        "Modules/_decimal/libmpdec/mpdecimal.h": '#define MPD_VERSION "2.5.1"\n',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    found = components.components(Source(str(tmp_path), pins.PYTHON[0]), tls=True)
    named = {part["name"]: part for part in found}
    assert named["expat"]["cpe"] == "cpe:2.3:a:libexpat_project:libexpat:2.5.1:*:*:*:*:*:*:*"
    assert named["libmpdec"]["version"] == "2.5.1"
    assert named["python"]["cpe"].startswith("cpe:2.3:a:python:python:3.11.2:")
    assert named["openssl"]["purl"] == (
        "pkg:deb/debian/libssl-dev@1.2%2Bd3?arch=amd64&upstream=openssl"
    )
    assert {"zlib", "glibc", "rust-std"} <= set(named)
