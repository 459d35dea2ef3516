"""`rocketpy routes`: what an application answers to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli import loading
from rocketpy.cli.table import table
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "routes",
        help="list an application's routes",
        description="List an application's routes: method, path, and the resource that answers.",
    )
    loading.add_app(verb)
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print the routes."""
    from rocketpy.server.launch import routes_of

    try:
        app = loading.load(asked.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    rows = [(method, path, name) for name, method, path in routes_of(app)]
    if not rows:
        print(f"`{asked.app}` tells of no routes: only a rocketpy.App does", file=sys.stderr)
        return ExitCode.FAILED
    print(table(("method", "path", "resource"), rows))
    return ExitCode.OK
