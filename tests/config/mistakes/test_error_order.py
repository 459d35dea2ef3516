"""Which error is reported first, and in which order the others follow."""

from __future__ import annotations

import pytest

from rocketpy import Config, Error
from rocketpy.config import sources
from rocketpy.config.dump import dump
from rocketpy.config.keys import table as keys
from rocketpy.config.mistakes.error_order import in_order
from rocketpy.figment import Figment
from tests.support import Place


class Own(Config):
    alpha: int = 1
    zeta: int = 1


def reported(place: Place, files: dict[str, str], **variables: str) -> list[str | None]:
    """Return the keys of all errors in the order in which they are reported."""
    for name, text in files.items():
        place.write(name, text)
    place.env(**variables)
    with pytest.raises(Error) as raised:
        Own.load("debug")
    return [error.key for error in raised.value]


FILE = "Rocket.toml"


@pytest.mark.parametrize(
    ("files", "variables", "expected"),
    [
        (
            # Rocket's own first, by name; then line by line, users' keys among Rocket's.
            {FILE: "[default]\nzeta = 'x'\nworkers = 'x'\nport = 'x'\nalpha = 'x'\n"},
            {},
            ["default.port", "default.zeta", "default.workers", "default.alpha"],
        ),
        (
            # Users' keys alone: line by line.
            {FILE: "[default]\nzeta = 'x'\nalpha = 'x'\n"},
            {},
            ["default.alpha", "default.zeta"],
        ),
        (
            # On one line, by column.
            {FILE: "default = { zeta = 'x', workers = 'x', address = 'x', alpha = 'x' }\n"},
            {},
            ["default.address", "default.zeta", "default.workers", "default.alpha"],
        ),
        (
            # Source by source, in the order in which they are read.
            {FILE: "[global]\nworkers = 'x'\n", "profiles/debug.toml": "zeta = 'x'\nport = 'x'\n"},
            {"ROCKET_ALPHA": "x", "ROCKET_KEEP_ALIVE": "x"},
            ["KEEP_ALIVE", "global.workers", "zeta", "port", "ALPHA"],
        ),
        (
            # All of a table, what is missing last; the rest after it.
            {FILE: "[default]\nalpha = 'x'\n[default.tls]\nmutual = {}\nkey = 5\n"},
            {},
            ["default.tls.key", "default.alpha", "default.tls", "default.tls.mutual"],
        ),
    ],
)
def test_the_order_of_errors(
    place: Place, files: dict[str, str], variables: dict[str, str], expected: list[str]
) -> None:
    """The one that Rocket stops at; then as the files have them."""
    assert reported(place, files, **variables) == expected


def test_one_error_is_itself() -> None:
    """There is nothing to sort, and no file to look into."""
    error = Error("one", ("port",))
    assert in_order([error], Figment()) is error
    assert list(error) == [error]


def test_errors_of_no_layer_come_last() -> None:
    """A place that no layer knows is behind those that some know; a whole file has no key."""
    figment = Figment.of(keys.Defaults())
    nowhere = Error("nowhere", ("x",))
    known = Error("known", ("y",), tag=figment.find("port").tag)
    first = Error("first", ("port",))
    whole = Error("whole")
    chained = in_order([whole, nowhere, known, first], figment)
    assert list(chained) == [first, known, whole, nowhere]


def test_a_syntax_error_does_not_hide_other_sources(place: Place) -> None:
    """The file's error comes first, then what is wrong elsewhere; nothing is called missing."""

    class Settings(Config):
        needed: int
        count: int = 1

    place.write("Rocket.toml", "[default\n")
    place.write("profiles/debug.toml", "port = 70000\n")
    place.write("profiles/global.toml", "port: 1\n")
    place.env(ROCKET_COUNT="x", ROCKET_WORKERS="-1")
    for _ in range(2):  # reading changes none of the errors that a figment holds
        with pytest.raises(Error) as raised:
            Settings.load()
        reported = [error.display().split("\n")[0] for error in raised.value]
        assert reported[:2] == [
            "TOML parse error at line 1, column 9",
            "TOML parse error at line 1, column 5",
        ]
        assert [text.split(" for key ")[1].split(" in ")[0] for text in reported[2:]] == [
            '"port"',
            '"COUNT"',
            '"WORKERS"',
        ]
    dumped = dump(sources.figment("debug"))
    assert [error["key"] for error in dumped["errors"]] == [None, None, "port", "WORKERS"]
