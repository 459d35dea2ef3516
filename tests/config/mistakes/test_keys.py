"""Keys of files, at any depth, that nothing reads."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from rocketpy import Config
from rocketpy.config.mistakes.find import find_mistakes
from rocketpy.config.mistakes.keys import key_mistakes
from rocketpy.config.settings_shape import shape_of
from rocketpy.config.shape import ROCKET
from rocketpy.config.sources import figment
from rocketpy.figment import Figment, Serialized, Yaml
from tests.support import Place


class Pool(BaseModel):
    size: int = 5
    timeout: int = 1


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int = 1


class Database(BaseModel):
    url: str = ""
    pool: Pool = Pool()


class Settings(Config):
    greeting: str = "Hello"
    database: Database = Database()
    replicas: list[Database] = []
    named: dict[str, Pool] = {}
    anything: Open = Open()
    renamed: int = Field(default=1, alias="other_name")


ALIAS = "it is read by its alias alone"
SELECTED = "the profile is selected by ROCKET_PROFILE"
NONE = "nothing reads it; there are: size, timeout"

KEYS = [
    # what the file has                     | the key            | the remedy
    ("porrt = 1",                             "porrt",                "port"),
    ("log-level = 1",                         "log-level",            "log_level"),
    ("KeepAlive = 1",                         "KeepAlive",            "keep_alive"),
    ("PORT = 1",                              "PORT",                 "port"),
    ("greting = 1",                           "greting",              "greeting"),
    ("databse.url = 'x'",                     "databse",              "database"),
    ("renamed = 1",                           "renamed",              ALIAS),
    ("limits.jsn = 1",                        "limits.jsn",           "json"),
    ("limits.dataform = 1",                   "limits.dataform",      "data-form"),
    ("shutdown.grase = 1",                    "shutdown.grase",       "grace"),
    ("health.prot = 1",                       "health.prot",          "port"),
    ("tls = {certs = 'c', key = 'k', cipers = []}", "tls.cipers",           "ciphers"),
    ("tls.mutual.mandatry = true",            "tls.mutual.mandatry",  "mandatory"),
    ("database.ulr = 'x'",                    "database.ulr",         "url"),
    ("database.pool.sise = 1",                "database.pool.sise",   "size"),
    ("database.pool.max = 1",                 "database.pool.max",    NONE),
    ("replicas = [{url = 'a'}, {ulr = 'x'}]", "replicas.1.ulr",       "url"),
    ("named.a.sise = 1",                      "named.a.sise",         "size"),
    ("database.uri = 'x'",                    "database.uri",         "url"),
    ("database.pool.time = 1",                "database.pool.time",   "timeout"),
    ("database.pool_size = 1",                "database.pool_size",   "pool.size"),
    ("database_url = 'x'",                    "database_url",         "database.url"),
    ("limits_json = 1",                       "limits_json",          "limits.json"),
    ("'limits.json' = 1",                     "limits.json",          "limits.json"),
    ("tls_key = 'x'",                         "tls_key",              "tls.key"),
    ("shutdownGrace = 1",                     "shutdownGrace",        "shutdown.grace"),
    ("host = '::'",                           "host",                 "address"),
    ("max_threads = 4",                       "max_threads",          "max_blocking"),
    ("profile = 'release'",                   "profile",              SELECTED),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "remedy"), KEYS)
def test_unknown_keys(place: Place, text: str, key: str, remedy: str) -> None:
    """Rocket's and the user's, each with the place of the key, not of its value."""
    place.write("Rocket.toml", f"[default]\n  {text}\n")
    found = [one for one in key_mistakes(figment(), shape_of(Settings)) if one.text]
    [one] = found
    assert one.text == f"unknown key `default.{key}` in Rocket.toml TOML file"
    quoted = text.find(f"'{key}'")
    column = 3 + (text.index(key.rpartition(".")[2]) if quoted < 0 else quoted)
    assert one.where == f"Rocket.toml:2:{column}"
    assert one.help == (remedy if " " in remedy else f"did you mean `{remedy}`?")
    assert one.strict


@pytest.mark.parametrize(
    "text",
    [
        "other = 1",
        "other_name = 1",
        "greeting = 1",
        "greeting.text = 1",
        "anything.whatever = 1",
        "limits.'image/png' = 1",
        "limits.JSON = 1",
        "limits.uploads = 1",
        "named.whatever.size = 1",
        "database = 5",
        "log = 1",
        "shutdown = [true]",
    ],
)
def test_keys_that_are_no_mistake(place: Place, text: str) -> None:
    """Known ones, those that an open table may have, and unknown ones that are like no other."""
    place.write("Rocket.toml", f"[default]\n{text}\n")
    assert list(key_mistakes(figment(), shape_of(Settings))) == []


def test_only_profiles_that_count(place: Place) -> None:
    """Another profile's keys are looked at when it is selected."""
    place.write("Rocket.toml", "[other]\nporrt = 1\n[global]\nworkrs = 1\n")
    assert [one.text for one in key_mistakes(figment("debug"), ROCKET)] == [
        "unknown key `global.workrs` in Rocket.toml TOML file"
    ]
    assert len(list(key_mistakes(figment("other"), ROCKET))) == 2


def test_other_sources(place: Place) -> None:
    """The files of an application's own are gone through too; its code is no mistake."""
    place.write("app.yaml", "porrt: 1\n")
    layers = Figment.of(Serialized.defaults({"workrs": 1})).merge(Yaml.file("app.yaml"))
    [one] = find_mistakes(layers, ROCKET)
    assert (one.text, one.where) == (
        "unknown key `default.porrt` in app.yaml YAML file",
        "app.yaml:1:1",
    )


def test_nested_variables(place: Place) -> None:
    """A part that nothing reads, of a variable whose first part is read."""
    place.env(ROCKET_DATABASE__ULR="x")
    layers = figment(shape=shape_of(Settings), only_rocket=False)
    [one] = key_mistakes(layers, shape_of(Settings))
    assert one.text == "unknown key `DATABASE__ULR` in `ROCKET_` environment variable(s)"
    assert (one.where, one.help) == ("", "did you mean `ROCKET_DATABASE__URL`?")
    place.env(ROCKET_DATABASE__ULR="", ROCKET_DATABASE__POOL_SIZE="1", ROCKET_LIMITS__JSN="1")
    layers = figment(shape=shape_of(Settings), only_rocket=False)
    assert [one.help for one in key_mistakes(layers, shape_of(Settings))] == [
        "did you mean `ROCKET_DATABASE__POOL__SIZE`?",
        "did you mean `ROCKET_DATABASE__URL`?",
        "did you mean `ROCKET_LIMITS__JSON`?",
    ]
