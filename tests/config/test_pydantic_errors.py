"""Pydantic's verdicts on users' values, in the words of Rocket's."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, HttpUrl, field_validator
from pydantic_core import PydanticCustomError

from rocketpy import Config, Error
from tests.support import Place


class Colour(Enum):
    RED = "red"


class Inner(BaseModel):
    url: str
    pool: int = 5


class Fields(Config):
    """A field of each type, none of them required."""

    text: str = ""
    number: int = 0
    ratio: float = 0
    switch: bool = False
    items: list[int] = []
    pair: tuple[int, int] = (1, 2)
    unique: set[int] = set()
    table: dict[str, int] = {}
    model: Inner | None = None
    models: list[Inner] = []
    raw: bytes = b""
    site: HttpUrl | None = None
    ident_number: uuid.UUID | None = None
    moment: datetime.datetime | None = None
    day: datetime.date | None = None
    hour: datetime.time | None = None
    span: datetime.timedelta | None = None
    price: Decimal | None = None
    colour: Colour = Colour.RED
    folder: Path | None = None
    short: Annotated[str, Field(max_length=2)] = ""
    long: Annotated[list[int], Field(min_length=1)] = [1]
    least: Annotated[int, Field(ge=1)] = 1
    either: int | bool = 1
    even: int = 2
    several: list[int] | tuple[int, ...] | bool = True
    own_words: int = 1

    @field_validator("own_words")
    @classmethod
    def _is_one(cls, value: int) -> int:
        if value == 1:
            return value
        text = "Only one will do" if value else "IDs begin with 1"
        raise PydanticCustomError("only_one", text)

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd")
        return value


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("text", 5, "invalid type: found signed int `5`, expected a string"),
        ("number", "x", 'invalid type: found string "x", expected an integer'),
        ("number", 1.5, "invalid value float `1.5`, expected a valid integer"),
        ("ratio", [], "invalid type: found sequence, expected a number"),
        ("switch", "perhaps", 'invalid type: found string "perhaps", expected a boolean'),
        ("items", 5, "invalid type: found signed int `5`, expected a sequence"),
        ("items", {}, "invalid type: found map, expected a sequence"),
        ("pair", 5, "invalid type: found signed int `5`, expected a sequence"),
        ("pair", [1], "invalid length 1, expected at least 2 elements"),
        ("unique", 5, "invalid type: found signed int `5`, expected a sequence"),
        ("table", 5, "invalid type: found signed int `5`, expected a map"),
        ("table", [], "invalid type: found sequence, expected a map"),
        ("model", 5, "invalid type: found signed int `5`, expected a map"),
        ("model", {}, "missing field `url`"),
        ("raw", 5, "invalid type: found signed int `5`, expected bytes"),
        ("site", "x", 'invalid type: found string "x", expected a URL'),
        ("site", 5, "invalid type: found signed int `5`, expected a URL"),
        ("ident_number", "x", 'invalid type: found string "x", expected a UUID'),
        ("moment", "x", 'invalid type: found string "x", expected a datetime'),
        ("day", "x", 'invalid type: found string "x", expected a date'),
        ("hour", "x", 'invalid type: found string "x", expected a time'),
        ("span", "x", 'invalid type: found string "x", expected a duration'),
        ("price", "x", 'invalid type: found string "x", expected a number'),
        ("colour", "blue", "invalid value string \"blue\", expected 'red'"),
        ("folder", 5, "invalid type: found signed int `5`, expected a path"),
        ("short", "abc", "invalid length 3, expected at most 2 characters"),
        ("long", [], "invalid length 0, expected at least 1 item"),
        ("least", 0, "invalid value signed int `0`, expected a value greater than or equal to 1"),
        ("least", None, "invalid type: found option, expected an integer"),
        ("colour", {"a": 1}, "invalid type: found map, expected 'red'"),
        ("either", [], "invalid type: found sequence, expected an integer or a boolean"),
        ("even", 3, "invalid value signed int `3`: odd"),
        ("several", "x", 'invalid type: found string "x", expected a sequence or a boolean'),
        ("own_words", 2, "only one will do"),
        ("own_words", 0, "IDs begin with 1"),
    ],
)
def test_the_words_of_an_error(place: Place, key: str, value: Any, problem: str) -> None:
    """What was found, and what was expected: figment's kinds, its wording."""
    with pytest.raises(Error) as raised:
        Fields(**{key: value})
    assert str(raised.value.kind).startswith(problem)
    assert raised.value.path[0] == key


@pytest.mark.parametrize(
    ("toml", "keys"),
    [
        ("items = [1, 'x', 2, 'y']", ["default.items.1", "default.items.3"]),
        ("table = { a = 1, b = 'x' }", ["default.table.b"]),
        ("model = { url = 5, pool = 'x' }", ["default.model.url", "default.model.pool"]),
        ("models = [{ url = 'u' }, { pool = 1 }]", ["default.models.1"]),
        ("either = 'x'", ["default.either"]),
        ("pair = [1]", ["default.pair"]),
    ],
)
def test_the_place_of_an_error(place: Place, toml: str, keys: list[str]) -> None:
    """The key as the file spells it, down to elements; members of unions are no part of it."""
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    with pytest.raises(Error) as raised:
        Fields()
    assert [error.key for error in raised.value] == keys
    assert {str(error.metadata) for error in raised.value} == {"Rocket.toml TOML file"}


@pytest.mark.parametrize(
    ("variable", "key"),
    [("ROCKET_NUMBER", "NUMBER"), ("ROCKET_MODEL.POOL", "MODEL.POOL")],
)
def test_variables_are_named_as_they_are_spelled(place: Place, variable: str, key: str) -> None:
    """Without the prefix, as figment has it."""
    place.env(ROCKET_MODEL='{url="u"}')
    place.env(**{variable: "x"})
    with pytest.raises(Error) as raised:
        Fields()
    assert raised.value.key == key


@pytest.mark.parametrize(
    ("overrides", "help_"),
    [
        ({"number": "x"}, "write a whole number"),
        ({"model": {}}, "add the key `url`"),
        ({"port": "x"}, "write a whole number: from 0 to 65535"),
    ],
)
def test_the_remedy(place: Place, overrides: dict[str, Any], help_: str) -> None:
    """What to do about it, of users' keys as of Rocket's."""
    with pytest.raises(Error) as raised:
        Fields(**overrides)
    assert raised.value.help.startswith(help_)
