"""Values read by their types: `extract` and `extract_inner` of `rocketpy.Figment`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Any, NewType

import pytest
from pydantic import BaseModel, Field, SecretStr

import rocketpy
from rocketpy import Config, Error, Figment, RelativePath
from rocketpy.figment import Serialized, Toml
from rocketpy.figment import figment as plain
from rocketpy.figment.decode import u16
from tests.support import Place


class Database(BaseModel):
    url: str
    password: SecretStr = SecretStr("")
    pool: int = 5


@dataclass
class Pair:
    url: str
    pool: int = 1


class Mode(enum.Enum):
    FAST = "fast"


Port = NewType("Port", int)

TEXT = """\
[default]
mode = "fast"
ports = [80, "443"]
folder = "data"
[default.db]
url = "x"
pool = 9
"""


@pytest.fixture
def layers(place: Place) -> Figment:
    """Return the layers of a file."""
    place.write("app.toml", TEXT)
    return Figment.of(Toml.file("app.toml").nested())


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        (Database, "db", Database(url="x", pool=9)),
        (Pair, "db", Pair("x", 9)),
        (dict[str, Any], "db", {"url": "x", "pool": 9}),
        (list[int], "ports", [80, 443]),
        (int, "db.pool", 9),
        (Port, "db.pool", 9),
        (int | str, "db.url", "x"),
        (Annotated[int, Field(ge=1)], "db.pool", 9),
        (Mode, "mode", Mode.FAST),
        (Any, "mode", "fast"),
        (u16, "db.pool", 9),
    ],
)
def test_types(layers: Figment, kind: Any, path: str, expected: Any) -> None:
    """Whatever pydantic validates, and decoders as before."""
    assert layers.extract_inner(kind, path) == expected
    assert layers.extract(kind, path) == expected


def test_the_whole(layers: Figment) -> None:
    """Without a path, and without a type."""

    class Whole(BaseModel):
        db: Database

    assert layers.extract(Whole).db.pool == 9
    assert layers.extract()["db"]["pool"] == 9


def test_a_path_is_relative_to_its_file(layers: Figment, place: Place) -> None:
    """As in a class of settings."""
    folder = layers.extract_inner(RelativePath, "folder")
    assert folder.resolved == str(place.folder / "data")


def test_a_class_of_settings(place: Place) -> None:
    """It is read from the layers; what it has is typed too."""

    class Settings(Config):
        db: Database

    place.write("Rocket.toml", TEXT)
    settings = rocketpy.figment_of_service(Settings).extract(Settings)
    assert settings.db.url == "x"
    assert settings.figment.extract_inner(Database, "db").pool == 9
    bare = plain.Figment.of(Serialized.defaults({"db": {"url": "y"}}))
    made: Any = Settings
    assert made(bare).figment.extract_inner(Database, "db").url == "y"


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        (int, "mode", 'for key "default.mode" in app.toml TOML file'),
        (list[int], "db", "expected a sequence"),
        (int, "missing", "missing field `missing`"),
        (Mode, "db.url", 'for key "default.db.url"'),
    ],
)
def test_errors(layers: Figment, kind: Any, path: str, words: str) -> None:
    """They name the key and the file, with the path before the type's own keys."""
    with pytest.raises(Error) as raised:
        layers.extract_inner(kind, path)
    assert words in str(raised.value)


def test_all_errors_and_no_secrets(place: Place) -> None:
    """Every one is reported; a value of a secret type is not."""
    place.write("app.toml", "[default.db]\npassword = [4711]\npool = 'many'\n")
    with pytest.raises(Error) as raised:
        Figment.of(Toml.file("app.toml").nested()).extract_inner(Database, "db")
    assert [error.key for error in raised.value] == [
        "default.db",
        "default.db.password",
        "default.db.pool",
    ]
    assert "4711" not in str(raised.value)


def test_none_of_a_variable(place: Place) -> None:
    """The word `none` is None where that is a value; in quotes it is a text."""

    class Inner(BaseModel):
        url: str | None = "x"

    class Settings(Config):
        limit: int | None = 5
        name: str | None = "x"
        text: str = "x"
        inner: Inner = Inner()
        many: list[int | None] = []

    place.env(
        ROCKET_LIMIT="none",
        ROCKET_NAME=" none ",
        ROCKET_TEXT="none",
        ROCKET_INNER__URL="none",
        ROCKET_MANY="[1, none]",
        ROCKET_IDENT="none",
    )
    settings = Settings()
    assert (settings.limit, settings.name, settings.text) == (None, None, "none")
    assert (settings.inner.url, settings.many, settings.ident) == (None, [1, None], "none")
    place.env(ROCKET_NAME='"none"')
    assert Settings().name == "none"
    place.env(ROCKET_LIMIT="None")
    with pytest.raises(Error, match="expected an integer"):
        Settings()
