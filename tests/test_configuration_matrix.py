"""The configuration matrix: profiles by sources by keys.

Every source that may give a key is on or off; the table says which one counts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy import Config
from rocketpy.config.keys.limits import Limits

if TYPE_CHECKING:
    from tests.support import Place

KEYS: dict[str, tuple[Any, list[str]]] = {
    # key: (its default, a value for each source, from the weakest to the strongest)
    "port": (8000, ["1001", "1002", "1003", "1004", "1005", "1006", "1007"]),
    "keep_alive": (5, ["11", "12", "13", "14", "15", "16", "17"]),
    "max_blocking": (512, ["1", "2", "3", "4", "5", "6", "7"]),
    "ident": ("Rocket", ['"A"', '"B"', '"C"', '"D"', '"E"', '"F"', '"G"']),
    "log_level": ("normal", ['"off"', '"debug"', '"off"', '"debug"', '"off"', '"debug"', '"off"']),
    "cli_colors": (True, ["false", "true", "false", "true", "false", "true", "false"]),
}  # fmt: skip

SOURCES = [
    # where                     | table      | counts for these profiles
    ("Rocket.toml",              "default",    {"debug", "staging", "default", "GLOBAL"}),
    ("profiles/default.toml",    None,         {"debug", "staging", "default", "GLOBAL"}),
    ("Rocket.toml",              "staging",    {"staging"}),
    ("profiles/staging.toml",    None,         {"staging"}),
    ("Rocket.toml",              "global",     {"debug", "staging", "default", "GLOBAL"}),
    ("profiles/global.toml",     None,         {"debug", "staging", "default", "GLOBAL"}),
    ("environment",              None,         {"debug", "staging", "default", "GLOBAL"}),
]  # fmt: skip

PROFILES = ["debug", "staging", "default", "GLOBAL"]
NUMBERS = range(len(SOURCES))
SPEAKING = [
    on for count in (0, 1, 2, len(SOURCES)) for on in itertools.combinations(NUMBERS, count)
]
"""None, each alone, each pair, all: the order of a chain is that of its pairs."""


def lay_out(place: Place, speaking: tuple[int, ...]) -> None:
    """Make some sources give every key."""
    files: dict[str, str] = {"Rocket.toml": ""}
    for number in speaking:
        where, table, _ = SOURCES[number]
        pairs = {key: values[number] for key, (_, values) in KEYS.items()}
        if where == "environment":
            place.env(**{f"ROCKET_{key.upper()}": value for key, value in pairs.items()})
            continue
        head = f"[{table}]\n" if table else ""
        lines = "".join(f"{key} = {value}\n" for key, value in pairs.items())
        files[where] = files.get(where, "") + head + lines
    for name, text in files.items():
        place.write(name, text)


def plain(text: str) -> Any:
    """Return the Python value of an entry of the table."""
    return {"true": True, "false": False}.get(text) if text in {"true", "false"} else (
        text.strip('"') if text.startswith('"') else int(text)
    )  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "speaking", SPEAKING, ids=["+".join(map(str, on)) or "none" for on in SPEAKING]
)
def test_who_counts(place: Place, profile: str, speaking: tuple[int, ...]) -> None:
    """Of the sources that give a key for a profile, the last in the table wins, for every key."""
    lay_out(place, speaking)
    place.env(ROCKET_PROFILE=profile)
    config = Config()
    counting = [number for number in speaking if profile in SOURCES[number][2]]
    for key, (default, values) in KEYS.items():
        expected = plain(values[counting[-1]]) if counting else default
        assert getattr(config, key) == expected, key
        origin = config.figment.find_metadata(key)
        assert origin is not None
        where = SOURCES[counting[-1]][0] if counting else None
        shown = origin.source.display() if origin.source else None
        assert shown == (None if where == "environment" else where), key


def test_tables_unite(place: Place) -> None:
    """A table has the keys of all sources; each value is from the source of highest precedence."""
    place.write("Rocket.toml", "[default.limits]\njson = 1\nfile = 1\n[global.limits]\nfile = 2\n")
    place.write("profiles/debug.toml", "limits = { form = 3, json = 3 }\n")
    place.env(ROCKET_LIMITS="{bytes=4}")
    found = Config().limits
    assert (found["json"], found["file"], found["form"], found["bytes"]) == (3, 2, 3, 4)
    assert found["string"] == Limits.defaults()["string"]
