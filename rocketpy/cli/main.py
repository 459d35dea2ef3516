"""The parser of the command line: it finds the command and runs it."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from rocketpy._version import __version__
from rocketpy.common.exit_codes import ExitCode, killed_by
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """\
Start with `rocketpy launch` in a folder with an app.py and a Rocket.toml.
Another profile: ROCKET_PROFILE=release rocketpy launch. One key: ROCKET_PORT=9000 rocketpy launch.
Exit codes: 0 success; 1 failure; 2 wrong usage; 78 the configuration cannot be used.
"""


_KEYS_AS_OPTIONS = re.compile(r"unrecognized arguments: (?:.* )?-{1,2}(?P<key>[a-z][a-z_-]*)")

_NO_KEYS = {
    "profile": "the profile is set by ROCKET_PROFILE",
    "env": "the profile is set by ROCKET_PROFILE",
    "config": "the file is named by ROCKET_CONFIG",
    "file": "the file is named by ROCKET_CONFIG",
    "p": "keys are no options: ROCKET_PORT is the port, ROCKET_PROFILE selects the profile",
    "reload": "a service that runs is reloaded by `rocketpy reload`",
    "daemon": "it stays in the foreground: systemd or a container runs it in the background",
}
"""What there is for the options of other servers that are no keys."""


class _Parser(argparse.ArgumentParser):
    """A parser that says where keys are set, to those who look for options of their names."""

    def error(self, message: str) -> NoReturn:
        found = _KEYS_AS_OPTIONS.search(message)
        if found and found["key"] in _NO_KEYS:
            message += f"\n  {_NO_KEYS[found['key']]}"
        elif found:
            from rocketpy.config.keys.table import KEYS
            from rocketpy.config.mistakes.near import nearest_anyhow, other_word

            key = other_word(found["key"]) or nearest_anyhow(found["key"], KEYS)
            if key is not None:
                message += (
                    f"\n  keys are no options: write `{key} = …` under [default] in Rocket.toml, "
                    f"or set ROCKET_{key.upper()}"
                )
        super().error(message)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    from rocketpy.cli import check, config, health, launch, reload, routes

    top: argparse.ArgumentParser = _Parser(
        prog="rocketpy",
        description="Serve a WSGI application that Rocket.toml configures, "
        "and inspect its configuration.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"rocketpy {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in (launch, config, check, routes, health, reload):
        command.add_to(commands)
    if not getattr(sys, "frozen", False):
        # An executable cannot build another one: it has no compiler and no source.
        from rocketpy.cli import build, image

        build.add_to(commands)
        image.add_to(commands)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments.

    Returns:
        The exit code: one of `ExitCode`, or 130 after Ctrl-C.
    """
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        if sys.stdout is not None:  # closed before the start
            sys.stdout.flush()
    except Error as error:
        from rocketpy.config.report import report

        print(report(error, reveal=getattr(options, "reveal_secrets", False)), file=sys.stderr)
        return ExitCode.BAD_CONFIG
    except BrokenPipeError:
        # The reader of our output has ended, as `head` does. At its own exit Python would try to
        # write the rest and print a traceback, so the rest goes to /dev/null.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return killed_by(signal.SIGINT)
    return code
