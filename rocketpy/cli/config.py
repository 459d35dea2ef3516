"""`rocketpy config`: show the configuration, and where every value comes from."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.cli.env_file import add_env_file, read_env_file
from rocketpy.cli.table import table
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.config.secrets import Secrets
    from rocketpy.figment.figment import Figment


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
    for listing in (show, explain):
        listing.add_argument(
            "--format",
            choices=("table", "json"),
            default="table",
            help="table: for people; json: for programs (default: table)",
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


class Inspected(NamedTuple):
    """A configuration that is inspected.

    Attributes:
        layers: what the application reads.
        shown: the same, with the defaults of the application's own keys.
        secrets: what is known of its secrets.
        settings: the class of the application's configuration, where it is known.
        reveal: whether secrets are shown.
    """

    layers: Figment
    shown: Figment
    secrets: Secrets
    settings: type[ServiceConfig] | None
    reveal: bool

    def problem(self) -> Error | None:
        """Return what is wrong with the configuration, all errors chained, or None."""
        from rocketpy.config.keys import table as keys
        from rocketpy.config.mistakes.error_order import in_order

        try:
            if self.settings is None or self.reveal:
                self.layers.extract(keys.decode)
        except Error as error:
            return self.hidden(in_order(error, self.layers))
        try:
            if self.settings is not None:
                self.settings(self.layers)
        except Error as error:
            return error
        return None

    def hidden(self, error: Error) -> Error:
        """Return an error without the secrets in it, unless they are revealed."""
        return error if self.reveal else self.secrets.within(self.layers).hide(error)


def _part(
    parts: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    run: Callable[[argparse.Namespace, Inspected], int],
) -> argparse.ArgumentParser:
    """Add a command that inspects the configuration; an error that ends it has no secrets in it."""

    def inspect(options: argparse.Namespace) -> int:
        inspected = _inspected(options)
        try:
            return run(options, inspected)
        except Error as error:
            raise inspected.hidden(error) from None

    part = parts.add_parser(name, help=f"print {about}", description=f"Print {about}.")
    part.set_defaults(run=inspect)
    return part


def _layers(options: argparse.Namespace, *, only_rocket: bool) -> Figment:
    """Return the layers that the application reads."""
    from rocketpy.cli import loading
    from rocketpy.config.settings_shape import shape_of
    from rocketpy.config.shape import ROCKET
    from rocketpy.config.sources import figment

    settings, _ = loading.find_settings(options.app)
    if settings is None:
        return figment(shape=ROCKET, only_rocket=only_rocket)
    layers = loading.given_figment(options.app)
    if layers is None:
        layers = figment(shape=shape_of(settings), only_rocket=only_rocket)
    return layers


def _inspected(options: argparse.Namespace) -> Inspected:
    """Return the configuration that the options name.

    It can be inspected while the application cannot be imported. Its own keys are hidden then,
    since any of them may be a secret.
    """
    from rocketpy.cli import loading
    from rocketpy.config.settings_shape import secrets_of
    from rocketpy.config.sources import select_profile

    read_env_file(options.env_file)
    if options.profile is not None:
        select_profile(options.profile)

    settings, why = loading.find_settings(options.app)
    layers = _layers(options, only_rocket=False)
    shown = layers if settings is None else settings.figment_with_defaults(layers)
    found = Inspected(layers, shown, secrets_of(settings), settings, options.reveal_secrets)
    hides = settings is None and not found.reveal
    if hides and any(map(found.secrets.is_unknown, _keys(options, layers))):
        print(f"Note: keys that are not Rocket's are hidden, since {why}", file=sys.stderr)
        print("  name the application with --app, or give --reveal-secrets", file=sys.stderr)
    return found


def _keys(options: argparse.Namespace, figment: Figment) -> list[str]:
    """Return the top-level keys that a command prints."""
    try:
        keys = list(figment.merged().data)
    except Error:
        return []
    asked = options.key.partition(".")[0] if "key" in options else None
    return [key for key in keys if asked in {None, key}]


def _show(options: argparse.Namespace, inspected: Inspected) -> int:
    from rocketpy.config.explain import origin, shown_keys, tag_of, value_data, value_text

    shown, secrets, reveal = inspected.shown, inspected.secrets, inspected.reveal
    if options.format == "json" and shown.failures is not None:
        return _print_json({"profile": str(shown.profile), "keys": []}, inspected)
    keys = [
        (path, value, origin(tag_of(value), path)) for path, value in shown_keys(shown.merged())
    ]
    if options.format == "json":
        rows = [
            {
                "key": ".".join(path),
                "value": value_data(path, value, secrets, reveal=reveal),
                "source": source._asdict(),
            }
            for path, value, source in keys
        ]
        return _print_json({"profile": str(shown.profile), "keys": rows}, inspected)
    print(f"profile: {shown.profile}")
    texts = [
        (".".join(path), value_text(path, value, secrets, reveal=reveal), str(source))
        for path, value, source in keys
    ]
    print(table(("key", "value", "source"), texts))
    return _validity(inspected)


def _print_json(found: dict[str, Any], inspected: Inspected) -> int:
    """Print what was found, and what is wrong with the configuration, for programs."""
    from rocketpy.config.dump import describe
    from rocketpy.config.mistakes.remedies import add_remedies

    problem = inspected.problem()
    errors = (
        []
        if problem is None
        else [describe(error) | {"help": error.help} for error in add_remedies(problem)]
    )
    print(json.dumps(found | {"errors": errors}))
    return ExitCode.OK if problem is None else ExitCode.BAD_CONFIG


def _validity(inspected: Inspected) -> int:
    """Print the errors of a configuration that cannot be used, after the command's own output."""
    from rocketpy.config.report import report

    problem = inspected.problem()
    if problem is None:
        return ExitCode.OK
    print(report(problem, inspected.secrets, reveal=True), file=sys.stderr)
    return ExitCode.BAD_CONFIG


def _get(options: argparse.Namespace, inspected: Inspected) -> int:
    from rocketpy.config.explain import value_text

    value = inspected.shown.merged().find(options.key)
    if value is None:
        return _no_such_key(options.key, inspected.shown)
    path = tuple(options.key.split("."))
    text = value_text(path, value, inspected.secrets, reveal=inspected.reveal)
    plain = value.plain()
    if isinstance(plain, str) and text[:1] in "\"'":
        # A string is printed without quotes, for shells.
        text = inspected.secrets.shown(path, plain, reveal=inspected.reveal)
    print(text)
    return _validity(inspected)


def _no_such_key(key: str, figment: Figment) -> int:
    from difflib import get_close_matches

    known = [".".join(path) for path, _ in figment.merged().leaves()]
    close = get_close_matches(key, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    print(f"Error: there is no key `{key}` in the profile {figment.profile}{hint}", file=sys.stderr)
    return ExitCode.FAILED


def _explain(options: argparse.Namespace, inspected: Inspected) -> int:
    from rocketpy.config.explain import Outcome, explain, value_data, value_text

    shown, secrets, reveal = inspected.shown, inspected.secrets, inspected.reveal
    path = tuple(options.key.split("."))
    used = shown.merged().find(options.key)
    given = explain(shown, options.key)
    if used is None and not given:
        return _no_such_key(options.key, shown)
    if options.format == "json":
        found = [
            {
                "profile": str(one.profile),
                "source": one.origin._asdict(),
                "value": value_data(path, one.value, secrets, reveal=reveal),
                "result": one.outcome.value,
            }
            for one in given
        ]
        value = None if used is None else value_data(path, used, secrets, reveal=reveal)
        profile = str(shown.profile)
        print(json.dumps({"key": options.key, "profile": profile, "value": value, "given": found}))
        return ExitCode.OK
    rows = []
    for one in given:
        outcome = one.outcome.value
        if one.outcome is Outcome.IGNORED:
            outcome += f": the profile {one.profile} is not selected"
        text = value_text(path, one.value, secrets, reveal=reveal)
        rows.append((str(one.profile), str(one.origin), text, outcome))
    print(f"{options.key} in the profile {shown.profile}, lowest precedence first:")
    print(table(("profile", "source", "value", "result"), rows))
    if used is not None:
        print(f"{options.key} = {value_text(path, used, secrets, reveal=reveal)}")
    return ExitCode.OK


def _dump(options: argparse.Namespace, inspected: Inspected) -> int:
    secrets, reveal = inspected.secrets, inspected.reveal
    if options.format == "toml":
        from rocketpy.config.toml_dump import toml_dump

        print(toml_dump(inspected.shown, secrets, reveal=reveal), end="")
        return _validity(inspected)
    from rocketpy.config.dump import beyond_rocket, describe, dump

    rocket = _layers(options, only_rocket=True)
    if inspected.settings is not None:
        rocket = inspected.settings.figment_with_defaults(rocket)
    dumped = dump(rocket, secrets, reveal=reveal)
    beyond = beyond_rocket(rocket, inspected.shown, secrets, reveal=reveal)
    if dumped["result"] == "ok" and not beyond["errors"]:
        problem = inspected.problem()
        beyond["errors"] = [] if problem is None else [describe(error) for error in problem]
    if any(beyond.values()):
        dumped["beyond_rocket"] = beyond
    print(json.dumps(dumped, ensure_ascii=True))
    failed = dumped["result"] != "ok" or beyond["errors"]
    return ExitCode.BAD_CONFIG if failed else ExitCode.OK
