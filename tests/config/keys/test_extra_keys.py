"""The keys that Rocket does not have."""

from __future__ import annotations

from typing import Any

import pytest

import rocketpy
from rocketpy.config.dump import dump
from rocketpy.config.keys.extra_keys import Health, health_of, listen_of, worker_timeout_of

OLD = "8Xui8SN4mI+7egV/9dlfYYLGQJeEx4+DwmSQLwDVXJg="


def test_defaults(place: Any) -> None:
    """They have defaults, which no dump shows."""
    config = rocketpy.Config()
    assert health_of(config) is config.health
    assert (config.health, config.metrics, config.access_log) == (Health(), False, None)
    assert config.previous_secret_keys == []
    merged = dump(config.figment)["merged"]
    assert not {"health", "metrics", "access_log", "previous_secret_keys"} & set(merged)


def test_given(place: Any) -> None:
    """They are read from all that Rocket's are read from."""
    place.write("Rocket.toml", f"[default]\nmetrics = true\nprevious_secret_keys = ['{OLD}']\n")
    place.env(ROCKET_HEALTH="{port=9000}", ROCKET_ACCESS_LOG="json")
    config = rocketpy.Config()
    assert config.health == Health(enabled=True, port=9000)
    assert (config.metrics, config.access_log) == (True, "json")
    assert [key.provided for key in config.previous_secret_keys] == [True]
    assert OLD not in repr(config)


@pytest.mark.parametrize("off", ["false", '"off"'])
def test_off(place: Any, off: str) -> None:
    """`false` turns off what can be off."""
    place.write("Rocket.toml", f"[default]\nhealth = false\naccess_log = {off}\n")
    config = rocketpy.Config()
    assert (config.health.enabled, config.access_log) == (False, "off")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('access_log = "xml"', "unknown variant: found `xml`, expected `one of `rocket`"),
        ("access_log = true", "invalid type: found bool true, expected a string"),
        ('health = "yes"', 'invalid type: found string "yes", expected struct Health'),
        ("health.port = 70000", 'expected u16 for key "default.health.port"'),
        ('metrics = "yes"', 'invalid type: found string "yes", expected a boolean'),
        ('previous_secret_keys = ["abc"]', "previous_secret_keys"),
    ],
)
def test_refused(place: Any, line: str, text: str) -> None:
    """What cannot be used is refused as Rocket's keys are."""
    place.write("Rocket.toml", f"[default]\n{line}\n")
    with pytest.raises(rocketpy.Error) as refused:
        rocketpy.Config()
    assert text in str(refused.value)


def test_near_miss_is_none(place: Any) -> None:
    """They are known keys: no warning says that they may be misspelt."""
    place.write("Rocket.toml", "[default]\nmetrics = true\nhealth = true\naccess_log = 'off'\n")
    done = place.run("check", "--strict")
    assert "did you mean" not in done.stdout + done.stderr


def test_users_key_of_the_same_name(place: Any) -> None:
    """A subclass may have a key of that name that means something else."""

    class Settings(rocketpy.Config):
        health: str = "fair"  # type: ignore[assignment]

    assert Settings().health == "fair"
    assert health_of(Settings()) == Health()
    place.write("Rocket.toml", '[default]\nhealth = "good"\n')
    assert Settings().health == "good"


@pytest.mark.parametrize(
    ("entry", "address", "port"),
    [
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("[::1]:8000", "::1", 8000),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
        ("[::]:0", "::", 0),
    ],
)
def test_listen_on_an_address(place: Any, entry: str, address: str, port: int) -> None:
    """An address and a port; IPv6 stands in brackets."""
    place.write("Rocket.toml", f"[default]\nlisten = ['{entry}']\n")
    [found] = listen_of(rocketpy.Config())
    assert (str(found.address), found.port, found.text) == (address, port, entry)
    assert (found.path, found.descriptor) == (None, None)


@pytest.mark.parametrize(
    ("entry", "mode", "owner"),
    [
        ('"unix:x.sock"', None, None),
        ('{ unix = "x.sock" }', None, None),
        ('{ unix = "x.sock", mode = "0660", owner = "www:staff" }', 0o660, "www:staff"),
        ('{ unix = "x.sock", mode = 0o600, owner = 1000 }', 0o600, "1000"),
    ],
)
def test_listen_on_a_unix_socket(
    place: Any, entry: str, mode: int | None, owner: str | None
) -> None:
    """A path, which is relative to the file, with permissions and an owner."""
    place.write("Rocket.toml", f"[default]\nlisten = [{entry}]\n")
    [found] = listen_of(rocketpy.Config())
    assert found.path == str(place.folder / "x.sock")
    assert (found.mode, found.owner, found.address) == (mode, owner, None)


def test_listen_on_a_descriptor(place: Any) -> None:
    """A listener that is open already."""
    place.write("Rocket.toml", "[default]\nlisten = ['fd:3']\n")
    assert listen_of(rocketpy.Config())[0].descriptor == 3


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("5", "invalid type: found signed int `5`, expected a string"),
        ("'127.0.0.1'", "invalid place to listen"),
        ("'localhost:80'", "invalid place to listen"),
        ("'::1:80'", "invalid place to listen"),
        ("'[127.0.0.1]:80'", "invalid place to listen"),
        ("'127.0.0.1:65536'", "invalid place to listen"),
        ("'127.0.0.1:x'", "invalid place to listen"),
        ("'unix:'", "invalid place to listen"),
        ("'fd:x'", "invalid place to listen"),
        (f"'unix:/{'x' * 107}'", "path too long for a socket"),
        ("{ unix = 'x', mode = '0999' }", "invalid permissions"),
        ("{ unix = 'x', mode = 0o1000 }", "invalid permissions"),
        ("{ unix = 'x', mode = true }", "found bool true, expected permissions"),
        ("{ unix = 'x', owner = true }", "found bool true, expected a string"),
        ("{ mode = 0o600 }", "missing field `unix`"),
    ],
)
def test_places_that_are_refused(place: Any, entry: str, text: str) -> None:
    """What names no place to listen is refused with its line."""
    place.write("Rocket.toml", f"[default]\nlisten = [{entry}]\n")
    with pytest.raises(rocketpy.Error) as refused:
        rocketpy.Config()
    assert text in str(refused.value)


@pytest.mark.parametrize(("given", "seconds"), [("false", None), ("0", None), ("7", 7)])
def test_worker_timeout(place: Any, given: str, seconds: int | None) -> None:
    """Seconds; 0 and `false` are none."""
    place.write("Rocket.toml", f"[default]\nworker_timeout = {given}\n")
    assert worker_timeout_of(rocketpy.Config()) == seconds


def test_users_keys_of_these_names(place: Any) -> None:
    """Where `listen` and `worker_timeout` mean something else, the server does not read them."""

    class Settings(rocketpy.Config):
        listen: str = "jazz"  # type: ignore[assignment]
        worker_timeout: bool = True

    assert listen_of(Settings()) == []
    assert worker_timeout_of(Settings()) is None
