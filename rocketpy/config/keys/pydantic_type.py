"""How pydantic takes the types of keys, in `Config` and where they type users' own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from collections.abc import Callable


def schema_of(
    kind: type, decode: Callable[[Value], Any], describe: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return pydantic's schema for a type: an instance stays, anything else is decoded.

    It is the plain data that the functions of `pydantic_core.core_schema` return, so that no key
    imports pydantic. A decoder's `Error` is a `ValueError`, which pydantic collects.

    Args:
        kind: the type.
        decode: reads a value to an instance.
        describe: makes plain data of an instance, for JSON.
    """

    def read(value: Any) -> Any:
        return value if isinstance(value, kind) else decode(born(value, None))

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": read},
        "json_schema_input_schema": {"type": "any"},
        "serialization": {"type": "function-plain", "function": describe, "when_used": "json"},
    }
