"""Files that are not read though they were meant to be."""

from __future__ import annotations

import pytest

from rocketpy.config.mistakes import files
from rocketpy.config.mistakes.files import file_mistakes
from tests.support import Place


def reported() -> list[tuple[str, str]]:
    """Return the text and the place of every mistake."""
    return [(one.text, one.where) for one in file_mistakes("debug")]


def test_nothing_is_wrong(place: Place) -> None:
    """Without a file, and with one and its overlays, nothing is said."""
    assert reported() == []
    place.write("Rocket.toml", "")
    place.write("profiles/debug.toml", "")
    place.write("Cargo.toml", "")
    place.write("Rocket.toml.example", "")
    place.write("profiles/README.md", "")
    assert reported() == []


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("missing.toml", "which is not there"),
        ("folder", "which is a folder"),
        ("link", "which is a link that leads to no file"),
    ],
)
def test_the_named_file(place: Place, name: str, state: str) -> None:
    """ROCKET_CONFIG names something that is no file."""
    place.write("folder/x", "")
    (place.folder / "link").symlink_to("gone")
    place.env(ROCKET_CONFIG=name)
    assert reported() == [(f"ROCKET_CONFIG names `{name}`, {state}, so no file is read", "")]


def test_the_named_file_is_misspelt(place: Place) -> None:
    """A file with almost that name is named."""
    place.write("conf/Service.toml", "")
    place.env(ROCKET_CONFIG="conf/Servce.toml")
    [one] = file_mistakes("debug")
    assert one.help == "did you mean `conf/Service.toml`?"
    place.write("etc/Rocket.toml", "")
    place.env(ROCKET_CONFIG="etc")
    [one] = file_mistakes("debug")
    assert one.help == "did you mean `etc/Rocket.toml`?"
    place.env(ROCKET_CONFIG="~/Rocket.toml")
    [one] = file_mistakes("debug")
    assert one.help == "write the whole path: `~` is the shell's word"
    place.env(ROCKET_CONFIG=" ")
    [one] = file_mistakes("debug")
    assert one.text == "ROCKET_CONFIG is empty, so no file is read"


@pytest.mark.parametrize(
    "name", ["rocket.toml", "ROCKET.TOML", "Rocket.tml", "Rocket.toml.txt", "rocket.yaml"]
)
def test_another_name(place: Place, name: str) -> None:
    """A file that was meant to be Rocket.toml."""
    place.write(name, "")
    [one] = file_mistakes("debug")
    assert (one.text, one.help) == (
        f"the file `{name}` is not read",
        "its name must be `Rocket.toml`" + (", and its text TOML" if "yaml" in name else ""),
    )


def test_what_is_in_its_place(place: Place) -> None:
    """A folder of that name, or a link that leads nowhere."""
    (place.folder / "Rocket.toml").mkdir()
    assert reported() == [("`Rocket.toml` is not read: it is a folder", "Rocket.toml")]
    (place.folder / "Rocket.toml").rmdir()
    (place.folder / "Rocket.toml").symlink_to("gone")
    assert reported() == [
        ("`Rocket.toml` is not read: it is a link that leads to no file", "Rocket.toml")
    ]


@pytest.mark.parametrize(
    ("here", "why"),
    [
        (None, "there is none in the working folder"),
        ("profiles/debug.toml", "`profiles` here is not read"),
        ("rocket.toml", "`rocket.toml` here is not read"),
        ("Rocket.toml/", "`Rocket.toml` here is a folder"),
    ],
)
def test_from_a_folder_above(place: Place, here: str | None, why: str) -> None:
    """It is read, and it is said."""
    place.write("../Rocket.toml", "")
    if here:
        place.write(f"{here}x" if here.endswith("/") else here, "")
    text = f"the configuration is taken from a folder above: {why}"
    assert reported() == [(text, "../Rocket.toml")]
    place.env(ROCKET_CONFIG=str(place.folder.parent / "Rocket.toml"))
    assert reported() == []


def test_beside_the_file(place: Place) -> None:
    """What is meant to be the file of a profile, and is not."""
    place.write("Rocket.toml", "")
    place.write("profiles/debug.yaml", "")
    place.write("profiles/release.toml.txt", "")
    place.write("Profile/debug.toml", "")
    place.write("profiles/Debug", "")
    place.write("profiles/relase.toml", "")
    place.write("profiles/release-eu.toml", "")
    assert reported() == [
        ("`Debug` is not read", "profiles/Debug"),
        ("the file `debug.yaml` is not read", "profiles/debug.yaml"),
        ("the file `relase.toml` is of a profile that is not selected", "profiles/relase.toml"),
        ("the file `release.toml.txt` is not read", "profiles/release.toml.txt"),
        ("the folder `Profile` is not read", "Profile"),
    ]


def test_profiles_is_a_file(place: Place) -> None:
    """It cannot hold files."""
    place.write("Rocket.toml", "")
    place.write("profiles", "")
    assert reported() == [("`profiles` is a file", "profiles")]
    (place.folder / "profiles").unlink()
    (place.folder / "profiles").symlink_to("profiles")
    assert reported() == []  # that is an error


def test_folders_that_cannot_be_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with almost the name of profiles/ counts only if it has files of profiles."""
    place.write("Rocket.toml", "")
    place.write("Profiles/README.md", "")
    place.write("profile", "")
    assert reported() == []
    assert files._names(str(place.folder / "none")) == []
    gone = place.folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert reported() == []


def test_profiles_without_a_file(place: Place) -> None:
    """The folder is read beside a file alone, which may be empty."""
    place.write("profiles/debug.toml", "")
    [one] = file_mistakes("debug")
    assert one.text == "the folder `profiles` is not read: there is no `Rocket.toml` beside it"
    assert (one.where, one.help) == ("profiles", "write a `Rocket.toml`; it may be empty")
