"""`rocketpy reload`: make a running service read its configuration and its code again."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "reload",
        help="make a running service read its configuration again",
        description="Make the service that listens where the configuration says read its "
        "configuration and its code again, without losing a request. The service logs the result.",
    )
    command.add_argument(
        "--pid", type=int, metavar="N", help="the service's process id, where it is not found"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send SIGHUP to the service."""
    from rocketpy.config.rocket_config import RocketConfig
    from rocketpy.server.process.find_listener import find_service, handles, places_of

    config = RocketConfig()  # one that cannot be used raises here, before the service is signalled
    if "hup" in config.shutdown.signals:
        return _fail("`shutdown.signals` has `hup`, so SIGHUP ends the service: restart it instead")
    process = options.pid or find_service(config)
    if process is None:
        where = " or ".join(places_of(config))
        return _fail(f"no service of this user listens on {where}; give its process id with --pid")
    if not handles(process, signal.SIGHUP):
        return _fail(f"process {process} does not handle SIGHUP, which would end it")
    try:
        os.kill(process, signal.SIGHUP)
    except PermissionError:
        return _fail(f"process {process} belongs to another user")
    print(f"sent SIGHUP to process {process}; its log shows the result")
    return ExitCode.OK


def _fail(text: str) -> int:
    print(f"Error: {text}", file=sys.stderr)
    return ExitCode.FAILED
