"""`rocketpy check`: check whether the configuration can be used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.cli import loading
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse

    from rocketpy.config.config import Config


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "check",
        help="check whether the configuration can be used",
        description="Read the configuration as `rocketpy launch` does, and print all its errors.",
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
        help="a key that looks misspelt or that is deprecated is an error too",
    )
    command.add_argument(
        "--app",
        metavar="module:app",
        help="the application whose own keys are checked too (default: app:app, where it exists)",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check, and print the result for each profile."""
    from rocketpy.config.sources import every_profile

    try:
        settings = loading.settings_of(options.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    worst: int = _check(options.profile, settings, strict=options.strict)
    if options.all_profiles:
        for profile in every_profile()[1:]:
            worst = max(worst, _check(profile, settings, strict=options.strict))
    return worst


def _check(profile: str | None, settings: type[Config] | None, *, strict: bool) -> int:
    from rocketpy.config.config import Config
    from rocketpy.config.report import deprecated_keys, near_misses, report
    from rocketpy.config.sources import figment
    from rocketpy.server.launch import check_servable

    layers = figment(profile)
    try:
        config = (settings or Config)(layers)
        check_servable(config)
    except Error as error:
        print(f"{layers.profile}: {report(error)}", file=sys.stderr)
        return ExitCode.BAD_CONFIG
    own = type(config).model_fields
    found = [
        f"{near_miss}" + (f" --> {near_miss.where}" if near_miss.where else "")
        for near_miss in near_misses(config.figment, own)
    ]
    found += [
        f"deprecated key `{key}` in {metadata}: "
        + (f"use `{replacement}`" if replacement else "it has no meaning")
        for key, replacement, metadata in deprecated_keys(config.figment, own)
    ]
    for line in found:
        print(f"{layers.profile}: {'Error' if strict else 'Warning'}: {line}", file=sys.stderr)
    if found and strict:
        return ExitCode.BAD_CONFIG
    print(f"{layers.profile}: the configuration is good")
    return ExitCode.OK
