"""An application with layers of its own: Rocket's `rocket::custom`."""

from __future__ import annotations

import json

import pytest

import rocketpy
from rocketpy.figment import Json, Serialized
from tests.support import Place

APP = """\
import rocketpy
from rocketpy.figment import Json

class Settings(rocketpy.Config):
    greeting: str = "Hello"

layers = rocketpy.figment_of_service(Settings).merge(Json.file("extra.json"))
app = rocketpy.App(Settings, figment=layers)
"""


class Settings(rocketpy.Config):
    greeting: str = "Hello"
    tables: dict[str, int] = {}


def test_layers_of_the_service_and_others(place: Place) -> None:
    """What is merged counts more than files, and less than what is global."""
    place.write("Rocket.toml", "[default]\nport = 1\ngreeting = 'file'\n")
    place.env(ROCKET_WORKERS="3", ROCKET_TABLES__A="5")
    layers = rocketpy.figment_of_service(Settings)
    layers = layers.merge(Serialized.default("port", 2)).join(Serialized.default("ident", "x"))
    layers = layers.merge(Serialized.default("workers", 9))
    app = rocketpy.App(Settings, figment=layers)
    assert (app.config.port, app.config.greeting, app.config.ident) == (2, "file", "Rocket")
    assert (app.config.workers, app.config.tables) == (3, {"a": 5})
    assert __file__ in str(app.config.figment.find_metadata("port"))


def test_layers_without_the_service(place: Place) -> None:
    """Only what is given is read."""
    place.env(ROCKET_PORT="1")
    layers = rocketpy.Figment.of(Json.string('{"greeting": "Hi"}'))
    app = rocketpy.App(Settings, figment=layers)
    assert (app.config.greeting, app.config.port) == ("Hi", 8000)


def test_the_profile_is_selected(place: Place) -> None:
    """By the variable, or by the caller."""
    place.write("Rocket.toml", "[staging]\nport = 1\n")
    assert rocketpy.figment_of_service(profile="staging").find("port").plain() == 1
    place.env(ROCKET_PROFILE="staging")
    assert rocketpy.App(figment=rocketpy.figment_of_service()).config.port == 1


def test_a_configuration_that_has_been_read(place: Place) -> None:
    """It has its layers already."""
    place.write("Rocket.toml", "")
    with pytest.raises(TypeError, match="has been read"):
        rocketpy.App(Settings(), figment=rocketpy.figment_of_service())


def test_errors_name_the_source(place: Place) -> None:
    """Those of other sources are reported as the service's are."""
    place.write("extra.json", '{\n  "port": 70000\n}')
    with pytest.raises(rocketpy.Error) as raised:
        rocketpy.App(figment=rocketpy.figment_of_service().merge(Json.file("extra.json")))
    assert 'for key "default.port" in extra.json JSON file' in str(raised.value)


def test_the_command_reads_the_same(place: Place) -> None:
    """`config` and `check` see the layers that the application has, for every profile."""
    place.write("app.py", APP)
    place.write("extra.json", '{"greeting": "from json"}')
    place.write("Rocket.toml", "[staging]\nident = 'x'\n")
    assert place.run("config", "get", "greeting").stdout == "from json\n"
    assert place.run("config", "get", "ident", "--profile", "staging").stdout == "x\n"
    place.write("extra.json", '{"greeting": "from json", "port": 70000}')
    checked = place.run("check")
    assert checked.returncode == 78
    assert "extra.json:1:35" in checked.stderr
    place.write("extra.json", '{"greeting": "from json", "greting": 1}')
    checked = place.run("check", "--strict", "--profile", "staging")
    assert checked.returncode == 78
    assert "unknown key `default.greting` in extra.json JSON file --> extra.json:1:27" in (
        checked.stderr
    )
    dumped = json.loads(place.run("config", "dump").stdout)
    assert dumped["merged"]["greeting"] == "from json"
