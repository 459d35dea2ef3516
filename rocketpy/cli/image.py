"""`rocketpy image`: make a container image from scratch."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING

from rocketpy.cli import build, loading
from rocketpy.common.exit_codes import ExitCode, killed_by

if TYPE_CHECKING:
    from rocketpy.packaging.image.image import Image

_ABOUT = """\
Make a container image of an application. It holds the executable as /app, /Rocket.toml, /profiles
and nothing else. It is loaded into docker or podman, whichever is installed. The same project makes
the same image, with the same id.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "image", help="make a container image from scratch", description=_ABOUT
    )
    loading.add_application(command)
    build.add_options(command)
    command.add_argument(
        "--tag",
        "-t",
        action="append",
        default=[],
        metavar="NAME",
        help="the image's name (default: the project's name and version); may be repeated",
    )
    command.add_argument(
        "--label",
        action="append",
        default=[],
        type=_label,
        metavar="KEY=TEXT",
        help="a label of the image, added to those from pyproject.toml; may be repeated",
    )
    command.add_argument(
        "--add",
        action="append",
        default=[],
        metavar="FILE[:PATH]",
        help="a further file or folder, such as certificates, and its path in the image; may be"
        " repeated",
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument("--engine", choices=("docker", "podman"), help="load it into this one")
    where.add_argument(
        "--save", metavar="FILE", help="write it to a file for `docker load` instead"
    )
    command.add_argument(
        "--output",
        metavar="FILE",
        default=os.path.join("dist", "app"),
        help="the executable (default: dist/app); its licences and its SBOM are written beside it",
    )
    command.set_defaults(run=run)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not a label: write KEY=TEXT")
    return key, value


def run(options: argparse.Namespace) -> int:
    """Build, and print the image's names, size and id."""
    from rocketpy.packaging import BuildError

    try:
        image = _make(options)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        print("Interrupted: the steps that are done are in the cache.", file=sys.stderr)
        return killed_by(signal.SIGINT)
    for warning in image.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    for name in image.names:
        print(f"{name}  {image.size / 1e6:.2f} MB  {image.id}")
    return ExitCode.OK


def _make(options: argparse.Namespace) -> Image:
    from rocketpy.packaging.image import container_engine as engines

    # First, because it fails at once where no engine is installed, and a build takes minutes.
    engine = None if options.save else engines.find(options.engine)
    built = build.make(options, options.output)

    from rocketpy.packaging.image.image import image

    labels = dict(options.label)
    made = image(built.path, os.getcwd(), names=options.tag, labels=labels, add=options.add)
    if engine is None:
        os.makedirs(os.path.dirname(os.path.abspath(options.save)), exist_ok=True)
        with open(options.save, "wb") as file:
            file.write(made.archive)
    else:
        engines.load(engine, made.archive)
    return made
