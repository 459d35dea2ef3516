"""`python -m rocketpy`, and the command `rocketpy`."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what stands behind the command's name; those of the process if None.

    Returns:
        The exit code: 0, 1 for failures, 2 for wrong usage, 78 for a configuration that cannot
        be used.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] != ["launch"]:
        from rocketpy.cli.main import run

        return run(arguments)
    # First of all: a signal that comes during the imports is obeyed after them.
    from rocketpy.server.process.held_signals import hold_signals, release_signals

    hold_signals()
    try:
        from rocketpy.cli.main import run

        return run(arguments)
    finally:
        release_signals()


if __name__ == "__main__":
    sys.exit(main())
