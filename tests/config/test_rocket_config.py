"""`RocketConfig`: Rocket's keys without pydantic, read as `Config` reads them."""

from __future__ import annotations

import copy
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy import Config, Error, Limits, RocketConfig, SecretKey, ServiceConfig
from rocketpy import figment_of_service as service
from rocketpy.config.keys.table import KEYS
from rocketpy.config.report import report
from rocketpy.figment import Figment, Serialized, Toml

if TYPE_CHECKING:
    from tests.support import Place

BOTH: tuple[type[ServiceConfig], ...] = (RocketConfig, Config)


def values(config: ServiceConfig) -> dict[str, Any]:
    """Return the value of every key."""
    return {name: getattr(config, name) for name in KEYS}


def refused(kind: type[ServiceConfig], layers: Figment | None = None) -> str:
    """Return the report of what reading a configuration ends with."""
    with pytest.raises(Error) as raised:
        kind(layers)
    return report(raised.value)


def test_the_attributes_are_those_of_every_configuration() -> None:
    """The two classes have the keys of the table, and what all configurations have."""
    assert list(ServiceConfig.__annotations__)[:-1] == list(KEYS)
    assert list(Config.model_fields) == list(KEYS)
    for kind in BOTH:
        assert issubclass(kind, ServiceConfig)
    with pytest.raises(TypeError, match="abstract"):
        ServiceConfig()  # type: ignore[abstract]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[default]\nport = 81\nident = false\nlimits = {json = '5MB'}\n[global]\nhealth = false\n",
        "[default]\nlisten = ['127.0.0.1:0']\naccess_log = false\nkeep_alive = 0\nmore = [1]\n",
        "[default]\nworker_timeout = 5\ntls = {certs = 'a.pem', key = 'b.pem'}\n[x]\nport = 9\n",
    ],
)
def test_values(place: Place, text: str) -> None:
    """Both classes read the same values from the same sources, and say where these come from."""
    place.write("Rocket.toml", text)
    place.env(ROCKET_WORKERS="3")
    ours, theirs = RocketConfig(), Config()
    assert values(ours) == values(theirs)
    assert ours.figment.merged() == theirs.figment.merged()
    assert ours.figment_with_defaults(service()).merged() == ours.figment.merged()
    for key in ("workers", "ident"):
        assert str(ours.figment.find_metadata(key)) == str(theirs.figment.find_metadata(key))
    for name in ("profile", "tls_enabled", "mtls_enabled"):
        assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.parametrize(
    "text",
    [
        "[default]\nport = 'x'\naddress = 5\n[global]\nhealth = {port = -1}\nlisten = [5, 'x']\n",
        "[default]\nworker_timeout = 'a'\naccess_log = 'b'\nmetrics = 1\nsecret_key = 'c'\n",
        "[default]\ntls = {certs = 5}\nlimits = {json = 'many'}\nshutdown = {signals = ['x']}\n",
        "[default\nport = 5\n",
        "port = 5\n",
    ],
)
def test_errors(place: Place, text: str) -> None:
    """Both classes refuse the same sources with the same errors, in the same order."""
    place.write("Rocket.toml", text)
    place.env(ROCKET_KEEP_ALIVE="-1", ROCKET_PREVIOUS_SECRET_KEYS="[hunter2]")  # noqa: S106
    assert refused(RocketConfig) == refused(Config)
    assert "ROCKET_KEEP_ALIVE" in refused(RocketConfig)
    assert "hunter2" not in refused(RocketConfig)


def test_a_profile_can_be_asked_for(place: Place) -> None:
    """`load` reads for a profile, whatever ROCKET_PROFILE says."""
    place.write("Rocket.toml", "[staging]\nport = 83\n")
    loaded = RocketConfig.load("staging", workers=2)
    assert (loaded.profile, loaded.port, loaded.workers) == ("staging", 83, 2)
    assert RocketConfig.load().port == 8000


def test_layers_of_ones_own(place: Place) -> None:
    """A figment that lacks keys is read with their defaults."""
    assert RocketConfig(service().merge(Serialized.globals({"port": 84}))).port == 84
    assert values(RocketConfig(Figment())) == values(RocketConfig())
    assert refused(RocketConfig, Figment().merge(Toml.string("port = "))) == refused(
        Config, Figment().merge(Toml.string("port = "))
    )


def test_arguments_are_over_all(place: Place) -> None:
    """What code gives counts most, as data or as the attributes are; its source is its line."""
    place.env(ROCKET_PORT="81")
    given: dict[str, Any] = {
        "port": 82,
        "address": ip_address("::1"),
        "secret_key": SecretKey(bytes(31) + b"a"),
        "limits": Limits({"json": 5}),
    }
    config = RocketConfig(**given)
    assert values(config) == values(Config(**given))
    assert (config.port, config.address, config.limits["json"]) == (82, ip_address("::1"), 5)
    assert "test_rocket_config.py:" in str(config.figment.find_metadata("port"))
    with pytest.raises(TypeError, match="`_x` is no key: RocketConfig takes a figment"):
        RocketConfig(_x=1)


def test_it_cannot_be_changed(place: Place) -> None:
    """A configuration stays as it was read."""
    config = RocketConfig()
    with pytest.raises(AttributeError, match="`port` cannot be set"):
        config.port = 1
    with pytest.raises(AttributeError, match="`port` cannot be deleted"):
        del config.port
    assert config.port == 8000


def test_it_compares_copies_and_prints(place: Place) -> None:
    """Two readings are equal where the values are; no secret is printed."""
    config = RocketConfig(secret_key="0f" * 32)
    assert copy.deepcopy(config) == config == RocketConfig(secret_key="0f" * 32)
    assert copy.deepcopy(config).figment is config.figment
    assert hash(copy.copy(config)) == hash(config)
    assert config not in {RocketConfig(), Config(secret_key="0f" * 32)}
    assert repr(config).startswith("RocketConfig(address=IPv4Address('127.0.0.1'), port=8000, ")
    assert "0f0f" not in repr(config)


def test_keys_of_ones_own_need_the_other_class(place: Place) -> None:
    """A class that is derived from it would ignore the keys that it declares."""
    with pytest.raises(TypeError, match=r"Settings: .* derived from rocketpy\.Config"):
        type("Settings", (RocketConfig,), {})
