"""`rocketpy routes`: list an application's routes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.cli import loading
from rocketpy.cli.table import table
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "routes",
        help="list an application's routes",
        description="List an application's routes: method, path, and the resource that answers.",
    )
    loading.add_application(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the routes."""
    from rocketpy.server.launch import routes_of

    try:
        app = loading.load(options.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    rows = [(method, path, name) for name, method, path in routes_of(app)]
    if not rows:
        print(
            f"Error: the routes of `{options.app}` are not known: "
            f"only a rocketpy.App lists its routes",
            file=sys.stderr,
        )
        return ExitCode.FAILED
    print(table(("method", "path", "resource"), rows))
    return ExitCode.OK
