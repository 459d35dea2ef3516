"""The extension modules of the standard library that are linked in."""

from __future__ import annotations

import os
import re

LEFT_OUT = frozenset(
    {
        "_bz2", "_lzma", "_crypt", "_uuid", "_tkinter", "nis", "ossaudiodev", "spwd",  # libraries
        "audioop",  # sound
        "_xxsubinterpreters", "xxsubtype",  # CPython's own tests
    }
)  # fmt: skip
"""What configure would build, and we do not. The executable takes what it reaches of the rest."""

TLS = frozenset({"_ssl", "_hashlib"})
"""Linked with the feature "tls" only: OpenSSL is larger than all else together."""

START = re.compile(r"^\s*(?!#|\*)(?P<name>\w+)\s+\S+\.c\b.*$", re.MULTILINE)
ENTRY = re.compile(r'^\s*\{"(?P<name>[\w.]+)", (?P<init>\w+)\},', re.MULTILINE)


def setup(stdlib: str, *, tls: bool) -> str:
    """Return Modules/Setup.local, from the Setup.stdlib that configure writes.

    Args:
        stdlib: its text; what this machine cannot build is commented out there.
        tls: whether OpenSSL is linked in.
    """
    lines = [
        match.group().strip()
        for match in START.finditer(stdlib)
        if match["name"] not in LEFT_OUT and (tls or match["name"] not in TLS)
    ]
    return "\n".join(["*static*", *lines, ""])


def table(config: str) -> dict[str, str]:
    """Return each built-in module with its init function, from the text of Modules/config.c.

    The init function of builtins and sys is NULL.
    """
    _, _, entries = config.partition("_PyImport_Inittab[]")
    return {match["name"]: match["init"] for match in ENTRY.finditer(entries)}


def add(folder: str, name: str, init: str) -> None:
    """Add a module to Modules/config.c.

    Args:
        folder: the root of the source.
        name: the module's dotted name.
        init: its init function.
    """
    path = os.path.join(folder, "Modules", "config.c")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text.replace(
        "struct _inittab _PyImport_Inittab[] = {",
        f"extern PyObject* {init}(void);\n"
        f'struct _inittab _PyImport_Inittab[] = {{\n    {{"{name}", {init}}},',
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
