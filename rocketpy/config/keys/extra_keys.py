"""The keys that rocketpy has beyond Rocket's. Rocket passes over keys that it does not know.

They have defaults, but none that shows: a configuration that does not give them is Rocket's to the
letter.
"""

from __future__ import annotations

from typing import NamedTuple

from rocketpy.config.keys import secret_key
from rocketpy.config.keys.table import Key
from rocketpy.figment.decode import Field, Struct, boolean, option, refuse, sequence, string, u16
from rocketpy.figment.kind import unknown_variant
from rocketpy.figment.value import Value


class Health(NamedTuple):
    """`health`: the routes by which probes ask whether the service is well.

    Attributes:
        enabled: whether there are such routes.
        port: a port of their own, or None for the service's.
    """

    enabled: bool = True
    port: int | None = None


_health = Struct(
    "Health", Health, {"enabled": Field(boolean, default=True), "port": Field(option(u16), None)}
)


def health(value: Value) -> Health:
    """Read a table, or `true` or `false` for one that says only that.

    Raises:
        Error: it is something else.
    """
    if isinstance(value.data, bool):
        return Health(enabled=value.data)
    decoded: Health = _health(value)
    return decoded


def health_of(config: object) -> Health:
    """Return a configuration's `health`; the default where that name means something else in it."""
    found = getattr(config, "health", None)
    return found if isinstance(found, Health) else Health()


ACCESS_LOGS = ("rocket", "json", "off")
_ALLOWED = "allowed: " + ", ".join(ACCESS_LOGS)


def access_log(value: Value) -> str:
    """Read the form of the access log; `false` is `off`.

    Raises:
        Error: it is something else.
    """
    if value.data is False:
        return "off"
    form = string(value, help=_ALLOWED)
    if form in ACCESS_LOGS:
        return form
    raise refuse(value, unknown_variant(form, ACCESS_LOGS), _ALLOWED)


OWN_KEYS = {
    "previous_secret_keys": Key(
        sequence(secret_key.decode), "keys that signed cookies before: still believed, newest last"
    ),
    "health": Key(health, "/healthz and /readyz: enabled, and a port of their own"),
    "metrics": Key(boolean, "whether /metrics tells figures in Prometheus's form"),
    "access_log": Key(option(access_log), "rocket, json or off; by default as log_level has it"),
}
