"""Keys of files and of nested variables that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.limits import DEFAULTS as LIMITS
from rocketpy.config.keys.table import DEPRECATED_KEYS
from rocketpy.config.mistakes.mistake import Mistake, place_of
from rocketpy.config.mistakes.near import nearest
from rocketpy.config.ways.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.shape import Shape
    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Value

_MOST_NAMED = 8
"""Keys of a table that a remedy lists; of more it would be no help."""


def key_mistakes(figment: Figment, shape: Shape) -> Iterator[Mistake]:
    """Yield the keys in the profiles that count which nothing reads.

    At the top, where Rocket keeps unknown keys for the application, those that are like a known
    one; within a table whose keys are all known, each that is not among them.

    Args:
        figment: the layers.
        shape: the keys that are read.
    """
    for key, value in sorted(figment.merged().data.items()):
        named = shape.names.get(key)
        if named is not None and named.read:
            yield from _within(value, named.shape, (key,))
        elif key not in DEPRECATED_KEYS and not _is_whole_variable(value):
            known = [name for name, other in shape.names.items() if other.read]
            near = nearest(key, known)
            if named is not None:
                yield from _unknown(value, (key,), "it is read by its alias alone")
            elif near is not None:
                yield from _unknown(value, (key,), f"did you mean `{near}`?")


def _within(value: Value, shape: Shape, path: tuple[str, ...]) -> Iterator[Mistake]:
    if isinstance(value.data, list):
        for index, part in enumerate(value.data):
            yield from _within(part, shape, (*path, str(index)))
        return
    if not isinstance(value.data, dict):
        return
    known = [name for name, named in shape.names.items() if named.read]
    for key, part in sorted(value.data.items()):
        below = shape.at(key)
        if below is not None and (key in known or key not in shape.names):
            yield from _within(part, below, (*path, key))
        elif path == ("limits",):
            near = nearest(key, LIMITS)
            if near is not None and near != key.lower() and key.lower() not in LIMITS:
                yield from _unknown(part, (*path, key), f"did you mean `{near}`?")
        elif shape.is_known:
            near = nearest(key, known)
            some = f"; there are: {', '.join(known)}" if len(known) <= _MOST_NAMED else ""
            yield from _unknown(
                part, (*path, key), f"did you mean `{near}`?" if near else f"nothing reads it{some}"
            )


def _unknown(value: Value, path: tuple[str, ...], remedy: str) -> Iterator[Mistake]:
    tag = value.tag
    if tag is None:
        return
    source = tag.metadata.source
    if tag.metadata.name == VARIABLES or (source is not None and source.kind == "file"):
        spelled = tag.metadata.key(tag.profile, path)
        yield Mistake(f"unknown key `{spelled}` in {tag.metadata}", place_of(tag, path), remedy)


def _is_whole_variable(value: Value) -> bool:
    """Whether a top-level key is a variable of its own, which `variable_mistakes` reports."""
    return value.tag is not None and value.tag.metadata.name == VARIABLES
