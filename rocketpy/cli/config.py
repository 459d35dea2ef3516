"""`rocketpy config`: show the configuration, and where every value comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.cli.env_file import add_env_file, read_env_file
from rocketpy.cli.table import table
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rocketpy.config.secrets import Secrets
    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Value


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command, with its own commands, to the parser."""
    command = commands.add_parser(
        "config",
        help="show the configuration, and where it comes from",
        description="Show the configuration that `rocketpy launch` would use here and now.",
    )
    parts = command.add_subparsers(dest="part", metavar="COMMAND", required=True)
    show = _part(parts, "show", "every key with its value and its source", _show)
    get = _part(parts, "get", "the value of one key", _get)
    explain = _part(
        parts, "explain", "every value that a source gives for a key, and which is used", _explain
    )
    dump = _part(parts, "dump", "the whole configuration, for programs", _dump)
    for keyed in (get, explain):
        keyed.add_argument("key", help="a key, dotted where it is in a table: limits.json")
    dump.add_argument(
        "--format",
        choices=("json", "toml"),
        default="json",
        help="json: with the source of every value; toml: a Rocket.toml (default: json)",
    )
    for every in (show, get, explain, dump):
        every.add_argument(
            "--profile", metavar="P", help="this profile instead of ROCKET_PROFILE's"
        )
        every.add_argument(
            "--app",
            metavar="module:app",
            help="the application whose own keys are shown too (default: app:app, where it exists)",
        )
        add_env_file(every)
        every.add_argument("--reveal-secrets", action="store_true", help="show secrets too")


def _part(
    parts: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    part = parts.add_parser(name, help=f"print {about}", description=f"Print {about}.")
    part.set_defaults(run=run)
    return part


def _layers(options: argparse.Namespace, *, only_rocket: bool) -> Figment:
    """Return the layers, with the application's defaults if it is known."""
    from rocketpy.cli import loading
    from rocketpy.config.settings_class import shape_of
    from rocketpy.config.shape import ROCKET
    from rocketpy.config.sources import figment

    settings, _ = loading.find_settings(options.app)
    if settings is None:
        return figment(shape=ROCKET, only_rocket=only_rocket)
    layers = loading.given_figment(options.app)
    if layers is None:
        layers = figment(shape=shape_of(settings), only_rocket=only_rocket)
    return settings.figment_with_defaults(layers)


def _figment(options: argparse.Namespace) -> tuple[Figment, Secrets]:
    """Return the layers, with the application's defaults, and what is known of its secrets.

    The configuration can be inspected while the application cannot be imported. Its own keys are
    hidden then, since any of them may be a secret.
    """
    from rocketpy.cli import loading
    from rocketpy.config.settings_class import secrets_of
    from rocketpy.config.sources import select_profile

    read_env_file(options.env_file)
    if options.profile is not None:
        select_profile(options.profile)

    settings, why = loading.find_settings(options.app)
    layers = _layers(options, only_rocket=False)
    secrets = secrets_of(settings)
    if settings is not None:
        return layers, secrets
    if not options.reveal_secrets and any(map(secrets.is_unknown, _keys(options, layers))):
        print(f"Note: keys that are not Rocket's are hidden, since {why}", file=sys.stderr)
        print("  name the application with --app, or give --reveal-secrets", file=sys.stderr)
    return layers, secrets


def _keys(options: argparse.Namespace, figment: Figment) -> list[str]:
    """Return the top-level keys that a command prints."""
    try:
        keys = list(figment.merged().data)
    except Error:
        return []
    asked = options.key.partition(".")[0] if "key" in options else None
    return [key for key in keys if asked in {None, key}]


def _merged(figment: Figment, secrets: Secrets, *, reveal: bool) -> Value:
    """Return the configuration.

    Raises:
        Error: a layer could not be used.
    """
    try:
        return figment.merged()
    except Error as error:
        raise error if reveal else secrets.hide(error) from None


def _show(options: argparse.Namespace) -> int:
    from rocketpy.config.explain import origin, value_text

    figment, secrets = _figment(options)
    reveal = options.reveal_secrets
    rows = [
        (".".join(path), value_text(path, value, secrets, reveal=reveal), origin(value.tag, path))
        for path, value in _merged(figment, secrets, reveal=reveal).leaves()
        if not isinstance(value.data, dict) or not value.data
    ]
    print(f"profile: {figment.profile}")
    print(table(("key", "value", "source"), rows))
    return _validity(figment, secrets, reveal=reveal)


def _validity(figment: Figment, secrets: Secrets, *, reveal: bool) -> int:
    """Print the errors of a configuration that cannot be used, after the command's own output."""
    from rocketpy.config.keys import table as keys
    from rocketpy.config.mistakes.error_order import in_order
    from rocketpy.config.report import report

    try:
        figment.extract(keys.decode)
    except Error as error:
        print(
            report(in_order(error, figment), secrets.within(figment), reveal=reveal),
            file=sys.stderr,
        )
        return ExitCode.BAD_CONFIG
    return ExitCode.OK


def _get(options: argparse.Namespace) -> int:
    from rocketpy.config.explain import value_text

    figment, secrets = _figment(options)
    value = _merged(figment, secrets, reveal=options.reveal_secrets).find(options.key)
    if value is None:
        return _no_such_key(options.key, figment)
    path = tuple(options.key.split("."))
    text = value_text(path, value, secrets, reveal=options.reveal_secrets)
    plain = value.plain()
    if isinstance(plain, str) and text[:1] in "\"'":
        # A string is printed without quotes, for shells.
        text = secrets.shown(path, plain, reveal=options.reveal_secrets)
    print(text)
    return ExitCode.OK


def _no_such_key(key: str, figment: Figment) -> int:
    from difflib import get_close_matches

    known = [".".join(path) for path, _ in figment.merged().leaves()]
    close = get_close_matches(key, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    print(f"Error: there is no key `{key}` in the profile {figment.profile}{hint}", file=sys.stderr)
    return ExitCode.FAILED


def _explain(options: argparse.Namespace) -> int:
    from rocketpy.config.explain import Outcome, explain, value_text

    figment, secrets = _figment(options)
    path = tuple(options.key.split("."))
    used = _merged(figment, secrets, reveal=options.reveal_secrets).find(options.key)
    given = explain(figment, options.key)
    if used is None and not given:
        return _no_such_key(options.key, figment)
    rows = []
    for one in given:
        outcome = one.outcome.value
        if one.outcome is Outcome.IGNORED:
            outcome += f": the profile {one.profile} is not selected"
        text = value_text(path, one.value, secrets, reveal=options.reveal_secrets)
        rows.append((str(one.profile), one.origin, text, outcome))
    print(f"{options.key} in the profile {figment.profile}, lowest precedence first:")
    print(table(("profile", "source", "value", "result"), rows))
    if used is not None:
        print(f"{options.key} = {value_text(path, used, secrets, reveal=options.reveal_secrets)}")
    return ExitCode.OK


def _dump(options: argparse.Namespace) -> int:
    figment, secrets = _figment(options)
    if options.format == "toml":
        from rocketpy.config.toml_dump import toml_dump

        print(toml_dump(figment, secrets, reveal=options.reveal_secrets), end="")
        return ExitCode.OK
    import json

    from rocketpy.config.dump import beyond_rocket, dump

    rocket = _layers(options, only_rocket=True)
    reveal = options.reveal_secrets
    dumped = dump(rocket, secrets, reveal=reveal)
    beyond = beyond_rocket(rocket, figment, secrets, reveal=reveal)
    if any(beyond.values()):
        dumped["beyond_rocket"] = beyond
    print(json.dumps(dumped, ensure_ascii=True))
    failed = dumped["result"] != "ok" or beyond["errors"]
    return ExitCode.BAD_CONFIG if failed else ExitCode.OK
