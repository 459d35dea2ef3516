"""The command's entrance: finds the verb and runs it. One module for each verb."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING

from rocketpy._version import __version__
from rocketpy.common.exit_codes import ExitCode, killed_by
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """\
Start with `rocketpy launch` in a folder with an app.py and a Rocket.toml.
Profiles: ROCKET_PROFILE=release rocketpy launch. Single keys: ROCKET_PORT=9000 rocketpy launch.
Exit codes: 0 fine; 1 failed; 2 wrong usage; 78 the configuration cannot be used.
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    from rocketpy.cli import check, config, health, launch, reload, routes

    top = argparse.ArgumentParser(
        prog="rocketpy",
        description="Serve a WSGI application as Rocket.toml says, and tell what it says.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"rocketpy {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for verb in (launch, config, check, routes, health, reload):
        verb.add_to(verbs)
    if not getattr(sys, "frozen", False):
        # An executable builds no others.
        from rocketpy.cli import build, image

        build.add_to(verbs)
        image.add_to(verbs)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments and return its exit code."""
    asked = parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
        sys.stdout.flush()
    except Error as error:
        from rocketpy.config.report import report

        print(report(error, reveal=getattr(asked, "reveal_secrets", False)), file=sys.stderr)
        return ExitCode.BAD_CONFIG
    except BrokenPipeError:
        # Whoever read our output has had enough, as `head` has. Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return killed_by(signal.SIGINT)
    return code
