"""What to do about an error: the remedy for what people really write.

Decoders give a remedy that fits every wrong value of a type. Here are those that depend on what
was written; they stand behind Rocket's words, and never change these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rocketpy.config.keys.table import ROCKET_KEYS
from rocketpy.config.mistakes.near import nearest, nearest_anyhow
from rocketpy.config.ways.variables import PREFIX, VARIABLES
from rocketpy.figment import place
from rocketpy.figment.error import Error
from rocketpy.figment.kind import REDACTED, Actual
from rocketpy.figment.profile import DEFAULT, GLOBAL, upper
from rocketpy.figment.value import Tag, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from rocketpy.figment.figment import Figment

_WORD = re.compile(r"[\w-]+")
_SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://[^/\s]+:\d+$")
_EXPANSION = re.compile(r"\$\{?\w+|%\w+%|%\(\w+\)s|\{\{.*\}\}|\$\(.*\)$")
_JSON = re.compile(r'\s*\{\s*("[^"]*"\s*:|\})')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WITH_UNIT = re.compile(r"([0-9]+)\s*(s|sec|secs|second|seconds|ms|m|min|h)$")
_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false", "y": "true", "n": "false"}
_LEVELS = {
    "info": "normal", "warn": "critical", "warning": "critical", "error": "critical",
    "trace": "debug", "none": "off", "silent": "off",
}  # fmt: skip
"""What other programs call the levels of `log_level`."""


def add_remedies(error: Error, figment: Figment | None = None) -> Error:
    """Give an error, and those that are chained behind it, the remedies that fit them best.

    Args:
        error: the error; it is changed and returned.
        figment: the layers, where they are known: a key that is missing may be there under
            another name, or in another profile.
    """
    values = None if figment is None else _merged(figment)
    for one in error:
        help_ = _remedy(one, values)
        if not help_ and figment is not None and one.kind.name == "MissingField" and not one.path:
            help_ = _elsewhere(str(one.kind.found), figment)
        one.help = help_ or one.help
    return error


def _merged(figment: Figment) -> Value | None:
    try:
        return figment.merged()
    except Error:
        return None


def _remedy(error: Error, values: Value | None) -> str:
    if error.position is not None:
        return _of_syntax(error)
    if error.kind.name == "MissingField" and values is not None:
        return _of_missing(error, values)
    if error.path == ("address",) and values is not None:
        value = values.find("address")
        return _of_address(value.data) if value and isinstance(value.data, str) else ""
    actual = error.kind.found
    if error.kind.name in {"InvalidType", "InvalidValue"} and isinstance(actual, Actual):
        return _of_value(error, actual)
    if error.kind.name == "UnknownVariant":
        return _of_variant(error)
    return ""


def _of_syntax(error: Error) -> str:
    from rocketpy.config.mistakes.syntax_remedies import syntax_remedy

    text = str(error.kind)
    if error.position is None or not text.startswith("TOML parse error"):
        return ""
    found = place.place(error)
    lines = text.split("\n")
    shown = lines[2].partition(" | ")[2]
    line = found.text if found else shown
    remedy = syntax_remedy(line, error.position[1], "\n".join(lines[4:]))
    # What is not shown of the line may be a secret: the remedy does not say it either.
    hidden = set(_WORD.findall(line)) - set(_WORD.findall(shown))
    return "" if hidden & set(_WORD.findall(remedy)) else remedy


def _of_missing(error: Error, values: Value) -> str:
    """Name a key that is given and may be meant for the missing one."""
    field = str(error.kind.found)
    table = values.find(".".join(error.path)) if error.path else values
    if table is None or not isinstance(table.data, dict):
        return ""
    known = frozenset() if error.path else ROCKET_KEYS
    near = nearest_anyhow if error.path else nearest
    given = near(field, [key for key in table.data if key not in known])
    if given is None:
        return ""
    value = table.data[given]
    if value.tag is None:
        return ""
    path = (*error.path, given)
    meant = [field]
    if "__" in given:
        meant = [f"{field}.{given.partition('__')[2]}"]
    elif given.lower().startswith(f"{field.lower()}_"):
        meant.append(f"{field}.{given[len(field) :].lstrip('_')}")  # `db_url` for `db.url`
    if value.tag.metadata.name == VARIABLES:
        names = " or ".join(_variable(value.tag, (*error.path, *one.split("."))) for one in meant)
        return f"{_variable(value.tag, path)} is given: did you mean {names}?"
    spelled = value.tag.metadata.key(value.tag.profile, path)
    names = "` or `".join(meant)
    return f"`{spelled}` is given{_at(value.tag, path)}: did you mean `{names}`?"


def _elsewhere(field: str, figment: Figment) -> str:
    """Say in which profile a missing key is given, or that a table of its name is a profile."""
    for layer in figment.layers():
        for profile, table in layer.values.items():
            tag = Tag(layer.metadata, profile)
            if profile == field:
                return (
                    f"the table `[{profile}]`{_at(tag, ())} is a profile: "
                    f"did you mean `[default.{field}]`?"
                )
            if field in table and profile not in {figment.profile, DEFAULT, GLOBAL}:
                return (
                    f"`{layer.metadata.key(profile, (field,))}` is given{_at(tag, (field,))}, "
                    f"and the profile {profile} is not selected"
                )
    return ""


def _at(tag: Tag, path: tuple[str, ...]) -> str:
    found = place.find_key(tag, path)
    return f" at {found.file}:{found.line}:{found.column}" if found else ""


def _variable(tag: Tag, path: tuple[str, ...]) -> str:
    if len(path) == 1:
        return f"`{PREFIX}{tag.metadata.key(tag.profile, path)}`"
    return f"`{PREFIX}{'__'.join(map(upper, path))}`"


def _of_value(error: Error, actual: Actual) -> str:
    secret = REDACTED in actual.shown
    variable = _variable_of(error)
    in_variable = bool(variable)
    expected = error.kind.expected
    text = _unquoted(actual.shown) if actual.type == "string" else actual.shown.strip("`")
    if actual.type == "string":
        for pattern, remedy in _TEXTS:
            if pattern.match(text):
                return remedy(variable)
        if in_variable and _JSON.match(text):
            return (
                'this is JSON: a table in a variable is written {key="…"}, or one key at a time, '
                f"{variable}__KEY"
            )
    if secret:
        return ""
    if actual.type == "string" and expected in _NUMBERS:
        if _NUMBER.fullmatch(text):
            return f"write {text} without quotes"
        unit = _WITH_UNIT.fullmatch(text)
        if unit:
            return f"write the number alone: {unit[1]}"
    if actual.type == "string" and expected in _TRUTH:
        if text.lower() in _BOOLEANS:
            return f"write {_BOOLEANS[text.lower()]}"
        if text.lower() in {"true", "false", "0", "1"}:
            return f"write {text.lower()} without quotes"
    if expected == "a sequence" and actual.type == "string":
        return "write an array: [a, b]" if in_variable else 'write an array: ["…", "…"]'
    if error.path[-1:] == ("log_level",) and text.lower() in _LEVELS:
        return f'write "{_LEVELS[text.lower()]}"; allowed: critical, normal, debug, off'
    if error.path[-1:] == ("log_level",):
        return "allowed: critical, normal, debug, off"
    if expected == "a string" and actual.type in _SCALARS:
        quoted = f"""'"{text}"'""" if in_variable else f'"{text}"'
        return f"write {quoted}, a text in quotes"
    near = nearest_anyhow(text, _ALLOWED.findall(expected)) if actual.type == "string" else None
    return f'did you mean "{near}"?' if near else ""


def _of_address(text: str) -> str:
    """Return what to write for what is no address of a machine."""
    found = _WITH_PORT.fullmatch(text)
    if found:
        return f'write "{found[1]}", and the port in `port`: {found[2]}'
    if text.lower() in _ADDRESSES:
        return f'write "{_ADDRESSES[text.lower()]}"'
    bracketed = re.fullmatch(r"\[([0-9a-fA-F:.]+)\]", text)
    return f'write "{bracketed[1]}"' if bracketed else ""


_WITH_PORT = re.compile(r"\[?([0-9.]+|(?<=\[)[0-9a-fA-F:.]+)\]?:([0-9]+)")
_ADDRESSES = {"localhost": "127.0.0.1", "*": "0.0.0.0", "all": "0.0.0.0", "any": "0.0.0.0"}
_ALLOWED = re.compile("['`]([^'`]+)['`]")
"""The texts that an error of an enumeration lists."""
_TRUTH = frozenset({"a boolean", "true or false"})
_NUMBERS = frozenset({"u8", "u16", "u32", "usize", "an integer", "a number"})
_SCALARS = frozenset({"signed int", "unsigned int", "float", "bool"})


def _service_link(variable: str) -> str:
    if not variable:
        return ""
    return (
        f"Kubernetes and Docker set {variable} for a service called `rocket`: "
        "rename that, or set `enableServiceLinks: false` in the pod"
    )


def _expansion(variable: str) -> str:
    if variable:
        return f"nothing is put in for variables in a value: set {variable} to the value itself"
    return "nothing is put in for variables in a file: set ROCKET_… in the environment instead"


_TEXTS: list[tuple[re.Pattern[str], Callable[[str], str]]] = [
    (_SERVICE_LINK, _service_link),
    (_EXPANSION, _expansion),
]


def _of_variant(error: Error) -> str:
    """Name a signal as the key has it."""
    found = str(error.kind.found)
    name = found.lower().removeprefix("sig")
    if error.path[:2] == ("shutdown", "signals") and f"`{name}`" in error.kind.expected:
        return f'write "{name}"'
    return ""


def _variable_of(error: Error) -> str:
    """Return the variable that an error is about, or an empty text."""
    if error.tag is not None and error.tag.metadata.name == VARIABLES:
        return PREFIX + error.tag.metadata.key(error.tag.profile, error.path)
    return ""


def _unquoted(shown: str) -> str:
    """Return a text that an error shows in quotes; most escapes stay."""
    quoted = len(shown) > 1 and shown[0] == shown[-1] == '"'
    return shown[1:-1].replace('\\"', '"') if quoted else shown
