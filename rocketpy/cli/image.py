"""`rocketpy image`: an image from scratch."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli import build, loading
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    from rocketpy.packaging.image.image import Image

_ABOUT = """\
Make a container image of an application that holds its executable as /app, /Rocket.toml, /profiles
and nothing else, and give it to docker or podman, whichever is there. The same project makes the
same image, down to its id.
"""


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "image", help="make a container image from scratch", description=_ABOUT
    )
    loading.add_app(verb)
    build.add_options(verb)
    verb.add_argument(
        "--tag",
        "-t",
        action="append",
        default=[],
        metavar="NAME",
        help="the image's name (default: the project's name and version); may be repeated",
    )
    verb.add_argument(
        "--label",
        action="append",
        default=[],
        type=_label,
        metavar="KEY=TEXT",
        help="a label of the image, beside those that pyproject.toml gives; may be repeated",
    )
    where = verb.add_mutually_exclusive_group()
    where.add_argument("--engine", choices=("docker", "podman"), help="give it to this one")
    where.add_argument(
        "--save", metavar="FILE", help="write it to a file for `docker load`, and ask no engine"
    )
    verb.add_argument(
        "--output",
        metavar="FILE",
        default=os.path.join("dist", "app"),
        help="the executable (default: dist/app); its licences and its SBOM lie beside it",
    )
    verb.set_defaults(run=run)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no label: write KEY=TEXT")
    return key, value


def run(asked: argparse.Namespace) -> int:
    """Build, and say what was built."""
    from rocketpy.packaging import BuildError

    try:
        image = _make(asked)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    for warning in image.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    for name in image.names:
        print(f"{name}  {image.size / 1e6:.2f} MB  {image.id}")
    return ExitCode.OK


def _make(asked: argparse.Namespace) -> Image:
    from rocketpy.packaging.image import container_engine as engines

    # Asked first: a build takes minutes, and this a moment.
    engine = None if asked.save else engines.find(asked.engine)
    built = build.make(asked, asked.output)

    from rocketpy.packaging.image.image import image

    made = image(built.path, os.getcwd(), names=asked.tag, labels=dict(asked.label))
    if engine is None:
        os.makedirs(os.path.dirname(os.path.abspath(asked.save)), exist_ok=True)
        with open(asked.save, "wb") as file:
            file.write(made.archive)
    else:
        engines.load(engine, made.archive)
    return made
