"""`shutdown`: signals, grace and mercy."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from rocketpy.config.keys import shutdown
from rocketpy.config.keys.shutdown import Shutdown, Sig
from rocketpy.config.keys.table import default_values
from rocketpy.figment import Error
from rocketpy.figment.value import born

FULL: dict[str, Any] = default_values()["shutdown"]


@pytest.mark.parametrize("sig", Sig)
def test_signals_are_the_systems(sig: Sig) -> None:
    """Every name of a signal is one of the system's."""
    assert sig.number is getattr(signal, f"SIG{sig.value.upper()}")


def test_the_defaults_are_the_classes() -> None:
    """The table of defaults reads to what the class has without arguments."""
    assert shutdown.decode(born(FULL, None)) == Shutdown()


@pytest.mark.parametrize(
    ("given", "field", "read"),
    [
        ({"ctrlc": False}, "ctrlc", False),
        ({"ctrlc": "FALSE"}, "ctrlc", False),
        ({"force": 0}, "force", False),
        ({"signals": []}, "signals", frozenset()),
        ({"signals": ["usr1", "hup", "hup"]}, "signals", frozenset({Sig.USR1, Sig.HUP})),
        ({"grace": 0}, "grace", 0),
        ({"mercy": 2**32 - 1}, "mercy", 2**32 - 1),
        ({"other": 1}, "grace", 2),
    ],
)
def test_fields_are_read(given: dict[str, Any], field: str, read: Any) -> None:
    """Booleans are loose, signals a set, seconds 32 bits; what is unknown is passed over."""
    assert getattr(shutdown.decode(born(FULL | given, None)), field) == read


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ({"grace": -1}, ("grace",), "invalid value signed int `-1`, expected u32"),
        ({"mercy": 1.5}, ("mercy",), "invalid type: found float `1.5`, expected u32"),
        ({"force": 2}, ("force",), "invalid value signed int `2`, expected 0 or 1"),
        ({"signals": "term"}, ("signals",), 'found string "term", expected a sequence'),
        ({"signals": ["term", "TERM"]}, ("signals", "1"), "unknown variant: found `TERM`"),
        ({"signals": ["kill"]}, ("signals", "0"), "unknown variant: found `kill`"),
    ],
)
def test_fields_are_refused(given: dict[str, Any], path: tuple[str, ...], problem: str) -> None:
    """Each with its path; signals are named in lower case."""
    with pytest.raises(Error) as raised:
        shutdown.decode(born(FULL | given, None))
    assert raised.value.path == path
    assert problem in str(raised.value)


def test_it_prints_as_rockets_launch_line() -> None:
    """Signals are sorted by their names."""
    reported = str(Shutdown(ctrlc=False, signals=frozenset({Sig.TERM, Sig.HUP}), grace=5))
    assert reported == (
        "ctrlc = false, force = true, signals = [SIGHUP, SIGTERM], grace = 5s, mercy = 3s"
    )
