"""The types of the keys that rocketpy has beyond Rocket's: `health` and `access_log`."""

from __future__ import annotations

from typing import Any, NamedTuple

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import Field, Option, Struct, boolean, refuse, string, u16
from rocketpy.figment.kind import unknown_variant
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


health = _HealthTable(
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
