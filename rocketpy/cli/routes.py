"""`rocketpy routes`: list an application's routes."""

from __future__ import annotations

import json
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
    command.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="table: for people; json: for programs (default: table)",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the routes."""
    from rocketpy.server.launch import routes_of

    try:
        app = loading.load(options.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    listed = routes_of(app)
    rows = [(method, path, name) for name, method, path in listed]
    if not rows:
        print(
            f"Error: the routes of `{options.app}` are not known: "
            f"only a rocketpy.App lists its routes",
            file=sys.stderr,
        )
        return ExitCode.FAILED
    if options.format == "json":
        found = [
            {"method": method, "path": path, "resource": name} for name, method, path in listed
        ]
        print(json.dumps(found))
        return ExitCode.OK
    print(table(("method", "path", "resource"), rows))
    return ExitCode.OK
