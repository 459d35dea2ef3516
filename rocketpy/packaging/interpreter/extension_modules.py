"""The extension modules of the standard library that are linked in, and CPython's table of them."""

from __future__ import annotations

import os
import re

NOT_LINKED = frozenset(
    {
        "_bz2", "_lzma", "_crypt", "_uuid", "_tkinter", "nis", "ossaudiodev", "spwd",  # libraries
        "audioop",  # sound
        "_xxsubinterpreters", "xxsubtype",  # CPython's own tests
    }
)  # fmt: skip
"""What configure would build, and the interpreter does not have."""

TLS = frozenset({"_ssl", "_hashlib"})
"""Linked with the feature "tls" only: OpenSSL is larger than all else together."""

LINKED = frozenset(
    {
        "_abc", "_ast", "_asyncio", "_bisect", "_blake2", "_codecs", "_codecs_cn", "_codecs_hk",
        "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_collections", "_contextvars",
        "_csv", "_datetime", "_decimal", "_elementtree", "_functools", "_heapq", "_imp", "_io",
        "_json", "_locale", "_lsprof", "_md5", "_multibytecodec", "_multiprocessing", "_opcode",
        "_operator", "_pickle", "_posixshmem", "_posixsubprocess", "_queue", "_random", "_sha1",
        "_sha256", "_sha3", "_sha512", "_signal", "_socket", "_sre", "_stat", "_statistics",
        "_string", "_struct", "_symtable", "_thread", "_tokenize", "_tracemalloc", "_typing",
        "_warnings", "_weakref", "_zoneinfo", "array", "atexit", "binascii", "builtins", "cmath",
        "errno", "faulthandler", "fcntl", "gc", "grp", "itertools", "marshal", "math", "mmap",
        "posix", "pwd", "pyexpat", "resource", "select", "sys", "syslog", "termios", "time",
        "unicodedata", "xxsubtype", "zlib",
    }
)  # fmt: skip
"""What an interpreter without "tls" has, as known before one is compiled; a test compares it."""

_LINE = re.compile(r"^\s*(?!#|\*)(?P<name>\w+)\s+\S+\.c\b.*$", re.MULTILINE)
_ENTRY = re.compile(r'^\s*\{"(?P<name>[\w.]+)", (?P<init>\w+)\},', re.MULTILINE)


def linkable(*, tls: bool) -> frozenset[str]:
    """Return the names of the extension modules that an executable can have.

    Args:
        tls: whether OpenSSL is linked in.
    """
    return LINKED | TLS if tls else LINKED


def setup(stdlib: str, *, tls: bool) -> str:
    """Return Modules/Setup.local, from the Setup.stdlib that configure writes.

    Args:
        stdlib: its text; what this machine cannot build is commented out there.
        tls: whether OpenSSL is linked in.
    """
    lines = [
        match.group().strip()
        for match in _LINE.finditer(stdlib)
        if match["name"] not in NOT_LINKED and (tls or match["name"] not in TLS)
    ]
    return "\n".join(["*static*", *lines, ""])


def table(config: str) -> dict[str, str]:
    """Return each built-in module with its init function, from the text of Modules/config.c.

    The init function of builtins and sys is NULL.
    """
    _, _, entries = config.partition("_PyImport_Inittab[]")
    return {match["name"]: match["init"] for match in _ENTRY.finditer(entries)}


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
