"""`rocketpy launch`: serve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli import loading
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "launch", help="serve an application", description="Serve a WSGI application."
    )
    loading.add_app(verb)
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from rocketpy.server.launch import launch

    try:
        app = loading.load(asked.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    return launch(app)
