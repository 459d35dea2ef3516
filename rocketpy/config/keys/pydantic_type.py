"""How pydantic takes the types of keys: as fields of `Config`, and as types of users' own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.figment.error import Error
from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema


def schema_of(
    kind: type, decode: Callable[[Value], Any], describe: Callable[[Any], Any]
) -> CoreSchema:
    """Return pydantic's schema for a type: an instance stays, anything else is decoded.

    Args:
        kind: the type.
        decode: reads a value to an instance.
        describe: makes plain data of an instance, for JSON.
    """
    from pydantic_core import core_schema

    def read(value: Any) -> Any:
        return value if isinstance(value, kind) else read_by(decode, value)

    return core_schema.no_info_plain_validator_function(
        read,
        json_schema_input_schema=core_schema.any_schema(),
        serialization=core_schema.plain_serializer_function_ser_schema(describe, when_used="json"),
    )


def read_by(decode: Callable[[Value], Any], value: Any) -> Any:
    """Decode a value, or plain data, within pydantic.

    Raises:
        PydanticCustomError: the decoder refuses it; the `Error` is in the context, as `error`.
    """
    from pydantic_core import PydanticCustomError

    try:
        return decode(value if isinstance(value, Value) else born(value, None))
    except Error as error:
        raise PydanticCustomError(
            "rocket", "{text}", {"text": str(error), "error": error}
        ) from None
