"""`rocketpy build`: make one static executable."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from rocketpy.cli import loading
from rocketpy.common.exit_codes import ExitCode, killed_by

if TYPE_CHECKING:
    import argparse

    from rocketpy.packaging.executable import Built

_ABOUT = """\
Make one static executable of an application: the interpreter, its packages and its own modules.
Running it serves the application; an image from scratch needs nothing else. The first build takes
minutes, because it compiles the interpreter; a build after a change of the application takes
seconds.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "build", help="make one static executable of an application", description=_ABOUT
    )
    loading.add_application(command)
    add_options(command)
    command.add_argument(
        "--output",
        metavar="FILE",
        default=os.path.join("dist", "app"),
        help="the executable (default: dist/app); its licences and its SBOM are written beside it",
    )
    command.add_argument(
        "--sizes", action="store_true", help="print the size of each part, before packing"
    )
    command.set_defaults(run=run)


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options that choose the kind of executable."""
    command.add_argument(
        "--features",
        metavar="F,…",
        default="",
        help="tls links OpenSSL, for HTTPS; zlib is always linked",
    )
    command.add_argument(
        "--packed",
        action="store_true",
        help="smaller: the executable unpacks itself into memory when it starts",
    )
    command.add_argument(
        "--profile",
        metavar="P",
        help="the profile that is selected where ROCKET_PROFILE is not set (default: release)",
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help="leave out the profile-guided optimisation of the interpreter: builds minutes faster, "
        "serves slower",
    )


def run(options: argparse.Namespace) -> int:
    """Build, and print the executable's path, size and digest."""
    from rocketpy.packaging import BuildError

    try:
        built = make(options, options.output)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        print("Interrupted: the steps that are done are in the cache.", file=sys.stderr)
        return killed_by(signal.SIGINT)
    shown = os.path.relpath(built.path)
    print(f"{shown}  {built.size / 1e6:.2f} MB  sha256 {built.sha256}")
    if options.sizes:
        for part, count in built.parts:
            print(f"{count / 1e6:8.3f} MB  {part}")
    return ExitCode.OK


def make(options: argparse.Namespace, output: str) -> Built:
    """Build the executable that the options of `add_options` describe.

    Raises:
        BuildError: it cannot be built.
    """
    from rocketpy.packaging import BuildError

    try:
        from rocketpy.packaging.executable import build
        from rocketpy.packaging.interpreter.cpython import FEATURES, Recipe
    except ModuleNotFoundError as error:
        raise BuildError(
            f"building needs the package {error.name}: pip install 'rocketpy-config[build]'"
        ) from None
    features = frozenset(filter(None, options.features.split(",")))
    if features - FEATURES:
        wrong = min(features - FEATURES)
        raise BuildError(f"unknown feature {wrong!r}; allowed: {', '.join(sorted(FEATURES))}")
    return build(
        os.getcwd(),
        options.app,
        output=output,
        recipe=Recipe(features=features, quick=options.quick),
        packed=options.packed,
        profile=options.profile,
    )
