"""The error for modules that an application needs and a static executable cannot have."""

from __future__ import annotations

from typing import NamedTuple

FEATURE_OF = dict.fromkeys(("_ssl", "_hashlib"), "tls")
"""Of extension modules of the standard library, the feature that links them."""
PURE = {
    "MySQLdb": "PyMySQL",
    "asyncpg": "pg8000",
    "bcrypt": "hashlib.scrypt, or passlib with it",
    "lxml": "xml.etree.ElementTree of the standard library",
    "orjson": "json of the standard library",
    "psycopg2": "pg8000",
    "psycopg_c": "pg8000",
    "rapidjson": "json of the standard library",
    "ujson": "json of the standard library",
    "yaml": "yaml.SafeLoader, which is written in Python, in the place of CSafeLoader",
}
"""Of packages that are shared libraries, what does the same in pure Python."""


class Refused(NamedTuple):
    """A module that is needed and not available.

    Args:
        name: its dotted name.
        chain: the names of the modules from the application to it, each importing the next.
        place: the file and line of the last import; empty if the module was named itself.
        library: the file name of its shared library; empty for a part of the standard library.
    """

    name: str
    chain: tuple[str, ...]
    place: str
    library: str


def message(refused: list[Refused]) -> str:
    """Return the text of the error: each module with its importers and its nearest remedy."""
    lines = ["the application needs modules that a static executable cannot have:"]
    for one in sorted(refused):
        lines.append(f"  {' → '.join([*one.chain[:-1], one.library or one.name])}")
        if one.place:
            lines.append(f"    imported in {one.place}")
        lines.append(f"    help: {_remedy(one)}")
    return "\n".join(lines)


def _remedy(one: Refused) -> str:
    if one.name in FEATURE_OF:
        return f"build with --features {FEATURE_OF[one.name]}"
    image = "serve the application from an image with Python (docs/executable.md)"
    if not one.library:
        return f"this part of the standard library needs a C library that is not linked in; {image}"
    pure = PURE.get(one.name.partition(".")[0])
    first = f"use {pure}" if pure else "use a package in pure Python in its place"
    return (
        f"it is a shared library, and a static executable loads none: {first}; or, if the"
        f" application works without it, import it in a `try` that catches ImportError, or name it"
        f" in `exclude` of [tool.rocketpy.build]; else {image}"
    )
