"""Modules that are imported by names which no source shows: a table of what is known of packages.

PyInstaller keeps such hooks as well; these are the ones that a test here has shown to be needed.
"""

from __future__ import annotations

MODULES: dict[str, tuple[str, ...]] = {
    # `concurrent.futures` imports it when the attribute is first used.
    "concurrent.futures.ProcessPoolExecutor": ("concurrent.futures.process",),
    # The C function `strptime` imports it.
    "datetime": ("_strptime",),
    "time": ("_strptime",),
    # Dialects are imported by the scheme of a database's address.
    "sqlalchemy": (
        "sqlalchemy.dialects.mysql.pymysql",
        "sqlalchemy.dialects.postgresql.pg8000",
        "sqlalchemy.dialects.sqlite.pysqlite",
    ),
    # It finds time zones in the package where the system has none.
    "zoneinfo": ("tzdata.*",),
}
"""Of a module, or of a name in one, the modules that it needs where they exist."""

ENCODINGS = tuple(
    f"encodings.{name}"
    for name in (
        *("ascii", "latin_1", "cp1252", "idna", "punycode", "raw_unicode_escape"),
        *("unicode_escape", "utf_7", "utf_8_sig"),
        *("utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),
    )
)
"""Encodings that every executable has. Others are included where a source names them."""


def modules(name: str) -> tuple[str, ...]:
    """Return the modules that are needed with a module, or with a name from a module."""
    return MODULES.get(name, ())
