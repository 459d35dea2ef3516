"""`rocketpy launch`: serve an application."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.cli import loading
from rocketpy.cli.env_file import add_env_file, read_env_file
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "launch", help="serve an application", description="Serve a WSGI application."
    )
    loading.add_application(command)
    add_env_file(command)
    command.add_argument(
        "--timings", action="store_true", help="print where the milliseconds of the start go"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal ends the service."""
    trace = None
    if options.timings:
        from rocketpy.common.start_trace import StartTrace

        trace = StartTrace()
    from rocketpy.server.launch import launch

    read_env_file(options.env_file)
    try:
        app = loading.load(options.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    if trace is not None:
        trace.mark("application")
    return launch(app, exits=True, trace=trace)
