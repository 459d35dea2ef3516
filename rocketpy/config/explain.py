"""Where the value of a key comes from, and which of the values given for it is used.

These functions answer questions about the layers of a configuration, with data; the commands
`config show` and `config explain` print it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.config.fields import FieldDefault
from rocketpy.config.keys.table import DEFAULTS
from rocketpy.config.secrets import Secrets
from rocketpy.config.sources import PREFIX
from rocketpy.figment import place
from rocketpy.figment.kind import REDACTED
from rocketpy.figment.loose import render
from rocketpy.figment.profile import DEFAULT, GLOBAL, Profile
from rocketpy.figment.value import Empty, Value, born

if TYPE_CHECKING:
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


class Given(NamedTuple):
    """A value that one source gives for a key."""

    profile: Profile
    """The profile that the source gives it for."""
    origin: str
    """Its source: `default`, `ROCKET_PORT`, `Rocket.toml:4 [release]`."""
    value: Value
    outcome: Outcome


def origin(tag: Tag | None, path: tuple[str, ...]) -> str:
    """Return where the value of a path comes from: a line of a file, a variable, or `default`.

    Args:
        tag: the tag of the value.
        path: the parts of its key.
    """
    if tag is None or tag.metadata is DEFAULTS:
        return "default"
    if isinstance(tag.metadata, FieldDefault):
        source = tag.metadata.source
        return f"{tag.metadata.name}, {source.display()}" if source else tag.metadata.name
    if tag.metadata.source is None:
        return f"{PREFIX}{tag.metadata.key(tag.profile, path)}"
    found = place.find(tag, path)
    where = f"{found.file}:{found.line}" if found else tag.metadata.source.display()
    return f"{where} [{tag.profile}]"


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
    return render(value).replace(f'"{REDACTED}"', REDACTED)


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
        elif isinstance(value.data, dict):
            outcome = Outcome.MERGED
        elif used is not None and value.tag == used.tag:
            outcome = Outcome.USED
        else:
            outcome = Outcome.OVERRIDDEN
        found.append(Given(profile, origin(value.tag, path), value, outcome))
    # The sort is stable: within a profile a later layer has the higher precedence.
    return sorted(
        found,
        key=lambda given: precedence.index(given.profile) if given.profile in precedence else -1,
    )
