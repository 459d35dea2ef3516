"""Where the value of a key comes from, and which of the values given for it is used.

These functions answer questions about the layers of a configuration, with data; the commands
`config show` and `config explain` print it.
"""

from __future__ import annotations

import datetime
import enum
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.config.fields import FieldDefault
from rocketpy.config.keys.table import DEFAULTS
from rocketpy.config.secrets import Secrets
from rocketpy.config.ways.variables import VARIABLES, name_as_set
from rocketpy.figment import place
from rocketpy.figment.kind import REDACTED
from rocketpy.figment.loose import render
from rocketpy.figment.profile import DEFAULT, GLOBAL, Profile
from rocketpy.figment.value import DATETIME_KEY, Empty, Value, Word, born

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Tag


class Outcome(enum.Enum):
    """What becomes of a value that a source gives for a key."""

    USED = "used"
    """It is the value of the key."""
    MERGED = "merged"
    """It is a table, and merged with the other tables for the key, key by key."""
    OVERRIDDEN = "overridden"
    """A source of higher precedence gives another value."""
    IGNORED = "ignored"
    """It belongs to a profile that is not selected."""


class Origin(NamedTuple):
    """Where a value comes from; as a text: `default`, `ROCKET_PORT`, `Rocket.toml:4 [release]`.

    Attributes:
        kind: `default` (Rocket's), `class` (a default of the application's class), `variable`,
            `file`, or `other` for a provider that is none of these.
        name: the variable as it is set, the class, or the provider; empty for the others.
        file: the file with the value, or with the class.
        line: the line in it, from 1, where that is known.
        profile: the profile that a file gives the value for.
    """

    kind: str
    name: str = ""
    file: str = ""
    line: int | None = None
    profile: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        profile = f" [{self.profile}]" if self.profile else ""
        named = ", ".join(part for part in (self.name, place) if part)
        return f"{named}{profile}" or self.kind


class Given(NamedTuple):
    """A value that one source gives for a key."""

    profile: Profile
    """The profile that the source gives it for."""
    origin: Origin
    """Its source."""
    value: Value
    outcome: Outcome


def origin(tag: Tag | None, path: tuple[str, ...]) -> Origin:
    """Return where the value of a path comes from.

    Args:
        tag: the tag of the value.
        path: the parts of its key.
    """
    if tag is None or tag.metadata is DEFAULTS:
        return Origin("default")
    metadata, source = tag.metadata, tag.metadata.source
    if isinstance(metadata, FieldDefault):
        file, _, line = source.display().rpartition(":") if source else ("", "", "0")
        return Origin("class", metadata.name, file, int(line) or None)
    if metadata.name == VARIABLES:
        return Origin("variable", name_as_set(path, nests=metadata.key(tag.profile, ("", ""))))
    if source is None or source.kind != "file":
        return Origin("other", str(metadata), profile=str(tag.profile))
    found = place.find(tag, path)
    if found is None:
        return Origin("file", file=source.display(), profile=str(tag.profile))
    return Origin("file", file=found.file, line=found.line, profile=str(tag.profile))


def shown_keys(merged: Value) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Yield every key with its value, tables by what they hold; a date is a value, no table."""
    for path, value in merged.leaves():
        if path[-1] != DATETIME_KEY and (
            not isinstance(value.data, dict) or not value.data or _is_date(value)
        ):
            yield path, value


def _is_date(value: Value) -> bool:
    return isinstance(value.data, dict) and len(value.data) == 1 and DATETIME_KEY in value.data


def tag_of(value: Value) -> Tag | None:
    """Return the tag of a value; that of a date is its text's, since a date is kept as a table."""
    return value.data[DATETIME_KEY].tag if _is_date(value) else value.tag


def value_text(
    path: tuple[str, ...], value: Value, secrets: Secrets, *, reveal: bool = False
) -> str:
    """Return a value as an environment variable gives it; `none` where it is empty.

    Args:
        path: the parts of its key.
        value: the value.
        secrets: what is known of the secrets of the configuration.
        reveal: whether secrets are shown.
    """
    if isinstance(value.data, Empty):
        return "none"
    if not reveal:
        hidden = secrets.shown(path, value.plain())
        if hidden != value.plain():
            value = born(hidden, None)
    return render(_with_dates(value)).replace(f'"{REDACTED}"', REDACTED)


def _with_dates(value: Value) -> Value:
    """Return a value in which each date is a word."""
    if _is_date(value):
        return Value(Word(value.data[DATETIME_KEY].plain()))
    if isinstance(value.data, dict):
        return Value({key: _with_dates(part) for key, part in value.data.items()})
    if isinstance(value.data, list):
        return Value([_with_dates(part) for part in value.data])
    return value


def value_data(
    path: tuple[str, ...], value: Value, secrets: Secrets, *, reveal: bool = False
) -> Any:
    """Return a value as JSON can hold it: dates, and numbers that are none, as texts.

    Args:
        path: the parts of its key.
        value: the value.
        secrets: what is known of the secrets of the configuration.
        reveal: whether secrets are shown.
    """
    return _as_json(secrets.shown(path, value.plain(), reveal=reveal))


def _as_json(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _as_json(part) for key, part in data.items()}
    if isinstance(data, list):
        return [_as_json(part) for part in data]
    if isinstance(data, datetime.date | datetime.time):
        return data.isoformat()
    return repr(data) if isinstance(data, float) and not math.isfinite(data) else data


def explain(figment: Figment, key: str) -> list[Given]:
    """Return every value that a source gives for a key, from the lowest precedence to the highest.

    Args:
        figment: the layers.
        key: the key, with dots where it is in a table.
    """
    path = tuple(key.split("."))
    used = figment.merged().find(key)
    precedence = (DEFAULT, figment.profile, GLOBAL)
    found = []
    for _layer, profile, value in figment.spoken(key):
        if profile not in precedence:
            outcome = Outcome.IGNORED
        elif isinstance(value.data, dict) and not _is_date(value):
            outcome = Outcome.MERGED
        elif used is not None and tag_of(value) == tag_of(used):
            outcome = Outcome.USED
        else:
            outcome = Outcome.OVERRIDDEN
        found.append(Given(profile, origin(tag_of(value), path), value, outcome))
    # The sort is stable: within a profile a later layer has the higher precedence.
    return sorted(
        found,
        key=lambda given: precedence.index(given.profile) if given.profile in precedence else -1,
    )
