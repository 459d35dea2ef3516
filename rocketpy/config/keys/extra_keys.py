"""The types of the keys that rocketpy has beyond Rocket's: `health`, `access_log`, `listen`."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any, NamedTuple

from rocketpy.config.keys.address import Address
from rocketpy.config.keys.path import resolve
from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import Field, Option, Struct, boolean, refuse, string, u16, u32
from rocketpy.figment.kind import invalid_type, message, unknown_variant
from rocketpy.figment.value import Value


class Health(NamedTuple):
    """The health routes, `/healthz` and `/readyz`.

    Attributes:
        enabled: whether there are such routes.
        port: a TCP port of their own, or None for the service's.
    """

    enabled: bool = True
    port: int | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, health, cls._asdict)


class _HealthTable(Struct):
    """The decoder of `health`: a table, or `true` and `false` for one with `enabled` alone."""

    def __call__(self, value: Value) -> Any:
        return (
            Health(enabled=value.data) if isinstance(value.data, bool) else super().__call__(value)
        )


health: Struct = _HealthTable(
    "Health", Health, {"enabled": Field(boolean, default=True), "port": Field(Option(u16), None)}
)


def health_of(config: object) -> Health:
    """Return a configuration's `health`; the default where that name means something else in it."""
    found = getattr(config, "health", None)
    return found if isinstance(found, Health) else Health()


ACCESS_LOGS = ("rocket", "json", "off")
_ALLOWED = "allowed: " + ", ".join(ACCESS_LOGS)


def access_log(value: Value) -> str:
    """Read the name of a form; `false` is `off`.

    Raises:
        Error: the value is neither.
    """
    if value.data is False:
        return "off"
    form = string(value, help=_ALLOWED)
    if form in ACCESS_LOGS:
        return form
    raise refuse(value, unknown_variant(form, ACCESS_LOGS), _ALLOWED)


class Listen(NamedTuple):
    """One entry of `listen`: where to listen.

    Attributes:
        text: The entry as it was written: `unix:/run/app.sock`, `0.0.0.0:8000`, `fd:3`.
        address: The IP address of a TCP listener.
        port: Its port; 0 for any that is free.
        path: The path of a Unix socket.
        mode: The permissions of that socket's file, if they are not what the umask leaves.
        owner: Its owner: a user, or `user:group`; names or numbers.
        descriptor: The number of an open listening socket.
    """

    text: str
    address: Address | None = None
    port: int = 0
    path: str | None = None
    mode: int | None = None
    owner: str | None = None
    descriptor: int | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, listen, lambda entry: entry.text)


_LISTEN_HELP = (
    'write "unix:/run/app.sock", "0.0.0.0:8000", "[::]:8000", "fd:3", '
    'or { unix = "/run/app.sock", mode = "0660", owner = "app:www" }'
)
_MOST_PERMISSIONS = 0o777
_MOST_PATH = 107
"""Bytes of a Unix socket's path, sun_path of unix(7) less the zero at its end."""


def listen(value: Value) -> Listen:
    """Read an entry of `listen`.

    Raises:
        Error: the value is no text and no table, or names nothing to listen on.
    """
    if isinstance(value.data, dict):
        found: Listen = _unix_table(value)
        return found
    text = string(value, help=_LISTEN_HELP)
    kind, colon, rest = text.partition(":")
    if kind == "unix" and rest:
        return Listen(text, path=_socket_path(Value(rest, value.tag)))
    if kind == "fd" and rest.isascii() and rest.isdigit():
        return Listen(text, descriptor=int(rest))
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        address = None
    if (
        not colon
        or address is None
        or bracketed != (address.version == 6)  # noqa: PLR2004  (IPv6 stands in brackets)
        or not (port.isascii() and port.isdigit() and int(port) < 2**16)
    ):
        raise refuse(value, message("invalid place to listen"), _LISTEN_HELP)
    return Listen(text, address=address, port=int(port))


def _socket_path(value: Value) -> str:
    path = resolve(string(value, help=_LISTEN_HELP), value).resolved
    if len(os.fsencode(path)) > _MOST_PATH or "\0" in path:
        raise refuse(
            value, message("path too long for a socket"), f"at most {_MOST_PATH} bytes, no NUL"
        )
    return path


def _mode(value: Value) -> int:
    help_ = 'write permissions in octal: "0660", or 0o660'
    data = value.data
    if isinstance(data, str):
        try:
            data = int(data.removeprefix("0o"), 8)
        except ValueError:
            raise refuse(value, message("invalid permissions"), help_) from None
    if isinstance(data, bool) or not isinstance(data, int):
        raise refuse(value, invalid_type(value, "permissions"), help_)
    if not 0 <= data <= _MOST_PERMISSIONS:
        raise refuse(value, message("invalid permissions"), help_)
    return int(data)


def _owner(value: Value) -> str:
    if isinstance(value.data, int) and not isinstance(value.data, bool):
        return str(u32(value))
    return string(value, help='write a user, or "user:group"; names or numbers')


def _unix(unix: str, mode: int | None, owner: str | None) -> Listen:
    return Listen(f"unix:{unix}", path=unix, mode=mode, owner=owner)


_unix_table = Struct(
    "Listen",
    _unix,
    {
        "unix": Field(_socket_path),
        "mode": Field(Option(_mode), None),
        "owner": Field(Option(_owner), None),
    },
)


def listen_of(config: object) -> list[Listen]:
    """Return a configuration's `listen`; [] where that name means something else in it."""
    found = getattr(config, "listen", None)
    if isinstance(found, list) and all(isinstance(entry, Listen) for entry in found):
        return found
    return []


def worker_timeout(value: Value) -> int | None:
    """Read seconds; 0 and `false` are none.

    Raises:
        Error: the value is neither.
    """
    if value.data is False:
        return None
    return u32(value) or None


def worker_timeout_of(config: object) -> int | None:
    """Return `worker_timeout`; None where that name means something else in a configuration."""
    found = getattr(config, "worker_timeout", None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
