"""The table of Rocket's keys, and their defaults."""

from __future__ import annotations

import os
from typing import Any

import pytest

from rocketpy import Config
from rocketpy.config.keys import table as keys
from rocketpy.config.keys.limits import Limits
from rocketpy.config.keys.shutdown import Shutdown
from rocketpy.figment import Error, Figment
from rocketpy.figment.value import born
from tests.support import Place


def test_the_table_is_the_classes() -> None:
    """`Config` has Rocket's keys, in Rocket's order, then ours, and each is described."""
    assert list(Config.model_fields) == list(keys.KEYS)
    assert list(keys.default_values()) == list(keys.ROCKET_KEYS)
    assert all(key.about for key in keys.KEYS.values())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", 8000),
        ("max_blocking", 512),
        ("ident", "Rocket"),
        ("ip_header", "X-Real-IP"),
        ("keep_alive", 5),
        ("tls", None),
        ("shutdown", Shutdown()),
        ("limits", Limits.defaults()),
        ("cli_colors", True),
    ],
)
def test_defaults_read_as_rockets(key: str, value: Any) -> None:
    """The defaults are read by the same decoders as a file."""
    assert keys.decode(born(keys.default_values(), None))[key] == value


@pytest.mark.parametrize(
    ("raw", "folder"),
    [(None, "/tmp"), (b"", ""), (b"/x", "/x"), (b"rel", "rel")],  # noqa: S108  (it is only named)
)
def test_tmpdir_is_the_default_folder(
    monkeypatch: pytest.MonkeyPatch, raw: bytes | None, folder: str
) -> None:
    """As Rust's `std::env::temp_dir`: an empty one is taken too."""
    monkeypatch.delenv("TMPDIR", raising=False)
    if raw is not None:
        monkeypatch.setitem(os.environb, b"TMPDIR", raw)
    assert keys.default_values()["temp_dir"] == folder


def test_a_bad_tmpdir_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files that is not UTF-8 is an error, as in Rocket."""
    monkeypatch.setitem(os.environb, b"TMPDIR", b"\xff")
    with pytest.raises(Error, match="invalid UTF-8 characters in rocket::Config::default"):
        Config()


def test_the_provider_of_defaults() -> None:
    """It has the profile `default`, and selects none."""
    figment = Figment.of(keys.Defaults())
    assert [str(profile) for profile in figment.profiles] == ["default"]
    assert str(figment.profile) == "default"
    assert keys.Defaults().selected() is None
    assert figment.find_metadata("port") is keys.DEFAULTS


def test_all_that_is_missing_is_told() -> None:
    """In the order of the keys; only `tls` may be absent."""
    with pytest.raises(Error) as raised:
        keys.decode(born({"port": "x"}, None))
    first, *rest = raised.value
    assert first.path == ("port",)
    missing = [key for key in keys.ROCKET_KEYS if key not in {"port", "tls"}]
    assert [str(error.kind) for error in rest] == [f"missing field `{key}`" for key in missing]
