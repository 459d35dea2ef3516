"""A configuration that cannot be used, told to a person: all its errors, without its secrets."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from rocketpy.config.keys.table import DEPRECATED_KEYS, KEYS
from rocketpy.config.mistakes.remedies import add_remedies
from rocketpy.config.secrets import Secrets
from rocketpy.figment import place
from rocketpy.figment.render import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rocketpy.figment.error import Error
    from rocketpy.figment.figment import Figment
    from rocketpy.figment.metadata import Metadata

HEADING = "Failed to extract valid configuration."
"""Rocket's own words."""

NEAR = 0.75
"""How alike a key must be to a known one to be taken for it misspelt; 1 is the same."""


def report(error: Error, secrets: Secrets | None = None, *, reveal: bool = False) -> str:
    """Return the text that describes an error and all that are chained behind it.

    Args:
        error: the error; its secrets are taken out of it, unless they are revealed.
        secrets: what is known of these; an error that `Config` raised has none in it.
        reveal: whether secrets are shown.
    """
    return "\n".join([f"Error: {HEADING}", *reports(error, secrets, reveal=reveal)])


def reports(error: Error, secrets: Secrets | None = None, *, reveal: bool = False) -> Iterator[str]:
    """Yield the text of each error, as it stands under the heading; see `report`."""
    if not reveal:
        (secrets or Secrets()).hide(error)
    for one in add_remedies(error):
        first, *rest = "\n".join(lines(one)).split("\n")
        yield "\n".join([f"   >> {first}", *(f"      {line}" for line in rest)])


class NearMiss:
    """A key that nothing reads, and that is almost one that is read."""

    __slots__ = ("key", "known", "origin", "where")

    def __init__(self, key: str, known: str, origin: str, where: str) -> None:
        self.key: str = key
        self.known: str = known
        self.origin: str = origin
        self.where: str = where

    def __str__(self) -> str:
        return f"unknown key `{self.key}` in {self.origin}: did you mean `{self.known}`?"


def near_misses(figment: Figment, own: Iterable[str] = ()) -> Iterator[NearMiss]:
    """Yield the keys that are likely misspelt: in the configuration, or profiles that are keys.

    Args:
        figment: the layers.
        own: the keys of the user's own settings.
    """
    known = list(dict.fromkeys([*KEYS, *own]))
    for key, value in sorted(figment.merged().data.items()):
        close = () if key in known else _close(key, known)
        if close and value.tag is not None:
            found = place.find(value.tag, (key,))
            where = f"{found.file}:{found.line}:{found.column}" if found else ""
            spelled = value.tag.metadata.key(value.tag.profile, (key,))
            yield NearMiss(spelled, close[0], str(value.tag.metadata), where)
    for layer in figment.layers():
        source = layer.metadata.source
        for profile in layer.values:
            if str(profile) in KEYS and source is not None and str(profile) != str(figment.profile):
                yield NearMiss(
                    f"[{profile}]", f"[default.{profile}]", str(layer.metadata), source.display()
                )


def deprecated_keys(
    figment: Figment, own: Iterable[str] = ()
) -> Iterator[tuple[str, str, Metadata]]:
    """Yield the deprecated keys that a source gives, what replaces each, and the source.

    Args:
        figment: the layers.
        own: the keys of the user's own settings, which may have such a name.
    """
    for key, replacement in DEPRECATED_KEYS.items():
        metadata = figment.find_metadata(key)
        if metadata is not None and key not in own:
            yield key, replacement, metadata


def _close(key: str, known: list[str]) -> list[str]:
    spelled = key.lower().replace("-", "_")
    return difflib.get_close_matches(spelled, known, n=1, cutoff=NEAR)
