"""`rocketpy build`: one static executable."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli import loading
from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse

_ABOUT = """\
Make one static executable of an application: the interpreter, its packages and its own modules.
It serves when it is run, and is the whole content of an image from scratch. The first build takes
minutes (it compiles the interpreter), one after a change of the application takes seconds.
"""


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "build", help="make one static executable of an application", description=_ABOUT
    )
    loading.add_app(verb)
    add_options(verb)
    verb.add_argument(
        "--output",
        metavar="FILE",
        default=os.path.join("dist", "app"),
        help="the executable (default: dist/app); its licences and its SBOM lie beside it",
    )
    verb.add_argument(
        "--sizes", action="store_true", help="tell what takes how much room in the plain form"
    )
    verb.set_defaults(run=run)


def add_options(verb: argparse.ArgumentParser) -> None:
    """Give a verb the options that say what kind of executable is built."""
    verb.add_argument(
        "--features",
        metavar="F,…",
        default="",
        help="tls links OpenSSL, for HTTPS; zlib is always there",
    )
    verb.add_argument(
        "--packed",
        action="store_true",
        help="smaller: the executable unpacks itself into memory when it starts",
    )
    verb.add_argument(
        "--profile",
        metavar="P",
        help="the profile where ROCKET_PROFILE names none (default: release)",
    )
    verb.add_argument(
        "--quick",
        action="store_true",
        help="do not train the interpreter: minutes less to build, slower to serve",
    )


def run(asked: argparse.Namespace) -> int:
    """Build, and say what was built."""
    from rocketpy.packaging import BuildError

    try:
        built = make(asked, asked.output)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    shown = os.path.relpath(built.path)
    print(f"{shown}  {built.size / 1e6:.2f} MB  sha256 {built.sha256}")
    if asked.sizes:
        for part, count in built.parts:
            print(f"{count / 1e6:8.3f} MB  {part}")
    return ExitCode.OK


def make(asked: argparse.Namespace, output: str) -> Any:
    """Build what the options of `add_options` ask for.

    Raises:
        BuildError: it cannot be built.
    """
    from rocketpy.packaging import BuildError

    try:
        from rocketpy.packaging.executable import build
        from rocketpy.packaging.interpreter.recipe import FEATURES, Recipe
    except ModuleNotFoundError as error:
        raise BuildError(
            f"building needs the package {error.name}: pip install 'rocketpy-config[build]'"
        ) from None
    features = frozenset(filter(None, asked.features.split(",")))
    if features - FEATURES:
        wrong = min(features - FEATURES)
        raise BuildError(f"there is no feature {wrong!r}; allowed: {', '.join(sorted(FEATURES))}")
    return build(
        os.getcwd(),
        asked.app,
        output=output,
        recipe=Recipe(features=features, quick=asked.quick),
        packed=asked.packed,
        profile=asked.profile,
    )
