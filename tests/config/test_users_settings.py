"""`Config` and what users derive from it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr, ValidationError

from rocketpy import Config, Error
from rocketpy.config.keys.limits import Limits
from rocketpy.config.keys.log_level import LogLevel
from rocketpy.config.keys.table import KEYS
from rocketpy.config.keys.tls import MutualTls, TlsConfig
from rocketpy.config.sources import figment
from rocketpy.figment import Serialized

if TYPE_CHECKING:
    from tests.support import Place


class Database(BaseModel):
    """A nested model."""

    url: str
    pool: int = 5
    hosts: list[str] = []


class Settings(Config):
    """Keys of all sorts."""

    greeting: str = "Hello"
    tags: list[str] = Field(default=["a"], max_length=2)
    ratio: float = 0.5
    mode: Literal["fast", "slow"] = "fast"
    database: Database = Database(url="sqlite:")
    aliased: int = Field(default=1, alias="other_name")
    made: list[int] = Field(default_factory=lambda: [1])
    token: SecretStr = SecretStr("hunter2")
    opaque: object = Field(default_factory=object)
    nothing: str | None = None
    even: int | str = 2


def errors(settings: type[Config], **overrides: Any) -> list[Error]:
    """Return all errors that reading a configuration ends with."""
    with pytest.raises(Error) as raised:
        settings(**overrides)
    return list(raised.value)


def test_defaults(place: Place) -> None:
    """Without a file there are Rocket's defaults, and the user's own."""
    settings = Settings()
    assert settings.address == ip_address("127.0.0.1")
    assert (settings.port, settings.ident, settings.keep_alive) == (8000, "Rocket", 5)
    assert settings.log_level is LogLevel.NORMAL
    assert settings.limits == Limits({**settings.limits})
    assert (settings.greeting, settings.database.pool, settings.made) == ("Hello", 5, [1])
    assert settings.profile == "debug"
    assert not settings.tls_enabled
    assert not settings.mtls_enabled
    source = str(settings.figment.find_metadata("greeting"))
    assert re.fullmatch(r".*tests/config/test_users_settings\.py:\d+ Settings", source)


def test_the_file_and_the_environment(place: Place) -> None:
    """The user's keys come from where Rocket's come from; nested tables unite with defaults."""
    place.write(
        "Rocket.toml", "[default]\ngreeting = 'Hi'\nother_name = 3\n[default.database]\npool = 9\n"
    )
    place.env(ROCKET_PORT="81", ROCKET_RATIO="2.5")
    settings = Settings()
    assert (settings.greeting, settings.aliased, settings.ratio) == ("Hi", 3, 2.5)
    assert (settings.database.url, settings.database.pool) == ("sqlite:", 9)
    assert settings.port == 81
    assert str(settings.figment.find_metadata("greeting")) == "Rocket.toml TOML file"


def test_arguments_are_over_all(place: Place) -> None:
    """What code gives counts most, and has its line of code as its source."""
    place.env(ROCKET_PORT="81")
    settings = Settings(port=82, greeting="Hey")
    assert (settings.port, settings.greeting) == (82, "Hey")
    source = settings.figment.find_metadata("port")
    assert "test_users_settings.py:" in str(source)


def test_a_profile_can_be_asked_for(place: Place) -> None:
    """`load` reads for a profile, whatever ROCKET_PROFILE says."""
    place.write("Rocket.toml", "[staging]\nport = 83\n")
    assert Config.load("staging").port == 83
    assert Config.load("staging").profile == "staging"
    assert Config.load().port == 8000


def test_a_figment_of_ones_own(place: Place) -> None:
    """Any figment can be read, with layers that Rocket does not have."""
    layers = figment().merge(Serialized.globals({"port": 84}))
    assert Config(layers).port == 84


def test_tls(place: Place) -> None:
    """TLS is on where there are ciphers; mutual TLS where TLS is on and `tls.mutual` is set."""
    tls: dict[str, Any] = {"certs": "c.pem", "key": [1, 2]}
    plain = Config(tls=tls)
    assert (plain.tls_enabled, plain.mtls_enabled) == (True, False)
    assert repr(plain.tls) == "TlsConfig(certs=c.pem, key=[2 bytes], …)"
    assert isinstance(plain.tls, TlsConfig)
    mutual = Config(tls=tls | {"mutual": {"ca_certs": "a.pem"}})
    assert mutual.mtls_enabled
    assert mutual.tls is not None
    assert isinstance(mutual.tls.mutual, MutualTls)
    assert not Config(tls=tls | {"ciphers": []}).tls_enabled


def test_schema(place: Place) -> None:
    """Pydantic's own schema knows all keys."""
    assert {*KEYS, "greeting"} <= set(Settings.model_json_schema()["properties"])


def test_it_cannot_be_changed(place: Place) -> None:
    """A configuration is what it was read as."""
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"greeting": 5}, "invalid type: found signed int `5`, expected a string"),
        ({"ratio": "x"}, 'invalid type: found string "x", expected a number'),
        ({"tags": ["a", "b", "c"]}, "invalid length 3, expected at most 2 items"),
        ({"tags": [1]}, "invalid type: found signed int `1`, expected a string"),
        (
            {"mode": "odd"},
            "invalid value string \"odd\", expected 'fast' or 'slow'",
        ),
        ({"database": 5}, "invalid type: found signed int `5`, expected a map"),
        ({"database": {"pool": 1.5}}, "expected a valid integer"),
        ({"database": {"hosts": {}}}, "invalid type: found map, expected a sequence"),
        ({"mode": {"a": 1}}, "found map, expected 'fast' or 'slow'"),
        ({"even": []}, "invalid type: found sequence, expected an integer"),
    ],
)
def test_the_users_bad_values(place: Place, overrides: dict[str, Any], expected: str) -> None:
    """Pydantic's verdicts read as Rocket's do."""
    assert expected in str(errors(Settings, **overrides)[0].kind)


def test_places_of_the_users_bad_values(place: Place) -> None:
    """The key is named as its source spells it, down to elements of arrays."""
    place.write("Rocket.toml", "[default]\ntags = ['a', 5]\n[default.database]\npool = 'x'\n")
    assert {error.key for error in errors(Settings)} == {"default.tags.1", "default.database.pool"}


class Required(Config):
    """Keys without defaults."""

    name: str
    inner: Database


def test_missing(place: Place) -> None:
    """A key that must be there and is not is named; so is one in a table."""
    assert [str(error.kind) for error in errors(Required)] == [
        "missing field `name`",
        "missing field `inner`",
    ]
    place.write("Rocket.toml", "[default]\nname = 'x'\ninner = {}\n")
    [error] = errors(Required)
    assert str(error) == ('missing field `url` for key "default.inner" in Rocket.toml TOML file')


def test_all_errors_in_order(place: Place) -> None:
    """First Rocket's first; then the sources in their order, and each line by line."""
    place.write("Rocket.toml", "[default]\nworkers = 'x'\nport = 'x'\nratio = 'x'\n")
    place.env(ROCKET_LOG_LEVEL="loud")
    assert [error.key for error in errors(Settings)] == [
        "LOG_LEVEL",
        "default.workers",
        "default.port",
        "default.ratio",
    ]


def test_secrets_are_nowhere(place: Place) -> None:
    """Neither a configuration's text nor its errors hold a secret."""

    class Secretive(Config):
        dsn: SecretStr
        raw: SecretBytes = SecretBytes(b"hunter2")

    key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    given: dict[str, Any] = {"dsn": "hunter2", "secret_key": key}
    settings = Secretive(**given)
    assert "hunter2" not in repr(settings) + str(settings)
    assert key not in repr(settings)
    assert settings.dsn.get_secret_value() == "hunter2"
    assert "4711" not in str(errors(Secretive, dsn=4711)[0])
    assert "!!" not in str(errors(Secretive, dsn="x", secret_key="!" * 44)[0])
    place.write("Rocket.toml", '[default]\nsecret_key = "hunter2\n')
    assert "hunter2" not in str(errors(Secretive)[0])
