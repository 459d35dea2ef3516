"""A configuration as data: values, their origins, errors; without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rocketpy.config import sources
from rocketpy.config.dump import as_json, dump, provenance
from rocketpy.figment import Error, Figment, Serialized
from rocketpy.figment.value import Char, Empty, Value, born
from tests.support import Place


@pytest.mark.parametrize(
    ("data", "reported"),
    [
        (True, True),
        (1, 1),
        ("x", "x"),
        (1.0, {"$float": "1"}),
        (float("inf"), {"$float": "inf"}),
        (Char("c"), {"$char": "c"}),
        (Empty.NONE, {"$empty": "none"}),
        (Empty.UNIT, {"$empty": "unit"}),
        ([1, Char("c")], [1, {"$char": "c"}]),
        ({"b": 1, "a": {}}, {"a": {}, "b": 1}),
    ],
)
def test_values_as_json(data: Any, reported: Any) -> None:
    """What JSON has no form for is an object with a `$` key; keys are sorted."""
    assert as_json(born(data, None)) == reported


def test_where_values_are_from(place: Place) -> None:
    """The default, or the source with its place, the profile and the key as it is spelled."""
    place.write("Rocket.toml", "[default]\nport = 1\n[STAGING]\nident = 'x'\n")
    place.env(ROCKET_KEEP_ALIVE="1")
    found = dict(provenance(sources.figment("Staging").merge(Serialized.globals({"a.b": 1}))))
    assert found["address"] == "default"
    assert found["port"] == ["TOML file", "Rocket.toml", "default", "default.port"]
    assert found["ident"] == ["TOML file", "Rocket.toml", "Staging", "Staging.ident"]
    assert found["keep_alive"] == [
        "`ROCKET_` environment variable(s)",
        None,
        "global",
        "KEEP_ALIVE",
    ]
    assert found['"a.b"'][0] == "dict"


def test_a_value_without_a_tag_is_a_default() -> None:
    """No source gives it."""
    figment = Figment.of(Serialized({}))
    figment._values[figment.profile] = {"x": Value(1)}
    assert provenance(figment) == [("x", "default")]


def test_a_dump_of_what_can_be_used(place: Place) -> None:
    """The profile, the profiles, the merged values, their origins, the typed configuration."""
    mutual = "{ ca_certs = [1], mandatory = true }"
    place.write("Rocket.toml", f"[staging.tls]\ncerts = 'c'\nkey = 'k'\nmutual = {mutual}\n")
    found = dump(sources.figment("staging"))
    assert (found["result"], found["profile"]) == ("ok", "staging")
    assert found["profiles"] == ["default", "global", "staging"]
    config = found["config"]
    assert config["tls"]["certs"] == {"path": str(place.folder / "c")}
    assert config["tls"]["key"] == {"path": str(place.folder / "k")}
    assert config["tls"]["mutual"] == {"ca_certs": {"bytes": [1]}, "mandatory": True}
    assert (config["tls_enabled"], config["mtls_enabled"]) == (True, True)
    assert config["shutdown"]["signals"] == ["SIGTERM"]
    assert config["secret_key"] == {"display": "[zero]", "provided": False, "zero": True}
    json.dumps(found)


def test_a_dump_of_what_cannot_be_used(place: Place) -> None:
    """Every error as data: its kind, place and key, and beside them what to do."""
    place.write("Rocket.toml", "[default]\nport = 'x'\nworkers = -1\n")
    found = dump(sources.figment())
    assert found["result"] == "error"
    assert [error["key"] for error in found["errors"]] == ["default.port", "default.workers"]
    first = found["errors"][0]
    assert (first["kind"], first["path"], first["profile"]) == ("InvalidType", ["port"], "default")
    assert first["metadata"]["source"]["display"] == "Rocket.toml"
    assert found["display"].split("\n")[0] == first["display"]
    assert found["help"] == [
        "write a whole number: from 0 to 65535",
        "allowed: from 0 to 18446744073709551615",
    ]


def test_a_dump_of_a_file_that_is_no_toml(place: Place) -> None:
    """There is nothing merged then."""
    place.write("Rocket.toml", "not toml at all\n")
    found = dump(sources.figment())
    assert (found["profiles"], found["merged"], found["provenance"]) == (None, None, None)
    assert found["errors"][0]["key"] is None


def test_an_error_of_no_source() -> None:
    """What no source gives has no place."""
    found = dump(Figment())
    assert found["errors"][0]["metadata"] is None
    assert found["errors"][0]["text"] == "missing field `address`"


def test_a_dump_has_no_secrets(place: Place) -> None:
    """Neither by name, nor keys as bytes; they can be revealed."""
    tls = "[default.tls]\ncerts = 'c'\nkey = [7, 7, 7]\n"
    place.write("Rocket.toml", f"[default]\napi_key = 'hunter2'\nurl = 'db://u:hunter2@h'\n{tls}")
    hidden = json.dumps(dump(sources.figment()))
    shown = json.dumps(dump(sources.figment(), reveal=True))
    assert "hunter2" not in hidden
    assert "[7, 7, 7]" not in hidden
    assert shown.count("hunter2") == 2
    assert '"key": {"bytes": [7, 7, 7]}' in shown


@pytest.mark.parametrize("reveal", [False, True])
@pytest.mark.parametrize(
    "line", ["secret_key = 'hunter2'", "password = 'hunter2", "tls = 'a://b:hunter2@c'"]
)
def test_errors_in_a_dump_have_no_secrets(place: Place, line: str, reveal: bool) -> None:  # noqa: FBT001
    """Neither those of a value nor those of a line that is no TOML."""
    place.write("Rocket.toml", f"[default]\n{line}\n")
    reported = dump(sources.figment(), reveal=reveal)
    assert reported["result"] == "error"
    wanted = reveal and "secret_key" not in line
    assert ("hunter2" in json.dumps(reported["errors"])) is wanted


def test_dump_does_not_raise(place: Place) -> None:
    """Errors are part of the answer."""
    place.env(ROCKET_PORT="x")
    try:
        found = dump(sources.figment())
    except Error:  # pragma: no cover  (that is what is tested)
        pytest.fail("it raised")
    assert found["result"] == "error"
