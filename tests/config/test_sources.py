"""Where a configuration comes from: the file, its overlays, the environment."""

from __future__ import annotations

import os

import pytest

from rocketpy import Config
from rocketpy.config import sources
from rocketpy.config.keys.table import DEFAULT_PROFILE
from rocketpy.figment import Error, Profile
from tests.support import Place


def origin(config: Config, key: str) -> str:
    """Return the source of a key as errors name it."""
    return str(config.figment.find_metadata(key))


@pytest.mark.parametrize(
    "folders",
    [["."], [".."], ["../.."], [".", ".."], ["..", "../.."]],
    ids=" then ".join,
)
def test_the_nearest_file_counts(place: Place, folders: list[str]) -> None:
    """It is sought in the working directory and in those above it."""
    for port, folder in enumerate(folders):
        place.write(f"{folder}/Rocket.toml", f"[default]\nport = {port}\n")
    assert Config().port == 0


def test_without_a_file_there_are_defaults(place: Place) -> None:
    """No file is no error; a folder of that name is no file."""
    (place.folder / "Rocket.toml").mkdir()
    config = Config()
    assert (config.port, origin(config, "port")) == (8000, "rocket::Config::default()")


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("variable", ["ROCKET_CONFIG", "rocket_config"])
def test_rocket_config_names_another_file(place: Place, variable: str, absolute: bool) -> None:  # noqa: FBT001
    """Relative ones are sought upwards too; the white space around is cut off."""
    place.write("Rocket.toml", "[default]\nport = 1\n")
    path = place.write("../other/My.toml", "[default]\nport = 2\n")
    place.env(**{variable: f" {path if absolute else 'other/My.toml'} "})
    config = Config()
    assert (config.port, origin(config, "port").split()[0]) == (2, "../other/My.toml")


@pytest.mark.parametrize("name", ["missing.toml", "", "/nowhere/at/all.toml"])
def test_a_named_file_that_is_not_there_says_nothing(place: Place, name: str) -> None:
    """`Rocket.toml` is not read in its place; neither are overlays."""
    place.write("Rocket.toml", "[default]\nport = 1\n")
    place.write("profiles/debug.toml", "port = 2\n")
    place.env(ROCKET_CONFIG=name)
    assert Config().port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "profile"),
    [
        ("OTHER", "x", DEFAULT_PROFILE),
        ("ROCKET_PROFILE", "Staging", "Staging"),
        ("rocket_profile", "Staging", "Staging"),
        ("ROCKET_PROFILE", "", ""),
        ("ROCKET_PROFILE", " padded ", " padded "),
        ("ROCKET_PROFILE", '"quoted"', '"quoted"'),
    ],
)
def test_the_profile_is_taken_as_it_is(
    place: Place, variable: str, value: str, profile: str
) -> None:
    """Raw: neither trimmed nor unquoted; its name is no key of the configuration."""
    place.env(**{variable: value})
    config = Config()
    assert config.profile == profile
    assert "profile" not in config.figment


@pytest.mark.parametrize("asked", ["staging", "STAGING", Profile("Staging")])
def test_a_profile_that_is_asked_for_counts(place: Place, asked: str | Profile) -> None:
    """Over what ROCKET_PROFILE says, in any case."""
    place.write("Rocket.toml", "[Staging]\nport = 1\n")
    place.env(ROCKET_PROFILE="other")
    assert Config(sources.figment(asked)).port == 1


OVERLAYS = [
    # the profile | the overlay's name   | whether it counts
    ("staging",    "staging.toml",         True),
    ("Staging",    "sTAGING.TOML",         True),
    ("staging",    "default.toml",         True),
    ("staging",    "global.toml",          True),
    ("default",    "default.toml",         True),
    ("global",     "Global.toml",          True),
    ("staging",    "debug.toml",           False),
    ("staging",    "staging.toml.bak",     False),
    ("staging",    "staging",              False),
    ("staging",    "x/staging.toml",       False),
    ("x/staging",  "x/staging.toml",       False),
    ("../b/x",     "../x.toml",            False),
    ("",           ".toml",                True),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "name", "counts"), OVERLAYS)
def test_overlays_of_profiles(place: Place, profile: str, name: str, counts: bool) -> None:  # noqa: FBT001
    """Files of the profiles that count, in any case, and of no folder but `profiles`."""
    place.write("Rocket.toml", "")
    place.write(f"profiles/{name}", "port = 7\n")
    assert Config.load(profile).port == (7 if counts else 8000)


@pytest.mark.parametrize("text", ["not toml at all\n", "port = 'x'\n"])
def test_overlays_that_do_not_count_are_not_read(place: Place, text: str) -> None:
    """Errors in the file of another profile do no harm; in that of the selected one they do."""
    place.write("Rocket.toml", "")
    place.write("profiles/other.toml", text)
    assert Config().port == 8000
    with pytest.raises(Error, match=r"profiles/other\.toml TOML file"):
        Config.load("other")


def test_overlays_need_a_file_beside_them(place: Place) -> None:
    """They stand beside the file that was found, wherever that is."""
    place.write("profiles/debug.toml", "port = 1\n")
    assert Config.load("debug").port == 8000
    assert sources.overlays(None, Profile("debug")) == []
    place.write("../Rocket.toml", "")
    assert Config.load("debug").port == 8000
    place.write("../profiles/debug.toml", "port = 2\n")
    assert Config.load("debug").port == 2


@pytest.mark.parametrize("target", ["profiles", "nowhere"], ids=["a loop", "nowhere"])
def test_a_folder_that_cannot_be_read(place: Place, target: str) -> None:
    """It is an error that names the folder, as a file that cannot be read is."""
    place.write("Rocket.toml", "[default]\nport = 'x'\n")
    (place.folder / "profiles").symlink_to(target)
    for run in (place.run("check"), place.run("check", "--all-profiles")):
        assert run.returncode == 78
        assert "in profiles folder" in run.stderr
        assert "must be readable" in run.stderr
        assert "Traceback" not in run.stderr


def test_a_file_in_the_place_of_the_folder_is_no_error(place: Place) -> None:
    """Without a folder there are no overlays."""
    path = place.write("Rocket.toml", "")
    place.write("profiles", "")
    assert sources.overlays(str(path), Profile("debug")) == []


@pytest.mark.parametrize(
    ("variable", "value", "key", "read"),
    [
        ("ROCKET_PORT", "1", "port", 1),
        ("rocket_port", "1", "port", 1),
        ("ROCKET_IDENT", "false", "ident", None),
        ("ROCKET_IDENT", "plain words", "ident", "plain words"),
        ("ROCKET_SHUTDOWN", "{grace=9}", "shutdown.grace", 9),
        ("ROCKET_SHUTDOWN.GRACE", "9", "shutdown.grace", 9),
        ("ROCKET_LIMITS", '{json="1kB"}', "limits.json", "1kB"),
    ],
)
def test_variables_are_loose_toml(
    place: Place, variable: str, value: str, key: str, read: object
) -> None:
    """Names in any case, dots nest; `ROCKET_` is cut off."""
    place.env(**{variable: value})
    config = Config()
    found = config.figment.find(key).plain()
    assert (found if read is not None else config.ident) == read
    assert origin(config, key) == "`ROCKET_` environment variable(s)"


def test_nothing_raises_before_it_is_used(place: Place) -> None:
    """A file that is no TOML is the figment's error, when a value is read."""
    place.write("Rocket.toml", "not toml at all\n")
    figment = sources.figment()
    with pytest.raises(Error, match=r"Rocket\.toml TOML file"):
        figment.find("port")


def test_a_folder_that_is_gone(place: Place) -> None:
    """In a working directory that was removed there are the defaults."""
    gone = place.folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        assert Config().port == 8000
    finally:
        os.chdir(place.folder)
