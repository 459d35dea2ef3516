"""`rocketpy reload`: have a running service take its configuration, and its code, anew."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "reload",
        help="have a running service take its configuration anew",
        description="Have the service that listens where the configuration says take its "
        "configuration and its code anew, without losing a request. It tells the outcome itself.",
    )
    verb.add_argument("--pid", type=int, metavar="N", help="the service's process, if not found")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Ask the service to reload."""
    from rocketpy.config.config import Config
    from rocketpy.server.listener import join
    from rocketpy.server.process.find_listener import hears, owner

    config = Config()  # what cannot be used is told here and now, and nobody is asked
    if "hup" in config.shutdown.signals:
        return _fail("SIGHUP ends the service, for `shutdown.signals` has `hup`: restart it")
    process = asked.pid or owner(config.address, config.port)
    if process is None:
        where = join(config.address, config.port)
        return _fail(
            f"no service of yours listens on {where}; if it is elsewhere, name it by --pid"
        )
    if not hears(process, signal.SIGHUP):
        return _fail(f"process {process} is no service that reloads: SIGHUP would end it")
    try:
        os.kill(process, signal.SIGHUP)
    except PermissionError:
        return _fail(f"process {process} is another user's")
    print(f"process {process} is asked to reload; its log tells the outcome")
    return ExitCode.OK


def _fail(text: str) -> int:
    print(f"Error: {text}", file=sys.stderr)
    return ExitCode.FAILED
