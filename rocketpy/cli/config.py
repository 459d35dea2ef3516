"""`rocketpy config`: what the configuration is, and where every value came from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rocketpy.cli.table import table
from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse

    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Tag, Value


def add_to(verbs: Any) -> None:
    """Add the verb and its own verbs to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "config",
        help="show the configuration, and where it comes from",
        description="Show the configuration that a launch here and now would have.",
    )
    parts = verb.add_subparsers(dest="part", metavar="COMMAND", required=True)
    show = _part(parts, "show", "every key, its value, and where it is from", _show)
    get = _part(parts, "get", "the value of one key", _get)
    explain = _part(parts, "explain", "every source that spoke of a key, and which won", _explain)
    dump = _part(parts, "dump", "the whole configuration, for programs", _dump)
    for keyed in (get, explain):
        keyed.add_argument("key", help="a key, dotted where it is in a table: limits.json")
    dump.add_argument(
        "--format",
        choices=("json", "toml"),
        default="json",
        help="json: with the origin of every value; toml: to be read back (default: json)",
    )
    for every in (show, get, explain, dump):
        every.add_argument("--profile", metavar="P", help="for this profile, not ROCKET_PROFILE's")
        every.add_argument("--reveal-secrets", action="store_true", help="show secrets too")


def _part(parts: Any, name: str, about: str, run: Any) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(
        name, help=about, description=f"Print {about}."
    )
    part.set_defaults(run=run)
    return part


def _figment(asked: argparse.Namespace) -> Figment:
    """Return the layers, with the defaults of the application in app.py, where there is one."""
    from rocketpy.cli import loading
    from rocketpy.config.sources import figment

    layers = figment(asked.profile)
    try:
        settings = loading.settings_of(None)
    except loading.LoadError:
        # Looking at the configuration must be possible while the application is broken.
        settings = None
    return layers if settings is None else settings.figment_with_defaults(layers)


def _text(path: tuple[str, ...], value: Value, *, reveal: bool) -> str:
    """Return a value as an environment variable would give it, without its secrets."""
    from rocketpy.config.secrets import shown
    from rocketpy.figment.kind import REDACTED
    from rocketpy.figment.loose import render
    from rocketpy.figment.value import Empty, born

    if isinstance(value.data, Empty):
        return "none"
    if not reveal:
        hidden = shown(path, value.plain())
        if hidden != value.plain():
            value = born(hidden, None)
    text = render(value)
    return text.replace(f'"{REDACTED}"', REDACTED)


def _origin(tag: Tag | None, path: tuple[str, ...]) -> str:
    """Return where a value came from: a line of a file, a variable, or its provider's name."""
    from rocketpy.config.keys.table import DEFAULTS
    from rocketpy.config.sources import PREFIX
    from rocketpy.figment import place

    if tag is None or tag.metadata is DEFAULTS:
        return "default"
    if tag.metadata.source is None:
        return f"{PREFIX}{tag.metadata.key(tag.profile, path)}"
    found = place.find(tag, path)
    where = f"{found.file}:{found.line}" if found else tag.metadata.source.display()
    return f"{where} [{tag.profile}]"


def _show(asked: argparse.Namespace) -> int:
    figment = _figment(asked)
    rows = [
        (".".join(path), _text(path, value, reveal=asked.reveal_secrets), _origin(value.tag, path))
        for path, value in figment.merged().leaves()
        if not isinstance(value.data, dict) or not value.data
    ]
    print(f"profile: {figment.profile}")
    print(table(("key", "value", "from"), rows))
    return _validity(figment, reveal=asked.reveal_secrets)


def _validity(figment: Figment, *, reveal: bool) -> int:
    """Tell, after what was asked for, that the configuration cannot be used, if it cannot."""
    from rocketpy.config.error_order import in_order
    from rocketpy.config.keys import table as keys
    from rocketpy.config.report import report

    try:
        figment.extract(keys.decode)
    except Error as error:
        print(report(in_order(error, figment), reveal=reveal), file=sys.stderr)
        return ExitCode.BAD_CONFIG
    return ExitCode.OK


def _get(asked: argparse.Namespace) -> int:
    figment = _figment(asked)
    value = figment.merged().find(asked.key)
    if value is None:
        return _no_such_key(asked.key, figment)
    path = tuple(asked.key.split("."))
    plain = value.plain()
    if isinstance(plain, str) and _text(path, value, reveal=asked.reveal_secrets)[:1] in "\"'":
        from rocketpy.config.secrets import shown

        # A text is printed as it is, for shells.
        print(shown(path, plain, reveal=asked.reveal_secrets))
    else:
        print(_text(path, value, reveal=asked.reveal_secrets))
    return ExitCode.OK


def _no_such_key(key: str, figment: Figment) -> int:
    from difflib import get_close_matches

    known = [".".join(path) for path, _ in figment.merged().leaves()]
    close = get_close_matches(key, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    print(f"Error: there is no key `{key}` in the profile {figment.profile}{hint}", file=sys.stderr)
    return ExitCode.FAILED


def _explain(asked: argparse.Namespace) -> int:
    from rocketpy.figment.profile import DEFAULT, GLOBAL

    figment = _figment(asked)
    path = tuple(asked.key.split("."))
    winner = figment.merged().find(asked.key)
    spoken = list(figment.spoken(asked.key))
    if winner is None and not spoken:
        return _no_such_key(asked.key, figment)
    counting = (DEFAULT, figment.profile, GLOBAL)
    print(f"{asked.key}, for the profile {figment.profile}; what comes later counts more:")
    ranked = sorted(spoken, key=lambda heard: _rank(heard[1], counting))
    rows = []
    for _layer, profile, value in ranked:
        if profile not in counting:
            verdict = f"passed over: the profile {profile} is not selected"
        elif winner is not None and value.tag == winner.tag:
            verdict = "united with what is above" if isinstance(value.data, dict) else "wins"
        else:
            verdict = "united with what is below" if isinstance(value.data, dict) else "overridden"
        text = _text(path, value, reveal=asked.reveal_secrets)
        rows.append((str(profile), _origin(value.tag, path), text, verdict))
    print(table(("profile", "from", "value", "verdict"), rows))
    if winner is not None:
        print(f"{asked.key} = {_text(path, winner, reveal=asked.reveal_secrets)}")
    return ExitCode.OK


def _rank(profile: Any, counting: tuple[Any, ...]) -> int:
    return counting.index(profile) if profile in counting else -1


def _dump(asked: argparse.Namespace) -> int:
    figment = _figment(asked)
    if asked.format == "toml":
        from rocketpy.config.toml_dump import toml_dump

        print(toml_dump(figment, reveal=asked.reveal_secrets), end="")
        return ExitCode.OK
    import json

    from rocketpy.config.dump import dump

    dumped = dump(figment, reveal=asked.reveal_secrets)
    print(json.dumps(dumped, ensure_ascii=True))
    return ExitCode.OK if dumped["result"] == "ok" else ExitCode.BAD_CONFIG
