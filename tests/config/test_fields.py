"""The values of a class's fields, and the places where the fields stand."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from pydantic import SecretStr, create_model

from rocketpy import Config, SecretKey
from rocketpy.config import fields, settings_shape, sources
from rocketpy.figment import Error
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from tests.support import Place


class Parent(Config):
    greeting: str = "Hello"


class Child(Parent):
    """More than fields stand in a class."""

    other: int = 1

    def twice(self) -> int:
        return 2 * self.other

    last: int = 2


class Twin:
    """Has the name of another class, and none of its fields."""


class Outer:
    class Twin(Config):
        """The one that has the field."""

        deep: int = 1


def test_the_line_of_a_field() -> None:
    """A field of a parent stands in the parent's class; of two classes of a name, one has it."""
    with open(__file__, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for field, kind in (
        ("greeting", Child),
        ("other", Child),
        ("last", Child),
        ("greeting", Parent),
        ("deep", Outer.Twin),
    ):
        source = fields.field_line(kind, field)
        assert source is not None
        line = lines[int(source.display().rpartition(":")[2]) - 1]
        assert line.strip().startswith(f"{field}: ")


def test_a_field_without_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program makes, or has no file, or is no field, stands in no line."""
    made = create_model("Made", __base__=Config, greeting=(str, "Hello"))
    made.__module__ = __name__
    assert fields.field_line(made, "greeting") is None
    assert fields.field_line(Parent, "nothing") is None
    monkeypatch.setitem(sys.modules, "without_file", ModuleType("without_file"))
    elsewhere = type("Elsewhere", (), {"__annotations__": {"x": int}, "__module__": "without_file"})
    assert fields.field_line(elsewhere, "x") is None
    with pytest.raises(KeyError):
        settings_shape.original_type(Parent, "nothing")


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("default", "data"),
    [
        (SecretStr("x"), "x"),
        (SecretKey(bytes(range(64))), [*range(64)]),
        (Point(1, 2), {"x": 1, "y": 2}),
    ],
)
def test_defaults_as_data(default: Any, data: Any) -> None:
    """A default of any type reads as a file would write it."""
    assert fields.as_data(default) == data


def test_values_of_no_source_are_the_weakest(place: Place) -> None:
    """Of two spellings of a key, the one with a source counts."""
    layers = sources.figment()
    merged = {"one": Value(1), "port": layers.merged().data["port"]}
    assert fields._rank(layers, merged, "one") < fields._rank(layers, merged, "port")


def test_a_date_of_toml(place: Place) -> None:
    """A date is a date also where the field says nothing of its type."""

    class Settings(Config):
        when: Any = None

    place.write("Rocket.toml", "[default]\nwhen = 2024-02-29\n")
    assert str(Settings().when) == "2024-02-29"


def test_layers_that_cannot_be_merged(place: Place) -> None:
    """Errors are put in order also where a source cannot be used."""
    from rocketpy.config.mistakes.error_order import in_order

    place.write("Rocket.toml", "[default\n")
    error = Error("wrong")
    assert list(in_order([error], sources.figment())) == [error]
