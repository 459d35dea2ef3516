"""Profiles that are written and not selected, or selected and not written."""

from __future__ import annotations

import pytest

from rocketpy.config.mistakes.profiles import deprecated_profiles, profile_mistakes
from rocketpy.config.sources import figment
from tests.support import Place

TABLES = ("limits", "tls", "shutdown", "database")


def reported(profile: str | None = None) -> list[tuple[str, str, str]]:
    """Return the text, the place and the remedy of every mistake."""
    found = profile_mistakes(figment(profile), TABLES)
    return [(one.text, one.where, one.help) for one in found]


@pytest.mark.parametrize("profile", ["debug", "RELEASE", "default", "Global", "staging", "other"])
def test_selected_profiles_that_are_there(place: Place, profile: str) -> None:
    """The four that need not be written, a table's, a file's."""
    place.write("Rocket.toml", "[Staging]\n")
    place.write("profiles/other.toml", "")
    assert reported(profile) == []


def test_a_selected_profile_that_is_nowhere(place: Place) -> None:
    """It is named, with the one that was meant, or with all that there are."""
    place.write("Rocket.toml", "[staging]\n")
    text = "the profile `stagin` is selected, and nothing is written for it"
    assert reported("stagin") == [(text, "", "did you mean `staging`?")]
    [(_, _, remedy)] = reported("eu")
    assert remedy == "there are: debug, default, global, release, staging"


TABLES_OF = [
    # the table     | what it was meant for, if it is a mistake
    ("relase",        "[release]"),
    ("defualt",       "[default]"),
    ("Relaese",       "[release]"),
    ("globl",         "[global]"),
    ("debugg",        "[debug]"),
    ("limits",        "[default.limits]"),
    ("Tls",           "[default.tls]"),
    ("limit",         "[default.limits]"),
    ("databse",       "[default.database]"),
    ("staging",       None),
    ("release",       None),
    ("release-eu",    None),
    ("debug2",        None),
    ("production",    None),
    ("eu",            None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "meant"), TABLES_OF)
def test_tables_that_are_meant_otherwise(place: Place, name: str, meant: str | None) -> None:
    """A misspelt profile, or a key's table that is therefore a profile; not where selected."""
    place.write("Rocket.toml", f"# comment\n[{name}]\nport = 1\n")
    expected = [
        (
            f"the table `[{name}]` is a profile, and it is not selected",
            "Rocket.toml:2:2",
            f"did you mean `{meant}`?",
        )
    ]
    assert reported("debug") == (expected if meant else [])
    assert reported(name) == []


def test_a_table_in_the_file_of_a_profile(place: Place) -> None:
    """The file is flat: its profile, and `default`, are keys in it."""
    place.write("Rocket.toml", "")
    place.write("profiles/staging.toml", "[staging]\nport = 1\n[default]\nport = 1\n[limits]\n")
    remedy = "the file is all for the profile staging: write its keys without a table"
    assert reported("staging") == [
        (
            "the table `[staging]` in staging.toml is a key that nothing reads",
            "profiles/staging.toml:1:2",
            remedy,
        ),
        (
            "the table `[default]` in staging.toml is a key that nothing reads",
            "profiles/staging.toml:3:2",
            remedy,
        ),
    ]


@pytest.mark.parametrize("name", ["Staging", "release", "OTHER", "Default"])
@pytest.mark.parametrize("file", ["staging", "default"])
def test_tables_of_profiles_in_a_file_of_one(place: Place, file: str, name: str) -> None:
    """Whatever its case, and also in the file of `default`; a key's table is none."""
    place.write("Rocket.toml", "[other]\n[staging]\n")
    place.write(f"profiles/{file}.toml", f"[{name}]\nport = 1\n[database]\n")
    [(text, where, _)] = reported("staging")
    assert text == f"the table `[{name}]` in {file}.toml is a key that nothing reads"
    assert where == f"profiles/{file}.toml:1:2"


def test_a_profile_within_a_profile(place: Place) -> None:
    """Profiles stand at the top."""
    place.write("Rocket.toml", "[default.release]\nport = 1\n[default.limits]\n")
    assert reported("debug") == [
        (
            "the table `[default.release]` is a key that nothing reads",
            "Rocket.toml:1:10",
            "profiles stand at the top of the file: did you mean `[release]`?",
        )
    ]


def test_a_profile_that_is_abbreviated(place: Place) -> None:
    """The start of a name is near to it."""
    place.write("Rocket.toml", "[production]\n")
    [(_, _, remedy)] = reported("prod")
    assert remedy == "did you mean `production`?"


def test_deprecated_profiles(place: Place) -> None:
    """Rocket warns of each that begins so; those that have a new name are refused."""
    place.write("Rocket.toml", "[development]\n[prod]\n[staging]\n[device]\n")
    found = [(one.text, one.where, one.strict) for one in deprecated_profiles(figment())]
    assert found == [
        ("deprecated profile `development`", "Rocket.toml:1:2", True),
        ("deprecated profile `device`", "Rocket.toml:4:2", False),
        ("deprecated profile `prod`", "Rocket.toml:2:2", True),
        ("deprecated profile `staging`", "Rocket.toml:3:2", False),
    ]
