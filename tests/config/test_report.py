"""Errors as a person reads them, and keys that are likely misspelt."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from rocketpy import Config, Error
from rocketpy.config import report, sources
from rocketpy.figment import Figment, Serialized
from rocketpy.figment.value import Value
from tests.support import Place


def told(settings: type[Config] = Config, *, reveal: bool = False) -> str:
    """Return the report of what reading a configuration ends with."""
    with pytest.raises(Error) as raised:
        settings()
    return report.report(raised.value, reveal=reveal)


def test_every_error_has_its_line_and_its_remedy(place: Place) -> None:
    """Its text, its line with a caret, what to do."""
    place.write("Rocket.toml", "[default]\nport = 70000\ntemp_dir = [\n1,\n]\nsecret_key = 'abc'\n")
    place.env(ROCKET_WORKERS="x")
    text = told()
    assert text.startswith(
        "Error: Failed to extract valid configuration.\n"
        '   >> invalid value signed int `70000`, expected u16 for key "default.port" in '
        "Rocket.toml TOML file\n"
        "         --> Rocket.toml:2:8\n"
        "          |\n"
        "        2 | port = 70000\n"
        "          |        ^^^^^\n"
        "         = allowed: from 0 to 65535\n"
    )
    assert "        3 | temp_dir = [\n          |            ^\n" in text
    assert "secret_key = [redacted]\n" in text
    assert "abc" not in text
    assert 'for key "WORKERS"' in text


def test_a_file_that_is_no_toml(place: Place) -> None:
    """It is told with its line; secrets on it only when they are revealed."""
    place.write("Rocket.toml", "[default]\ntoken = 'abc\n")
    with pytest.raises(Error) as raised:
        sources.figment().merged()
    assert "'abc" in report.report(raised.value, reveal=True)
    assert "'abc" not in report.report(raised.value)
    assert "--> Rocket.toml:2:" in report.report(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "dsn = 4711",
        "dsn = [\n  1,\n  4711 ]",
        "dsns = [\n  'x',\n  4711,\n]",
        "table = { dsn = 4711 }",
        "port = 'x' # {\nsecret_key = 4711",
    ],
)
def test_lines_of_secrets_are_not_quoted(
    place: Place, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Secrets by name and by type, one or several, on the error's line."""

    class Settings(Config):
        dsn: SecretStr = SecretStr("")
        dsns: list[SecretStr] = []
        table: dict[str, SecretStr] = {}

    place.write("Rocket.toml", f"[default]\n{text}\n")
    found = told(Settings)
    assert "--> Rocket.toml:" in found
    assert "4711" not in found
    assert "[redacted]" in found


NEAR = [
    # what the file has          | what it is told as
    ("[default]\nporrt = 1\n",    ["default.porrt", "Rocket.toml TOML file", "port", 2]),
    ("[default]\nlog-level = 1",  ["default.log-level", "Rocket.toml TOML file", "log_level", 2]),
    ("[default]\ngreting = 1",    ["default.greting", "Rocket.toml TOML file", "greeting", 2]),
    ("[global]\nKeepAlive = 1",   ["global.KeepAlive", "Rocket.toml TOML file", "keep_alive", 2]),
    ("[default]\ngreeting = 1",   None),
    ("[default]\nother = 1",      None),
    ("[other]\nporrt = 1",        None),
    ("[default.tls]\ncert = 1",   None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "miss"), NEAR)
def test_keys_that_are_nearly_known(place: Place, text: str, miss: list[object] | None) -> None:
    """Rocket's keys and the user's, in the profiles that count."""
    place.write("Rocket.toml", text)
    found = list(report.near_misses(sources.figment(), ["greeting"]))
    if miss is None:
        assert found == []
        return
    [one] = found
    key, origin, known, line = miss
    assert str(one) == f"unknown key `{key}` in {origin}: did you mean `{known}`?"
    assert one.where == f"Rocket.toml:{line}:{str(text.splitlines()[1]).index('=') + 3}"


def test_variables_that_are_nearly_known(place: Place) -> None:
    """They have no place."""
    place.env(ROCKET_KEEP_ALIV="1")
    [one] = report.near_misses(sources.figment())
    assert (one.key, one.known, one.where) == ("KEEP_ALIV", "keep_alive", "")


@pytest.mark.parametrize(
    ("text", "profile", "expected"),
    [
        ("[limits]\njson = 1\n", "debug", ["[limits] [default.limits]"]),
        ("[tls]\n[shutdown]\n", "debug", ["[tls] [default.tls]", "[shutdown] [default.shutdown]"]),
        ("[tls]\ncerts = 'c'\n", "tls", []),
        ("[debug.tls]\n", "debug", []),
    ],
)
def test_profiles_that_are_keys(place: Place, text: str, profile: str, expected: list[str]) -> None:
    """A table at the top of `Rocket.toml` is a profile: who writes `[tls]` means another."""
    place.write("Rocket.toml", text)
    found = list(report.near_misses(sources.figment(profile)))
    assert [f"{one.key} {one.known}" for one in found] == expected
    assert {one.where for one in found} <= {"Rocket.toml"}


def test_code_may_name_its_profiles_as_it_likes() -> None:
    """A layer without a place is nobody's mistake, nor is a value without a source."""
    figment = Figment.of(Serialized({"a": 1}, "tls", metadata=Serialized({}).metadata()))
    assert [one.key for one in report.near_misses(figment)] == ["[tls]"]
    figment._values[figment.profile] = {"porrt": Value(1)}
    assert [one.key for one in report.near_misses(figment)] == ["[tls]"]
