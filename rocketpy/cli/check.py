"""`rocketpy check`: check whether the configuration can be used."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.cli import loading
from rocketpy.cli.env_file import add_env_file, read_env_file
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse

    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.config.shape import Shape
    from rocketpy.figment.figment import Figment


class Result(NamedTuple):
    """What checking one profile found.

    Attributes:
        profile: the profile's name.
        code: the exit code, that of `launch` where it refuses.
        errors: the text of each error of the configuration.
        failure: why the application could not be imported, or an empty text.
        warnings: what is written and nothing reads, or is deprecated.
        refused: how many of the warnings `--strict` refuses; they come first.
    """

    profile: str
    code: int
    errors: list[str] = []  # noqa: RUF012  (a NamedTuple's default; it is never changed)
    failure: str = ""
    warnings: list[str] = []  # noqa: RUF012
    refused: int = 0


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "check",
        help="check whether the configuration can be used",
        description="Read the configuration and import the application as `rocketpy launch` does, "
        "and print all that it would refuse.",
    )
    which = command.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar="P", help="check this profile, not ROCKET_PROFILE's")
    which.add_argument(
        "--all-profiles",
        action="store_true",
        help="check every profile of Rocket.toml and of profiles/",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="what is written and nothing reads, or is deprecated, is an error too",
    )
    command.add_argument(
        "--app",
        metavar="module:app",
        help="the application whose own keys are checked too (default: app:app, where it exists)",
    )
    add_env_file(command)
    command.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text: for people; json: for programs (default: text)",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check, and print the result for each profile."""
    read_env_file(options.env_file)
    if options.all_profiles:
        from rocketpy.config.sources import every_profile

        # Each in a process of its own: an application reads its configuration when it is imported.
        results = [_in_child(profile, options.app) for profile in every_profile()]
    else:
        results = [check(options.profile, options.app)]
    if options.format == "json":
        results = [_strictly(result) if options.strict else result for result in results]
        print(json.dumps([result._asdict() for result in results]))
        return max(result.code for result in results)
    seen: set[str] = set()
    worst: int = ExitCode.OK
    for result in results:
        worst = max(worst, _print(result, seen, strict=options.strict))
    return worst


def _strictly(result: Result) -> Result:
    """Return a result with the exit code that it has where mistakes are errors."""
    if result.code == ExitCode.OK and result.refused:
        return result._replace(code=ExitCode.BAD_CONFIG)
    return result


def check(profile: str | None, app: str | None) -> Result:
    """Do what `launch` does before it listens, and return what is wrong.

    Args:
        profile: the profile, instead of the one that `ROCKET_PROFILE` names.
        app: the application; None for `app:app`, where there is an app.py.
    """
    from rocketpy.config.mistakes.find import shape_of_process
    from rocketpy.config.report import reports
    from rocketpy.config.rocket_config import RocketConfig
    from rocketpy.config.sources import figment, select_profile
    from rocketpy.server.launch import prepare
    from rocketpy.server.process.listeners import refused_places

    if profile is not None:
        select_profile(profile)
    settings: type[ServiceConfig] = RocketConfig
    config: ServiceConfig | None = None
    try:
        app = loading.present(app)
        application = None if app is None else loading.load(app)
        config, _ = prepare(application)
        settings = type(config)
        code, errors, failure = ExitCode.OK, [], ""
        refused_to_listen = refused_places(config)
        if refused_to_listen:
            code, failure = ExitCode.FAILED, "\n".join(map(str, refused_to_listen))
    except Error as error:
        code, errors, failure = ExitCode.BAD_CONFIG, [*reports(error)], ""
        settings = loading.newest()
    except loading.LoadError as error:
        # Its own keys are not known; what is wrong with Rocket's is said all the same.
        code, errors, failure = ExitCode.FAILED, _errors_of(), str(error)
    shape = shape_of_process(settings)
    layers = config.figment if config else figment(shape=shape, only_rocket=False)
    refused, others = _warnings(layers, shape, keys_known=app is not None and not failure)
    warnings = [*refused, *others]
    return Result(str(layers.profile), code, errors, failure, warnings, len(refused))


def _errors_of() -> list[str]:
    """Return the text of each error of Rocket's keys."""
    from rocketpy.config.report import reports
    from rocketpy.config.rocket_config import RocketConfig

    try:
        RocketConfig()
    except Error as error:
        return [*reports(error)]
    return []


def _warnings(layers: Figment, shape: Shape, *, keys_known: bool) -> tuple[list[str], list[str]]:
    """Return what `--strict` refuses, and what it does not."""
    from rocketpy.config.mistakes.find import find_deprecated, find_mistakes

    usable = layers.without_failures()
    found = [*find_mistakes(usable, shape, keys_known=keys_known), *find_deprecated(usable, shape)]
    return [str(one) for one in found if one.strict], [str(one) for one in found if not one.strict]


def _in_child(profile: str, app: str | None) -> Result:
    """Check in a process of its own."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            with os.fdopen(writer, "w", encoding="utf-8", errors="surrogateescape") as pipe:
                json.dump(check(profile, app), pipe)
            sys.stdout.flush()
            sys.stderr.flush()
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", errors="surrogateescape") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        return Result(profile, ExitCode.FAILED, failure="the check ended before it was done")
    return Result(*json.loads(text))


def _print(result: Result, seen: set[str], *, strict: bool) -> int:
    """Print a result, without what was printed for an earlier profile; return the exit code."""
    from rocketpy.config.mistakes.mistake import printable
    from rocketpy.config.report import HEADING

    profile = printable(result.profile)
    new = [error for error in result.errors if error not in seen]
    repeated = len(result.errors) - len(new)
    seen.update(new)
    if result.errors:
        again = [f"   >> {repeated} of the errors above"] if repeated else []
        print("\n".join([f"{profile}: Error: {HEADING}", *new, *again]), file=sys.stderr)
    if result.failure:
        shown = "the error above" if result.failure in seen else result.failure
        seen.add(result.failure)
        print(f"{profile}: Error: {shown}", file=sys.stderr)
    for index, text in enumerate(result.warnings):
        if text not in seen:
            kind = "Error" if strict and index < result.refused else "Warning"
            print(f"{profile}: {kind}: {text}", file=sys.stderr)
    if result.code == ExitCode.OK and strict and result.refused:
        if all(text in seen for text in result.warnings[: result.refused]):
            print(f"{profile}: Error: {result.refused} of the errors above", file=sys.stderr)
        seen.update(result.warnings)
        return ExitCode.BAD_CONFIG
    seen.update(result.warnings)
    if result.code == ExitCode.OK:
        print(f"{profile}: the configuration is good")
    return result.code
