"""Rocket's keys: the table of all of them, each with its decoder, its default and its meaning.

Everything that lists keys reads this table: the class `Config`, the errors' "did you mean", the
launch lines' order, the checks for near misses.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.config.keys import (
    address,
    ident,
    ip_header,
    limits,
    log_level,
    path,
    secret_key,
    shutdown,
    tls,
    workers,
)
from rocketpy.figment.decode import Field, Struct, loose_boolean, u16, u32, usize
from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import DEFAULT, Profile
from rocketpy.figment.value import Unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rocketpy.figment.value import Value


class Key(NamedTuple):
    """A key of `Rocket.toml`: what reads its value, and what it is for."""

    decode: Callable[[Value], Any]
    about: str


KEYS = {
    "address": Key(address.decode, "IP address to serve on"),
    "port": Key(u16, "port to serve on; 0 for any that is free"),
    "workers": Key(workers.decode, "processes that serve"),
    "max_blocking": Key(usize, "most requests that one process works on at once"),
    "ident": Key(ident.decode, "text of the Server header, or false"),
    "ip_header": Key(ip_header.decode, "header with the client's address, or false"),
    "limits": Key(limits.decode, "most bytes of a request's body, by kind of data"),
    "temp_dir": Key(path.decode, "folder for large bodies, relative to the file it stands in"),
    "keep_alive": Key(u32, "seconds that an idle connection is kept; 0 for none"),
    "tls": Key(tls.decode, "HTTPS: certs, key, ciphers, mutual"),
    "secret_key": Key(secret_key.decode, "256-bit key, base64 or hexadecimal"),
    "shutdown": Key(shutdown.decode, "signals, grace and mercy of the end"),
    "log_level": Key(log_level.decode, "critical, normal, debug or off"),
    "cli_colors": Key(loose_boolean, "whether terminals get colours and emoji"),
}
"""In the order of the fields of Rocket's `Config`."""

DEPRECATED_KEYS = {"env": "profile", "log": "log_level", "read_timeout": "", "write_timeout": ""}
"""Keys of older versions, and what replaced them."""

DEPRECATED_PROFILES = {"dev": "debug", "prod": "release", "stag": ""}
"""Beginnings of names of profiles of older versions, and what replaced them."""

DEFAULT_PROFILE = "debug" if __debug__ else "release"
"""`debug`, or `release` under `python -O` and in an executable."""

DEFAULTS = Metadata("rocket::Config::default()")
"""The source that the defaults have, by Rocket's name for it."""

decode = Struct(
    "Config",
    dict,
    {key: Field(entry.decode) for key, entry in KEYS.items()}
    | {"tls": Field(KEYS["tls"].decode, None)},
)
"""Reads a whole configuration to a dict of typed values; what it does not know it passes over."""


class Defaults:
    """The provider of the defaults of all keys."""

    def metadata(self) -> Metadata:
        """Describe the defaults."""
        return DEFAULTS

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return the defaults.

        Raises:
            Error: the machine's folder for temporary files has a name that is not UTF-8.
        """
        return {DEFAULT: default_values()}

    def selected(self) -> Profile | None:
        """Return None: the defaults select nothing."""
        return None


def default_values() -> dict[str, Any]:
    """Return the defaults of all keys, as a file would give them.

    Raises:
        Error: the machine's folder for temporary files has a name that is not UTF-8.
    """
    return {
        "address": "127.0.0.1",
        "port": Unsigned(8000),
        "workers": Unsigned(workers.available()),
        "max_blocking": Unsigned(512),
        "ident": "Rocket",
        "ip_header": "X-Real-IP",
        "limits": {name: Unsigned(size) for name, size in limits.DEFAULTS.items()},
        "temp_dir": _temp_dir(),
        "keep_alive": Unsigned(5),
        "tls": None,
        "secret_key": bytes(secret_key.KEY_BYTES),
        "shutdown": {
            "ctrlc": True,
            "signals": ["term"],
            "grace": Unsigned(2),
            "mercy": Unsigned(3),
            "force": True,
        },
        "log_level": "normal" if __debug__ else "critical",
        "cli_colors": True,
    }


def _temp_dir() -> str:
    """Return the folder for temporary files as Rust's `std::env::temp_dir` has it."""
    try:
        return os.environb.get(b"TMPDIR", b"/tmp").decode()
    except UnicodeDecodeError:
        text = "path contains invalid UTF-8 characters"
        raise Error(text, help="TMPDIR must be UTF-8") from None
