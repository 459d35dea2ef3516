"""Values, profiles, sources, errors: the small parts."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.figment import (
    Char,
    Empty,
    Error,
    Figment,
    Metadata,
    Profile,
    Serialized,
    Source,
    Tag,
    Toml,
    Unsigned,
    Value,
    loose,
    place,
)
from rocketpy.figment.decode import (
    REQUIRED,
    Field,
    Option,
    Struct,
    boolean,
    integer,
    loose_boolean,
    sequence,
    string,
    variant,
)
from rocketpy.figment.kind import actual, message, missing_field, unknown_variant
from rocketpy.figment.metadata import relative_path
from rocketpy.figment.profile import upper
from rocketpy.figment.render import lines
from rocketpy.figment.value import born

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support import Place


class Sig(StrEnum):
    """Some subclass of a text."""

    TERM = "term"


PARSED = st.recursive(
    st.booleans()
    | st.integers(0, 2**64 - 1).map(Unsigned)
    | st.integers(-(2**63), -1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.characters(exclude_categories=["Cs"]).map(Char),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(text=st.text())
@settings(max_examples=200, deadline=None)
def test_reading_a_variable_never_fails(text: str) -> None:
    """Any text is a value."""
    assert loose.parse(text) is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(Empty.NONE), ""),
        (Value(1e22), "1.0e+22"),
        (loose.parse("none"), "none"),
        (Value(float("inf")), "inf"),
        (Value({"a b": Value(1)}), '{"a b"=1}'),
    ],
)
def test_printing(value: Value, text: str) -> None:
    """What has no form of its own prints as near to it as there is."""
    assert loose.render(value) == text


@pytest.mark.parametrize("text", ["[" * 300 + "]" * 300, "{a=" * 300 + "1" + "}" * 300])
def test_what_is_too_deep_is_a_text(text: str) -> None:
    """Containers within too many others are not followed."""
    assert loose.parse(text) == Value(text)


@given(data=PARSED)
@settings(max_examples=200, deadline=None)
def test_what_is_printed_reads_as_it_was(data: Any) -> None:
    """Every value that a variable can give prints so that it reads the same."""
    value = born(data, None)
    assert loose.parse(loose.render(value)) == value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, Empty.NONE),
        (b"\x01", [Unsigned(1)]),
        (Sig.TERM, "term"),
        (Path("/a"), "/a"),
        ((1, 2), [1, 2]),
        (datetime.date(2026, 1, 2), {"$__toml_private_datetime": "2026-01-02"}),
        (Tag, None),
    ],
)
def test_values_are_born_of_plain_data(data: object, expected: object) -> None:
    """What a file could hold has a value; what none could has not."""
    if data is Tag:
        with pytest.raises(TypeError, match="cannot hold a type"):
            born(data, None)
        return
    assert born(data, None) == born(expected, None)


def test_values() -> None:
    """They compare by kind and data, print their data, have no hash, and become plain."""
    assert Value(1) != Value(Unsigned(1))
    assert Value(1) != 1
    assert repr(Value(1)) == "Value(1)"
    assert type(Value(Char("a")).plain()) is str
    assert type(Value(Unsigned(1)).plain()) is int
    assert Value(Empty.UNIT).plain() is None
    assert born({"$__toml_private_datetime": "no"}, None).plain() == "no"
    assert born({"a": {"b": [1]}}, None).find("a..b") == born({"b": [1]}, None)
    assert Value(1).find("a") is None


def test_tags_are_kept() -> None:
    """What has a tag keeps it; what has none gets it."""
    mine = Tag(Metadata("mine"), Profile("a"))
    other = Tag(Metadata("other"), Profile("b"))
    value = born({"x": Value([Value(1, mine)]), "y": 2}, other)
    assert value.data["x"].data[0].tag is mine
    assert value.data["x"].tag is other
    assert repr(mine.metadata) == "Metadata('mine')"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(Empty.NONE), "option"),
        (Value(Empty.UNIT), "unit"),
        (Value(True), "bool true"),
        (Value(False), "bool false"),
        (Value(1e300), "float `1" + "0" * 300 + "`"),
        (Value(1e-7), "float `0.0000001`"),
        (Value(-2.5e-7), "float `-0.00000025`"),
        (Value("a\u0301\t\0'\""), 'string "a\\u{301}\\t\\0\'\\""'),
        (Value("é\u200b"), 'string "é\\u{200b}"'),
        (Value({}), "map"),
    ],
)
def test_what_was_found(value: Value, text: str) -> None:
    """Values are described as Rust prints them."""
    assert str(actual(value)) == text


def test_kinds_without_values() -> None:
    """What a kind quotes can be left out."""
    assert str(message("a").redacted()) == "[redacted]"
    assert str(unknown_variant("x", ("a", "b")).redacted()) == (
        "unknown variant: found `[redacted]`, expected ``a` or `b``"
    )
    assert str(missing_field("x").redacted()) == "missing field `x`"


@pytest.mark.parametrize(
    ("decode", "data", "expected"),
    [
        (boolean, True, True),
        (boolean, 1, "found signed int `1`, expected a boolean"),
        (loose_boolean, "TRUE", True),
        (loose_boolean, 0, False),
        (loose_boolean, [], "found sequence, expected a boolean"),
        (string, 5, "found signed int `5`, expected a string"),
        (integer("u8", 0, 255), True, "found bool true, expected u8"),
        (integer("u8", 0, 255), 256, "invalid value signed int `256`, expected u8"),
        (variant("E", ("a",)), "a", "a"),
        (variant("E", ("a",)), "b", "unknown variant: found `b`, expected ``a``"),
        (variant("E", ("a",)), {"a": 1}, "found signed int `1`, expected unit"),
        (variant("E", ("a",)), {"b": 1}, "unknown variant: found `b`"),
        (variant("E", ("a",)), {}, "found map, expected enum"),
        (variant("E", ("a",)), 1, "found signed int `1`, expected enum E"),
        (sequence(string), ["a"], ["a"]),
        (sequence(string), "a", "expected a sequence"),
        (sequence(string), [1], "expected a string"),
        (Option(string), None, None),
        (Option(string), "a", "a"),
        (Struct("S", dict, {"a": Field(string)}), {"a": "x", "b": 1}, {"a": "x"}),
        (Struct("S", dict, {"a": Field(string)}), ["x", 1], {"a": "x"}),
        (
            Struct("S", dict, {"a": Field(string)}),
            [],
            "invalid length 0, expected struct S with 1 e",
        ),
        (Struct("S", dict, {"a": Field(string)}), [1], "expected a string"),
        (Struct("S", dict, {"a": Field(string, "d")}), [], {"a": "d"}),
        (Struct("S", dict, {"a": Field(string, "d")}), {}, {"a": "d"}),
        (Struct("S", dict, {"a": Field(string, REQUIRED)}), {}, "missing field `a`"),
        (Struct("S", dict, {"a": Field(string)}), 1, "expected struct S"),
    ],
)
def test_decoders(decode: Callable[[Value], Any], data: Any, expected: Any) -> None:
    """Each takes what serde would, and refuses the rest in its words."""
    try:
        assert decode(born(data, None)) == expected
    except Error as error:
        assert isinstance(expected, str)
        assert expected in str(error)  # noqa: PT017  (the table holds both outcomes)


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/a/b/c", "/a/b", "c"),
        ("/a/b", "/a/b/c", ".."),
        ("/a/./b", "/a", "b"),
        ("a", "/a", None),
        ("./a", "b", "../a"),
        ("/a", "/b/..", "../../a"),
        ("/b/c", "/b/..", None),
    ],
)
def test_relative_paths(path: str, base: str, expected: str | None) -> None:
    """A path seen from another, by their texts."""
    found = relative_path(path, base)
    assert found == (expected.replace("./", "", 1) if expected == "./a" else expected) or (
        path == "./a" and found is not None
    )


def test_sources() -> None:
    """Files are shown from here where that is shorter; code and others as they are."""
    assert Source("file", "/a/b/c").display("/a/b") == "c"
    assert Source("file", "/a").display("/b/c") == "/a"
    assert Source("code", "x.py:1").display() == "x.py:1"
    assert upper("straße é") == "STRAßE é"


def test_profiles() -> None:
    """Names compare and sort without ASCII case; other letters keep theirs."""
    assert [str(profile) for profile in sorted(map(Profile, "bAC"))] == ["A", "b", "C"]
    assert Profile("É") != Profile("é")
    assert Profile("a") != 1
    assert repr(Profile("A")) == "Profile('A')"
    assert Profile("Default").shown_as(Profile("x")).name == "default"
    assert Profile("Staging").shown_as(Profile("x")).name == "x"
    assert Profile("Dev").starts_with("DE")
    assert len({Profile("a"), Profile("A")}) == 1
    assert Profile.from_env_or("X", "y", {b" x ": b" z "}).name == " z "
    assert Profile.from_env_or("X", "y", {}).name == "y"


def test_places(place: Place) -> None:
    """An error's value has a place in a file; from elsewhere, or in a file that went, none."""
    return _places(place)


def _places(here: Place) -> None:
    file = here.write("a.toml", "[debug]\nlist = [\n  1,\n  2,\n]\nlong = '''\nx\n'''\r\n")
    figment = Figment.of(Toml.file("a.toml").nested()).select("debug")
    tag = figment.find("list").tag
    assert tag is not None
    found = place.find(tag, ("list", "1"))
    assert found is not None
    assert (found.line, found.column, found.width, found.text) == (4, 3, 1, "  2,")
    long = place.find(tag, ("long",))
    assert long is not None
    assert (long.line, long.width) == (6, 3)
    nearest = place.find(tag, ("none", "of", "these"))
    assert nearest is not None
    assert nearest.line == 1
    assert place.find(tag._replace(profile=Profile("other")), ("x",)) is None
    code = Figment.of(Serialized.defaults({"a": 1})).find("a").tag
    assert code is not None
    assert place.find(code, ("a",)) is None
    assert place.place(Error("x")) is None
    file.unlink()
    gone = Tag(Metadata("TOML file", Source("file", str(here.folder / "b.toml"))), Profile("a"))
    assert place.find(gone, ("a",)) is None
    assert place.place(Error("x", tag=gone, position=(1, 1))) is None
    assert "  --> " not in "\n".join(lines(Error("x", tag=gone, position=(1, 1))))


def test_a_key_in_a_flat_file(place: Place) -> None:
    """A file for one profile spells a key without the profile."""
    place.write("a.toml", "port = 'x'\n")
    figment = Figment.of(Toml.file("a.toml").for_profile("staging")).select("staging")
    with pytest.raises(Error, match=r'for key "port" in a\.toml'):
        figment.extract(integer("u16", 0, 1), "port")


def test_errors_without_a_place() -> None:
    """What an error does not know it does not print."""
    error = Error("it failed")
    assert (str(error), error.key, error.metadata) == ("it failed", None, None)
    assert list(lines(Error("it\nfailed", help="mend it"))) == ["it\n  failed", "   = mend it"]
