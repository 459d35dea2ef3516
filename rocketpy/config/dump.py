"""The whole of a configuration as data: what `config dump --format json` prints.

The form is that of the recorded answers of Rocket (`tests/conformance/README.md`), so that the two
can be compared key by key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rocketpy.config.keys import tls
from rocketpy.config.keys.table import DEFAULTS, ROCKET_KEYS, decode
from rocketpy.config.mistakes.error_order import in_order, with_other_sources
from rocketpy.config.secrets import Secrets
from rocketpy.figment.error import Error
from rocketpy.figment.kind import REDACTED
from rocketpy.figment.rust_text import display_float
from rocketpy.figment.value import Char, Empty, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.figment.figment import Figment


def dump(
    figment: Figment, secrets: Secrets | None = None, *, reveal: bool = False
) -> dict[str, Any]:
    """Return a figment's configuration, where every value is from, and what is wrong with it.

    Args:
        figment: the layers.
        secrets: what is known of the secrets in them.
        reveal: whether secrets are shown.
    """
    secrets = (secrets or Secrets()).within(figment)
    out: dict[str, Any] = {
        "profile": str(figment.profile),
        "profiles": None,
        "merged": None,
        "provenance": None,
    }
    try:
        merged = figment.merged()
        out["profiles"] = [str(profile) for profile in figment.profiles]
        out["merged"] = secrets.shown((), as_json(merged), reveal=reveal)
        out["provenance"] = dict(provenance(figment))
        values = figment.extract(decode)
    except Error as error:
        if figment.failures is not None:
            error = with_other_sources(error, figment, lambda usable: usable.extract(decode))
        else:
            error = in_order(error, figment)
        errors = list(error if reveal else secrets.hide(error))
        return out | {
            "result": "error",
            "errors": [describe(one) for one in errors],
            "display": "\n".join(one.display() for one in errors),
            # Beside the errors, not in them: these are as Rocket has them.
            "help": [one.help for one in errors],
        }
    return out | {
        "result": "ok",
        "config": described_config(values, str(figment.profile), reveal=reveal),
    }


def beyond_rocket(
    rocket: Figment, service: Figment, secrets: Secrets | None = None, *, reveal: bool = False
) -> dict[str, Any]:
    """Return what a service reads where Rocket does not, or what is wrong there.

    Args:
        rocket: the layers as Rocket reads them.
        service: the layers as the service reads them.
        secrets: what is known of the secrets in them.
        reveal: whether secrets are shown.

    Returns:
        `values`, the value of each key that differs, by its path; `provenance` of these, as in a
        dump; and `errors`, of the sources that Rocket does not have.
    """
    secrets = (secrets or Secrets()).within(service)
    out: dict[str, Any] = {"values": {}, "provenance": {}, "errors": []}
    known = {error.display() for error in rocket.failures or ()}
    new = [error for error in service.failures or () if error.display() not in known]
    if new:
        chained = Error.chain(error.alone() for error in new)
        out["errors"] = [describe(one) for one in (chained if reveal else secrets.hide(chained))]
    usable = rocket.without_failures().merged()
    theirs = dict(usable.leaves())
    origins = dict(provenance(service.without_failures()))
    for path, value in service.without_failures().merged().leaves():
        if not isinstance(value.data, dict) and theirs.get(path) != value:
            spelled = ".".join(map(_part, path))
            out["values"][spelled] = secrets.shown(path, as_json(value), reveal=reveal)
            out["provenance"][spelled] = origins[spelled]
    return out


def as_json(value: Value) -> Any:
    """Return a value as JSON has it; what JSON has no form for becomes an object with a `$` key."""
    data = value.data
    match data:
        case dict():
            return {key: as_json(data[key]) for key in sorted(data)}
        case list():
            return [as_json(part) for part in data]
        case bool():
            return data
        case float():
            return {"$float": display_float(data)}
        case Char():
            return {"$char": str(data)}
        case Empty():
            return {"$empty": data.value}
        case _:
            return data


def provenance(figment: Figment) -> list[tuple[str, Any]]:
    """Return every key's path, and where its value is from.

    That is `default`, or the source's name, its place, the profile, the key as it is spelled there.
    """
    out: list[tuple[str, Any]] = []
    for path, value in figment.merged().leaves():
        tag = value.tag
        if tag is None or tag.metadata is DEFAULTS:
            origin: Any = "default"
        else:
            profile = tag.profile.shown_as(figment.profile)
            source = tag.metadata.source
            origin = [
                tag.metadata.name,
                source.display() if source else None,
                str(profile),
                tag.metadata.key(profile, path),
            ]
        out.append((".".join(map(_part, path)), origin))
    return out


def _part(key: str) -> str:
    """Quote a part of a path that could be taken for two, or for none."""
    return json.dumps(key, ensure_ascii=False) if not key or "." in key or '"' in key else key


def described_config(
    values: Mapping[str, Any], profile: str, *, reveal: bool = False
) -> dict[str, Any]:
    """Return typed values as data, as Rocket's own `Config` describes itself."""
    described = {name: key.describe(values[name]) for name, key in ROCKET_KEYS.items()}
    if values["tls"] is not None and not reveal and isinstance(values["tls"].key, bytes):
        described["tls"]["key"] = REDACTED
    return described | {
        "profile": profile,
        "limits_display": str(values["limits"]),
        "tls_enabled": tls.is_enabled(values["tls"]),
        "mtls_enabled": tls.is_mutual(values["tls"]),
    }


def describe(error: Error) -> dict[str, Any]:
    """Return one error as data."""
    metadata = error.metadata
    source = metadata.source if metadata else None
    return {
        "kind": error.kind.name,
        "text": str(error.kind),
        "path": list(error.path),
        "profile": None if error.profile is None else str(error.profile),
        "metadata": metadata
        and {
            "name": metadata.name,
            "source": source
            and {"kind": source.kind, "full": source.full, "display": source.display()},
        },
        "key": error.key,
        "display": error.display(),
    }
