"""`health`: the routes by which probes ask whether the service is well (rocketpy's own key)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import Field, Struct, boolean, option, u16
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class Health(NamedTuple):
    """The health routes, `/healthz` and `/readyz`.

    Attributes:
        enabled: whether there are such routes.
        port: a TCP port of their own, or None for the service's.
    """

    enabled: bool = True
    port: int | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return schema_of(cls, decode, cls._asdict)


_table = Struct(
    "Health", Health, {"enabled": Field(boolean, default=True), "port": Field(option(u16), None)}
)


def decode(value: Value) -> Health:
    """Read a table; `true` and `false` are short for one with `enabled` alone.

    Raises:
        Error: the value is neither.
    """
    if isinstance(value.data, bool):
        return Health(enabled=value.data)
    decoded: Health = _table(value)
    return decoded


def health_of(config: object) -> Health:
    """Return a configuration's `health`; the default where that name means something else in it."""
    found = getattr(config, "health", None)
    return found if isinstance(found, Health) else Health()
