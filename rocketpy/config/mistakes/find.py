"""All mistakes of a configuration that are no errors: what `launch` warns of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.table import KEYS
from rocketpy.config.mistakes.files import file_mistakes
from rocketpy.config.mistakes.mistake import Mistake
from rocketpy.config.mistakes.profiles import deprecated_profiles, profile_mistakes
from rocketpy.config.report import deprecated_keys, near_misses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rocketpy.figment.figment import Figment

_TABLES = ("limits", "tls", "shutdown", "health")


def find_mistakes(figment: Figment, own: Collection[str] = ()) -> Iterator[Mistake]:
    """Yield what is written in the sources of a service and nothing reads.

    Args:
        figment: the layers.
        own: the keys of the user's own settings.
    """
    yield from file_mistakes()
    yield from profile_mistakes(figment, [*_TABLES, *(name for name in own if name not in KEYS)])
    for miss in near_misses(figment, own):
        yield Mistake(
            f"unknown key `{miss.key}` in {miss.origin}",
            miss.where,
            f"did you mean `{miss.known}`?",
        )


def find_deprecated(figment: Figment, own: Collection[str] = ()) -> Iterator[Mistake]:
    """Yield the keys and profiles of older versions of Rocket, of which `launch` warns itself.

    Args:
        figment: the layers.
        own: the keys of the user's own settings, which may have such a name.
    """
    for key, replacement, metadata in deprecated_keys(figment, own):
        remedy = f"use `{replacement}`" if replacement else "it has no meaning"
        yield Mistake(f"deprecated key `{key}` in {metadata}", help=remedy)
    yield from deprecated_profiles(figment)
