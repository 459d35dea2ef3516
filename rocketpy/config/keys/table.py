"""The table of all keys: what reads each, its default, and how it is shown.

Everything that lists keys reads this table: the fields of `Config`, the defaults, the launch
lines, `config dump`, the order of errors and the search for misspelt keys. To add a key of
rocketpy's own, write its row in `KEYS`, and its attribute in `ServiceConfig` and in `Config`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.config.keys import (
    address,
    extra_keys,
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
from rocketpy.figment.decode import (
    Field,
    Option,
    Struct,
    boolean,
    loose_boolean,
    sequence,
    u16,
    u32,
    usize,
)
from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import DEFAULT, Profile
from rocketpy.figment.value import Unsigned, born

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rocketpy.figment.value import Value


def _same(value: Any) -> Any:
    return value


def _or_disabled(value: str | None) -> str:
    return value or "disabled"


def _yes_or_no(value: bool) -> str:  # noqa: FBT001  (it prints one)
    return "true" if value else "false"


def _temp_dir() -> str:
    """Return the folder for temporary files as Rust's `std::env::temp_dir` has it."""
    try:
        return os.environb.get(b"TMPDIR", b"/tmp").decode()
    except UnicodeDecodeError:
        text = "path contains invalid UTF-8 characters"
        raise Error(text, help="TMPDIR must be UTF-8") from None


class Key(NamedTuple):
    """A key of `Rocket.toml`.

    Attributes:
        decode: reads its value; raises `Error`.
        about: what it is for, in one line.
        default: what it is where nothing gives it, as a file would write it; or a function that
            returns that.
        rocket: whether it is Rocket's. The defaults of Rocket's keys are a layer of every
            configuration; those of rocketpy's own are in no layer, so that a configuration that
            does not give them dumps as Rocket's does.
        label: its name in the launch lines; empty where it has no line.
        display: makes the text of its launch line.
        describe: makes the plain data that `config dump` prints for it.
        traced: its place among the launch lines that `log_level = "debug"` adds, in Rocket's
            order; 0 where it has none.
    """

    decode: Callable[[Value], Any]
    about: str
    default: Any
    rocket: bool = True
    label: str = ""
    display: Callable[[Any], str] = str
    describe: Callable[[Any], Any] = _same
    traced: int = 0

    def default_value(self) -> Any:
        """Return the default, read."""
        return self.decode(born(self.default_data(), None))

    def default_data(self) -> Any:
        """Return the default, as a file would write it."""
        return self.default() if callable(self.default) else self.default


KEYS = {
    "address": Key(
        address.decode,
        "IP address to serve on",
        default="127.0.0.1",
        label="address",
        display=address.display,
        describe=address.display,
        traced=1,
    ),
    "port": Key(
        u16,
        "TCP port to serve on; 0 for any that is free",
        default=Unsigned(8000),
        label="port",
        traced=2,
    ),
    "workers": Key(
        workers.decode,
        "processes that serve",
        default=lambda: Unsigned(workers.available()),
        label="workers",
        traced=3,
    ),
    "max_blocking": Key(
        usize,
        "most requests that one process works on at once",
        default=Unsigned(512),
        label="max blocking threads",
        traced=4,
    ),
    "ident": Key(
        ident.decode,
        "text of the Server header, or false",
        default="Rocket",
        label="ident",
        display=_or_disabled,
        traced=6,
    ),
    "ip_header": Key(
        ip_header.decode,
        "header with the client's address, or false",
        default="X-Real-IP",
        label="IP header",
        display=_or_disabled,
        traced=7,
    ),
    "limits": Key(
        limits.decode,
        "most bytes of a request's body, by kind of data",
        default={name: Unsigned(size) for name, size in limits.DEFAULTS.items()},
        label="limits",
        describe=dict,
        traced=8,
    ),
    "temp_dir": Key(
        path.decode,
        "folder for large bodies, relative to the file it stands in",
        default=_temp_dir,
        label="temp dir",
        describe=path.describe,
        traced=11,
    ),
    "keep_alive": Key(
        u32,
        "seconds that an idle connection is kept; 0 for none",
        default=Unsigned(5),
        label="keep-alive",
        display=lambda seconds: f"{seconds}s" if seconds else "disabled",
        traced=5,
    ),
    "tls": Key(
        tls.decode,
        "HTTPS: certs, key, ciphers, mutual",
        default=None,
        label="tls",
        display=tls.display,
        describe=tls.describe,
        traced=9,
    ),
    "secret_key": Key(
        secret_key.decode,
        "256-bit key that signs cookies, base64 or hexadecimal",
        default=bytes(secret_key.KEY_BYTES),
        describe=secret_key.describe,
        traced=10,
    ),
    "shutdown": Key(
        shutdown.decode,
        "signals, grace and mercy of the end",
        default={
            "ctrlc": True,
            "signals": ["term"],
            "grace": Unsigned(2),
            "mercy": Unsigned(3),
            "force": True,
        },
        label="shutdown",
        describe=shutdown.describe,
        traced=13,
    ),
    "log_level": Key(
        log_level.decode,
        "critical, normal, debug or off",
        default="normal" if __debug__ else "critical",
        label="log level",
        describe=str,
        traced=12,
    ),
    "cli_colors": Key(
        loose_boolean,
        "whether terminals get colours and emoji",
        default=True,
        label="cli colors",
        display=_yes_or_no,
        traced=14,
    ),
    "previous_secret_keys": Key(
        sequence(secret_key.decode),
        "keys that signed cookies before: still accepted, newest last",
        default=[],
        rocket=False,
    ),
    "health": Key(
        extra_keys.health,
        "/healthz and /readyz: enabled, and a port of their own",
        default=True,
        rocket=False,
    ),
    "metrics": Key(
        boolean,
        "whether /metrics answers with figures in Prometheus's format",
        default=False,
        rocket=False,
    ),
    "access_log": Key(
        Option(extra_keys.access_log),
        "rocket, json or off; by default as log_level has it",
        default=None,
        rocket=False,
    ),
    "listen": Key(
        sequence(extra_keys.listen),
        "where to listen, instead of address and port: unix:PATH, HOST:PORT, fd:N",
        default=[],
        rocket=False,
    ),
    "worker_timeout": Key(
        Option(extra_keys.worker_timeout),
        "seconds after which a worker that does not answer is killed; off by default",
        default=None,
        rocket=False,
    ),
}
"""Rocket's keys in the order of the fields of Rocket's `Config`, which is that of the launch lines;
then rocketpy's own."""

ROCKET_KEYS = {name: key for name, key in KEYS.items() if key.rocket}

DEPRECATED_KEYS = {"env": "profile", "log": "log_level", "read_timeout": "", "write_timeout": ""}
"""Keys of older versions of Rocket, and what replaced them."""

DEPRECATED_PROFILES = {"dev": "debug", "prod": "release", "stag": ""}
"""Beginnings of names of profiles of older versions of Rocket, and what replaced them."""

DEFAULT_PROFILE = "debug" if __debug__ else "release"
"""`debug`, or `release` under `python -O` and in an executable."""

DEFAULTS = Metadata("rocket::Config::default()")
"""The source that the defaults have, by Rocket's name for it."""

decode: Struct = Struct(
    "Config",
    dict,
    {name: Field(key.decode) for name, key in ROCKET_KEYS.items()}
    | {"tls": Field(tls.decode, None)},
)
"""Reads Rocket's keys to a dict of typed values; it ignores keys that it does not know."""


class Defaults:
    """The provider of the defaults of Rocket's keys."""

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
    """Return the defaults of Rocket's keys, as a file would write them.

    Raises:
        Error: the machine's folder for temporary files has a name that is not UTF-8.
    """
    return {name: key.default_data() for name, key in ROCKET_KEYS.items()}
