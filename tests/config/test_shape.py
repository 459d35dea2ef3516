"""What may stand under a key, as the types of a class say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pytest
from pydantic import BaseModel, Field, Json
from typing_extensions import TypeAliasType

from rocketpy.config.shape import JsonText, Shape, hints_of

if TYPE_CHECKING:
    from decimal import Decimal

JSON: Any = Json
Alias = TypeAliasType("Alias", Annotated[JSON[int], Field(gt=1)])


class Inner(BaseModel):
    size: int = 1


@pytest.mark.parametrize(
    "kind",
    [
        JSON,
        JSON[int],
        Annotated[JSON[int], "x"],
        Annotated[int, JSON()],
        Alias,
        JSON[int] | None,
    ],
)
def test_a_text_that_holds_json(kind: Any) -> None:
    """In whatever way a type says it; it is a text for the source, not what the text holds."""
    assert JsonText in Shape(kind).kinds


def test_elements_are_under_the_key_of_their_list() -> None:
    """What may stand in an element is found under the list's own key."""
    shape = Shape(list[JSON[int] | Inner])
    assert JsonText in shape.kinds
    assert shape.at("size") is not None


class Base(NamedTuple):
    first: Inner
    second: Decimal


@dataclass
class Parent:
    first: Inner
    second: Decimal


@dataclass
class Derived(Parent):
    third: int


@pytest.mark.parametrize("kind", [Base, Parent, Derived])
def test_annotations_that_only_a_type_checker_can_resolve(kind: type) -> None:
    """Anything may be their value; the others of the class and of its parents are as they are."""
    hints = hints_of(kind)
    assert hints["first"] is Inner
    assert hints["second"] is Any
    assert hints.get("third", int) is int
    shape = Shape(kind)
    assert shape.names["first"].shape.at("size") is not None
    assert shape.names["first"].shape.at("other") is None
    assert shape.at("second") is not None
