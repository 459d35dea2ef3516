"""A configuration as a `Rocket.toml` that reads back to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rocketpy.config.keys.table import decode
from rocketpy.config.secrets import Secrets
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from rocketpy.config.keys.path import RelativePath
    from rocketpy.figment.figment import Figment

_INTEGERS = range(-(2**63), 2**63)
"""The integers that TOML is bound to hold."""


def toml_dump(figment: Figment, secrets: Secrets | None = None, *, reveal: bool = False) -> str:
    """Return the selected profile's configuration as TOML, all in the profile `default`.

    Paths are written as they are meant, so that the file may stand anywhere. Secrets that are not
    revealed are left out, and a comment names them.

    Raises:
        Error: the configuration cannot be used, or holds what TOML has no form for.
    """
    import tomli_w

    values = figment.extract(decode)
    merged = figment.merged()
    table = _resolved(merged.plain(), values)
    # The default is a key of zeros, which means none.
    if values["secret_key"].is_zero:
        table.pop("secret_key", None)
    left_out: list[str] = []
    known = None if reveal else secrets or Secrets()
    plain = _writable((), table, left_out, known)
    comments = "".join(f"# {name} is left out; --reveal-secrets shows it\n" for name in left_out)
    heading = f"# The configuration of the profile {_quoted(str(figment.profile))}.\n"
    return heading + comments + "\n" + tomli_w.dumps({"default": plain})


def _quoted(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _resolved(table: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Write limits in bytes, and paths as they are meant."""
    table = dict(table)
    table["temp_dir"] = _absolute(values["temp_dir"])
    table["limits"] = dict(values["limits"])
    tls = values["tls"]
    if tls is not None:
        pem = {"certs": _pem(tls.certs), "key": _pem(tls.key)}
        given = table["tls"] if isinstance(table["tls"], dict) else {}
        table["tls"] = (
            given
            | pem
            | {
                "ciphers": list(tls.ciphers),
                "prefer_server_cipher_order": tls.prefer_server_cipher_order,
            }
        )
        if tls.mutual is not None:
            mutual = given.get("mutual")
            table["tls"]["mutual"] = (mutual if isinstance(mutual, dict) else {}) | {
                "ca_certs": _pem(tls.mutual.ca_certs),
                "mandatory": tls.mutual.mandatory,
            }
    return table


def _pem(pem: RelativePath | bytes) -> Any:
    return list(pem) if isinstance(pem, bytes) else _absolute(pem)


def _absolute(path: RelativePath) -> str:
    # What variables and arguments give is relative to here, and would become so to the file.
    return os.path.join(os.getcwd(), path.resolved)


def _writable(
    path: tuple[str, ...], value: Any, left_out: list[str], secrets: Secrets | None
) -> Any:
    """Return data that TOML can hold; None stands for what is left out."""
    if isinstance(value, dict):
        parts = {
            key: _writable((*path, key), part, left_out, secrets) for key, part in value.items()
        }
        return {key: part for key, part in parts.items() if part is not None}
    if value is not None and secrets is not None and secrets.shown(path, value) != value:
        left_out.append(".".join(path))
        return None
    if isinstance(value, list):
        return [_element(path, part) for part in value]
    if isinstance(value, int) and value not in _INTEGERS:
        if path[:1] == ("limits",):
            return str(value)
        raise Error(f"{'.'.join(path)} = {value} is more than a TOML integer holds")
    return value


def _element(path: tuple[str, ...], value: Any) -> Any:
    """Return an element of an array as TOML can hold it; there is nothing that it could leave out.

    Raises:
        Error: it is, or holds, no value at all.
    """
    if value is None:
        raise Error(f"{'.'.join(path)} holds nothing, which TOML has no form for")
    return _writable(path, value, [], None)
