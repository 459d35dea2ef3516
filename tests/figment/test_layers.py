"""The figment: layers, profiles, the merge algebra and its laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.figment import (
    DEFAULT,
    GLOBAL,
    Env,
    Error,
    Figment,
    Metadata,
    Order,
    Profile,
    Serialized,
    Source,
    Toml,
)
from rocketpy.figment.coalesce import coalesce
from rocketpy.figment.decode import string, u16
from rocketpy.figment.providers.serialized import nest
from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support import Place

DATA = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
VALUES = DATA.map(lambda data: born(data, None))
TABLES = st.dictionaries(st.sampled_from("abcd"), DATA, max_size=4)
LAWFUL = settings(max_examples=100, deadline=None)


# -- laws ------------------------------------------------------------------------------------------


@given(table=TABLES, order=st.sampled_from(Order))
@LAWFUL
def test_an_empty_layer_changes_nothing(table: dict[str, Any], order: Order) -> None:
    """The empty table is the identity of every order, on both sides."""
    value, empty = born(table, None), born({}, None)
    assert coalesce(value, empty, order) == value
    assert coalesce(empty, value, order) == value


@given(one=VALUES, two=VALUES, three=VALUES, order=st.sampled_from([Order.JOIN, Order.MERGE]))
@LAWFUL
def test_layers_can_be_grouped_when_kinds_agree(
    one: Value, two: Value, three: Value, order: Order
) -> None:
    """Where a table meets only tables, it does not matter which two layers unite first."""
    tables = [born({"a": value.plain()}, None) for value in (one, two, three)]
    if len({isinstance(value.data, dict) for value in (one, two, three)}) == 1 and all(
        not isinstance(part, dict)
        for value in (one, two, three)
        if isinstance(value.data, dict)
        for part in value.plain().values()
    ):
        first, second, third = tables
        left = coalesce(coalesce(first, second, order), third, order)
        assert left == coalesce(first, coalesce(second, third, order), order)


@given(table=TABLES, order=st.sampled_from([Order.JOIN, Order.MERGE]))
@LAWFUL
def test_a_layer_twice_is_a_layer_once(table: dict[str, Any], order: Order) -> None:
    """Joining and merging are idempotent."""
    value = born(table, None)
    assert coalesce(value, value, order) == value


@given(one=VALUES, two=VALUES)
@LAWFUL
def test_joining_is_merging_the_other_way_round(one: Value, two: Value) -> None:
    """Who wins is the only difference."""
    assert coalesce(one, two, Order.JOIN) == coalesce(two, one, Order.MERGE)


@given(default=TABLES, debug=TABLES, everywhere=TABLES)
@LAWFUL
def test_global_dominates(
    default: dict[str, Any], debug: dict[str, Any], everywhere: dict[str, Any]
) -> None:
    """What `global` says counts, whatever the profile and the order of the layers."""
    layers = [
        Serialized(everywhere, GLOBAL),
        Serialized(debug, "debug"),
        Serialized(default, DEFAULT),
    ]
    for layered in (layers, layers[::-1]):
        figment = Figment().select("DEBUG")
        for layer in layered:
            figment = figment.merge(layer)
        merged = figment.merged()
        for key, value in born(everywhere, None).data.items():
            if not isinstance(value.data, dict):
                assert merged.data[key] == value


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.JOIN, {"a": [1], "d": {"x": 1, "y": 2}, "b": 2}),
        (Order.ADJOIN, {"a": [1, 2], "d": {"x": 1, "y": 2}, "b": 2}),
        (Order.MERGE, {"a": [2], "d": {"x": 2, "y": 2}, "b": 2}),
        (Order.ADMERGE, {"a": [1, 2], "d": {"x": 2, "y": 2}, "b": 2}),
    ],
)
def test_the_four_orders(order: Order, expected: dict[str, Any]) -> None:
    """Who wins, and whether arrays add."""
    figment = Figment.of(Serialized.defaults({"a": [1], "d": {"x": 1}}))
    method = getattr(figment, order.name.lower())
    added = method(Serialized.defaults({"a": [2], "d": {"x": 2, "y": 2}, "b": 2}))
    assert added.extract() == expected


# -- use -------------------------------------------------------------------------------------------


def figment() -> Figment:
    """Return one with three profiles."""
    return (
        Figment.of(Serialized.defaults({"port": 1, "db": {"url": "a"}, "plain": 5}))
        .merge(Serialized({"port": 2, "db": {"url": "b"}}, "debug"))
        .merge(Serialized.globals("g", "db.user"))
    )


def test_profiles() -> None:
    """One is selected at a time; names compare without case."""
    assert figment().profile == "default"
    assert [str(profile) for profile in figment().profiles] == ["debug", "default", "global"]
    assert figment().select("Debug").extract() == {
        "port": 2,
        "db": {"url": "b", "user": "g"},
        "plain": 5,
    }
    assert figment().select("Debug").profile.name == "Debug"


def test_focus() -> None:
    """A figment of what lies under a key, in every profile that has a table there."""
    focused = figment().select("debug").focus("db")
    assert focused.extract() == {"url": "b", "user": "g"}
    assert figment().focus("plain").extract() == {}


def test_find() -> None:
    """A value by its path; an error, and no metadata, where there is none."""
    found = figment()
    assert found.find("db.url").plain() == "a"
    assert "db.url" in found
    assert "db.none" not in found
    assert found.find_metadata("db.none") is None
    assert found.find_metadata("") is None
    assert "test_layers.py:" in str(found.find_metadata("port"))
    with pytest.raises(Error, match=r"missing field `db\.none`"):
        found.find("db.none")


def test_extract() -> None:
    """A decoder reads a part; its error names the whole path."""
    assert figment().extract(string, "db.url") == "a"
    with pytest.raises(Error) as raised:
        figment().extract(u16, "db.url")
    assert raised.value.path == ("db", "url")
    assert raised.value.key == "default.db.url"


def test_a_figment_provides_for_another() -> None:
    """Its values keep their sources, and its profile is selected."""
    inner = figment().select("debug")
    outer = Figment.of(Serialized.defaults({"port": 9})).merge(inner)
    assert outer.profile == "debug"
    assert outer.find("port").plain() == 2
    assert "test_layers.py:" in str(outer.find_metadata("port"))
    joined = Figment.of(Serialized.defaults({"port": 9})).join(inner)
    assert (str(joined.profile), joined.extract()["port"]) == ("default", 9)


class Failing:
    """A provider that cannot provide."""

    def __init__(self, name: str) -> None:
        self.name = name

    def metadata(self) -> Metadata:
        """Describe it."""
        return Metadata(self.name)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Fail."""
        raise Error("it failed")

    def selected(self) -> Profile | None:
        """Select nothing."""
        return None


def test_layers_that_fail() -> None:
    """Nothing can be had from the figment; every failure is reported, in order."""
    broken = figment().merge(Failing("one")).merge(Serialized.defaults({"a": 1}))
    broken = broken.merge(Failing("two"))
    assert broken.profiles == []
    assert "port" not in broken
    for use in (broken.merged, broken.data, broken.focus("db").merged):
        with pytest.raises(Error, match="it failed in one\nit failed in two"):
            use()
    assert str(Figment().merge(Failing("three")).metadata()) == "Default"


def test_what_no_configuration_can_hold() -> None:
    """Code may give what no file could: an error, when it is used."""
    for data, text in (({"a": object()}, "hold a object"), ({1: 2}, "a key must be a string")):
        with pytest.raises(Error, match=text):
            Figment.of(Serialized.defaults(data)).merged()
    with pytest.raises(Error, match="invalid type: found signed int `5`, expected map"):
        Figment.of(Serialized.defaults(5)).merged()


def test_spoken() -> None:
    """Every value that was given for a path, whichever counts."""
    heard = [(str(profile), value.plain()) for _, profile, value in figment().spoken("port")]
    assert heard == [("default", 1), ("debug", 2)]
    assert len(list(figment().layers())) == 3


# -- providers -------------------------------------------------------------------------------------


def test_nest() -> None:
    """A dotted key nests; an empty part ends it; a value may come tagged already."""
    assert nest("a.b", 1) == {"a": {"b": 1}}
    assert nest("a..b", 1) == {"a": 1}
    assert Figment.of(Serialized.defaults(born({"a": 1}, None))).extract() == {"a": 1}
    with pytest.raises(Error, match="found sequence, expected map"):
        Figment.of(Serialized.defaults(born([1], None))).merged()


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (Env.raw(), {"app_a": 1, "APP_b__c".lower(): 2, "other": 3}),
        (Env.prefixed("app_"), {"a": 1, "b__c": 2}),
        (Env.prefixed("APP_").split("__"), {"a": 1, "b": {"c": 2}}),
        (Env.prefixed("APP_").ignore("A"), {"b__c": 2}),
        (Env.prefixed("APP_").only("a"), {"a": 1}),
        (Env.prefixed("APP_").map(lambda name: f"x.{name}"), {"x": {"a": 1, "b__c": 2}}),
        (Env.prefixed("APP_").filter(lambda name: "_" in name), {"b__c": 2}),
        (Env.prefixed("APP_").lowercase(False), {"A": 1, "B__C": 2}),
    ],
)
def test_variables(env: Env, expected: dict[str, Any]) -> None:
    """What passes the filters, under which names."""
    variables = {b"APP_A": b"1", b"App_B__C": b"2", b"OTHER": b"3", b"APP_": b"4", b"APP_X.": b"5"}
    found = Figment.of(env.reading(variables)).extract()
    assert found == expected | ({"app_": 4} if "other" in expected else {})


def test_variables_of_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables can have a profile; they are the process's unless others are given."""
    monkeypatch.setenv("TOOL_PORT", "5")
    env = Env.prefixed("TOOL_").for_profile("debug")
    assert Figment.of(env).select("debug").extract() == {"port": 5}
    assert str(Figment.of(env.to_global()).find_metadata("port")) == (
        "`TOOL_` environment variable(s)"
    )


def test_toml(place: Place) -> None:
    """A file for a profile, a text, a file that is not there."""
    place.write("a.toml", "port = 1\n")
    assert Figment.of(Toml.file("a.toml")).extract() == {"port": 1}
    staged = Figment.of(Toml.file("a.toml").for_profile("staging")).select("staging")
    assert staged.extract() == {"port": 1}
    assert Figment.of(Toml.file("b.toml")).extract() == {}
    with pytest.raises(Error, match=r'for key "port" in a\.toml TOML file'):
        staged.extract(string, "port")
    with pytest.raises(Error, match=r"\(os error 21\)"):
        Figment.of(Toml(str(place.folder))).merged()
    assert str(Toml.string("").metadata()) == "TOML source string"
    assert str(Toml.file("b.toml").metadata()) == "TOML file"
    with pytest.raises(Error, match="TOML parse error at line 1"):
        Figment.of(Toml.string("port = ")).merged()


def test_a_working_directory_that_is_gone(place: Place) -> None:
    """Where there is no folder to search there is no file, and paths are shown whole."""
    gone = place.folder / "gone"
    gone.mkdir()
    import os

    os.chdir(gone)
    gone.rmdir()
    assert Toml.file("a.toml").path is None
    assert Source("file", "/a/b").display() == "/a/b"
    os.chdir(place.folder)
