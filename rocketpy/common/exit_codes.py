"""The exit codes of the command and of a service, each with one meaning."""

from __future__ import annotations

import enum

SIGNAL_BASE = 128
"""Added to a signal's number: the exit code of a process that it ended, as in shells."""


class ExitCode(enum.IntEnum):
    """How a process ended."""

    OK = 0
    """It did what it was to do; a service answered every request that it had taken."""

    FAILED = 1
    """It could not; a service cut requests off, or could not listen."""

    USAGE = 2
    """The command line cannot be understood (argparse's own exit code)."""

    BAD_CONFIG = 78
    """The configuration cannot be used: EX_CONFIG of sysexits.h."""


def killed_by(number: int) -> int:
    """Return the exit code of a process that a signal ended at once.

    >>> killed_by(15)
    143
    """
    return SIGNAL_BASE + number
