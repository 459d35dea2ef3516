"""Bad input ends in one clear error or in Rocket's own answer, never in a traceback or a hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import SECONDS, Place

if TYPE_CHECKING:
    from collections.abc import Callable

DEEP = 1000


def toml(text: str) -> Callable[[Place], object]:
    """Write a Rocket.toml."""
    return lambda place: place.write("Rocket.toml", text)


def raw(data: bytes) -> Callable[[Place], object]:
    """Write a Rocket.toml of bytes."""
    return lambda place: (place.folder / "Rocket.toml").write_bytes(data)


REFUSED = {
    "malformed": (toml("[default]\nport = = 1\n"), "Rocket.toml:2:8"),
    "not UTF-8": (raw(b'[default]\nident = "\xff"\n'), "line 2 holds the byte 0xff"),
    "nested arrays": (toml(f"[default]\nx = {'[' * DEEP}{']' * DEEP}\n"), "Rocket.toml:2:"),
    "nested tables": (toml(f"[default]\nx = {'{a=' * DEEP}1{'}' * DEEP}\n"), "Rocket.toml:2:"),
    "nested keys": (toml(f"[default.{'a.' * DEEP}a]\n"), "Rocket.toml:1:"),
    "duplicate key": (toml("[default]\nport = 1\nport = 2\n"), "duplicate key `port`"),
    "duplicate table": (toml("[default]\n[default]\n"), "duplicate key `default`"),
    "top-level key": (toml("port = 80\n"), "invalid type: integer `80`, expected a map"),
    "endless string": (toml('[default]\nident = "abc\n'), "Rocket.toml:2:"),
    "integer of 100 digits": (toml(f"[default]\nport = {'9' * 100}\n"), "Rocket.toml:2:8"),
}


@pytest.mark.parametrize(("make", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_refused(
    place: Place, make: Callable[[Place], object], expected: str
) -> None:
    """The error names the place, and the exit code is 78."""
    make(place)
    run = place.run("check")
    assert run.returncode == 78
    assert expected in run.stderr
    assert "Traceback" not in run.stderr


def test_a_file_that_cannot_be_read(place: Place) -> None:
    """A file that cannot be read is named, with the system's reason."""
    # Opening a process's memory works, reading it from its start does not; not even for root.
    (place.folder / "Rocket.toml").symlink_to("/proc/self/mem")
    run = place.run("check")
    assert run.returncode == 78
    assert "(os error 5)" in run.stderr
    assert "in Rocket.toml TOML file" in run.stderr


def test_a_directory_is_passed_over(place: Place) -> None:
    """A folder named Rocket.toml is skipped; the search continues in the parent, as Rocket's."""
    (place.folder / "Rocket.toml").mkdir()
    (place.folder.parent / "Rocket.toml").write_text("[default]\nport = 81\n")
    assert place.run("config", "get", "port").stdout == "81\n"


def test_a_symlink_loop_is_passed_over(place: Place) -> None:
    """Symbolic links in a circle are not a file."""
    (place.folder / "Rocket.toml").symlink_to("other")
    (place.folder / "other").symlink_to("Rocket.toml")
    assert place.run("config", "get", "port").stdout == "8000\n"


def test_a_large_file_is_read(place: Place) -> None:
    """A file of ten megabytes is read, as Rocket reads it."""
    lines = "".join(f'key{number} = "{"x" * 1000}"\n' for number in range(10_000))
    place.write("Rocket.toml", f"[default]\nport = 81\n{lines}")
    assert place.run("config", "get", "port").stdout == "81\n"


WRONG = {
    "address": "5", "port": "[]", "workers": '"x"', "max_blocking": "-1", "ident": "5",
    "ip_header": "true", "limits": "5", "temp_dir": "{}", "keep_alive": "4294967296", "tls": "1",
    "secret_key": '"short"', "shutdown": "true", "log_level": '"loud"', "cli_colors": '"yes"',
}  # fmt: skip


def test_every_key_with_a_wrong_value(place: Place) -> None:
    """With all keys wrong, one report has an error for each: its line, a caret, a remedy."""
    lines = "".join(f"{key} = {value}\n" for key, value in WRONG.items())
    place.write("Rocket.toml", f"[default]\n{lines}")
    run = place.run("check")
    assert run.returncode == 78
    for line, key in enumerate(WRONG, 2):
        assert f"Rocket.toml:{line}:" in run.stderr, key
        assert f'for key "default.{key}' in run.stderr
    assert run.stderr.count("   = ") >= len(WRONG)
    dumped = json.loads(place.run("config", "dump").stdout)
    assert len(dumped["errors"]) == len(WRONG)
    assert all(dumped["help"])
    assert len(dumped["help"]) == len(WRONG)


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("ROCKET_PORT", b"", 78),
        ("ROCKET_PORT", b'"80', 78),
        ("ROCKET_PORT", b"[80", 78),
        ("ROCKET_PORT", b"\xff\xfe", 78),
        ("ROCKET_IDENT", b"\xff", 78),
        ("ROCKET_X", b"[" * 10_000, 0),
        ("ROCKET_X", b"{a=" * 10_000, 0),
        ("ROCKET_PROFILE", b"\xff", 0),
        ("ROCKET_PROFILE", b"../../etc/passwd", 0),
        ("ROCKET_CONFIG", b"\xff", 0),
        ("ROCKET_A..B", b"1", 0),
    ],
)
def test_variables(place: Place, variable: str, value: bytes, code: int) -> None:
    """Empty, unterminated, non-UTF-8 and huge values end in an error, or in what Rocket does."""
    environment = {os.fsencode(k): os.fsencode(v) for k, v in place.environment().items()}
    run = subprocess.run(
        [sys.executable, "-m", "rocketpy", "check"],
        cwd=place.folder,
        env=environment | {variable.encode(): value},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    if code:
        assert f'for key "{variable.removeprefix("ROCKET_")}"' in run.stderr
