"""`rocketpy check`: is the configuration good?"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli import loading
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rocketpy.config.config import Config


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "check",
        help="tell whether the configuration can be used",
        description="Read the configuration as `launch` would, and tell all that is wrong with it.",
    )
    which = verb.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar="P", help="check this profile, not ROCKET_PROFILE's")
    which.add_argument(
        "--all-profiles",
        action="store_true",
        help="check every profile of Rocket.toml and of profiles/",
    )
    verb.add_argument(
        "--strict", action="store_true", help="a key that looks misspelt or is deprecated fails too"
    )
    verb.add_argument(
        "--app",
        metavar="module:app",
        help="the application whose own keys are checked too (default: app:app, if there is one)",
    )
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Check, and print what was found."""
    try:
        settings = loading.settings_of(asked.app)
    except loading.LoadError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    worst: int = ExitCode.OK
    for profile in _profiles(asked):
        worst = max(worst, _check(profile, settings, strict=asked.strict))
    return worst


def _profiles(asked: argparse.Namespace) -> Iterator[str | None]:
    from rocketpy.config.sources import OVERLAYS, figment

    yield asked.profile
    if asked.all_profiles:
        built = figment()
        built.merged()  # a file that cannot be read has no profiles to go through
        names = {str(profile) for profile in built.profiles}
        files = [layer.metadata.source for layer in built.layers() if layer.metadata.source]
        for source in files:
            folder = os.path.join(os.path.dirname(source.full), OVERLAYS)
            if os.path.isdir(folder):
                names |= {name[:-5] for name in os.listdir(folder) if name.endswith(".toml")}
        seen = {str(built.profile).lower()}
        for name in sorted(names):
            if name.lower() not in seen:
                seen.add(name.lower())
                yield name


def _check(profile: str | None, settings: type[Config] | None, *, strict: bool) -> int:
    from rocketpy.config.config import Config
    from rocketpy.config.keys.table import DEPRECATED_KEYS
    from rocketpy.config.report import near_misses, report
    from rocketpy.config.sources import figment
    from rocketpy.server.launch import refuse_what_cannot_be_honoured

    layers = figment(profile)
    try:
        config = (settings or Config)(layers)
        refuse_what_cannot_be_honoured(config)
    except Error as error:
        print(f"{layers.profile}: {report(error)}", file=sys.stderr)
        return ExitCode.BAD_CONFIG
    found = [
        f"{near_miss}" + (f" --> {near_miss.where}" if near_miss.where else "")
        for near_miss in near_misses(config.figment, type(config).model_fields)
    ]
    for key, replacement in DEPRECATED_KEYS.items():
        metadata = config.figment.find_metadata(key)
        if metadata is not None and key not in type(config).model_fields:
            now = f"now `{replacement}`" if replacement else "without meaning"
            found.append(f"deprecated key `{key}` in {metadata}: {now}")
    for line in found:
        print(f"{layers.profile}: {'Error' if strict else 'Warning'}: {line}", file=sys.stderr)
    if found and strict:
        return ExitCode.BAD_CONFIG
    print(f"{layers.profile}: the configuration is good")
    return ExitCode.OK
