"""The keys that Rocket does not have."""

from __future__ import annotations

from typing import Any

import pytest

import rocketpy
from rocketpy.config.dump import dump
from rocketpy.config.keys.extra_keys import Health, health_of

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
