"""Keys of files and of nested variables that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.limits import DEFAULTS as LIMITS
from rocketpy.config.keys.table import DEPRECATED_KEYS
from rocketpy.config.mistakes.mistake import Mistake, place_of
from rocketpy.config.mistakes.near import nearest, nearest_anyhow, other_word, same_name
from rocketpy.config.ways.variables import PREFIX, VARIABLES
from rocketpy.figment.profile import upper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.shape import Shape
    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Value

_MOST_NAMED = 8
"""Keys of a table that a remedy lists; of more it would be no help."""
_DEEPEST = 3
"""Parts of the keys that are gone through for a near one."""


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
        elif key not in DEPRECATED_KEYS and not _is_of_variable(value):
            remedy = _remedy_at_top(key, shape, is_alias=named is not None)
            if remedy:
                yield from _unknown(value, (key,), remedy)


def _remedy_at_top(key: str, shape: Shape, *, is_alias: bool) -> str:
    """Return what a key at the top is meant for; an empty text where that is not known."""
    if is_alias:
        return "it is read by its alias alone"
    if key.lower() == "profile":
        return "the profile is selected by ROCKET_PROFILE"
    deep = same_name(key, map(".".join, known_keys(shape)))
    near = deep or nearest(key, [name for name, named in shape.names.items() if named.read])
    near = near or other_word(key)
    return f"did you mean `{near}`?" if near else ""


def known_keys(shape: Shape) -> list[tuple[str, ...]]:
    """Return the keys that are read, as paths, with those of the tables in them.

    Args:
        shape: the keys that are read.
    """
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], Shape]] = [((), shape)]
    while waiting:
        path, at = waiting.pop(0)
        for name, named in at.names.items():
            if named.read:
                below = (*path, name)
                found.append(below)
                if len(below) < _DEEPEST:
                    waiting.append((below, named.shape))
    return [*found, *(("limits", name) for name in LIMITS if "limits" in shape.names)]


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
                yield from _unknown(part, (*path, key), _proposal(part, (*path, near)))
        elif shape.is_known:
            yield from _unknown(part, (*path, key), _remedy_within(part, shape, (*path, key)))


def _remedy_within(value: Value, shape: Shape, path: tuple[str, ...]) -> str:
    """Return what a key of a table is meant for, of whose keys all are known."""
    known = [name for name, named in shape.names.items() if named.read]
    near = same_name(path[-1], map(".".join, known_keys(shape))) or nearest_anyhow(path[-1], known)
    if near is None:
        listed = f"; there are: {', '.join(known)}" if len(known) <= _MOST_NAMED else ""
        return f"nothing reads it{listed}"
    return _proposal(value, (*path[:-1], near))


def _proposal(value: Value, path: tuple[str, ...]) -> str:
    """Return the question whether a key is meant, as it is written beside what is there."""
    if _is_of_variable(value):
        return f"did you mean `{PREFIX}{upper('__'.join(path).replace('.', '__'))}`?"
    return f"did you mean `{path[-1]}`?"


def _unknown(value: Value, path: tuple[str, ...], remedy: str) -> Iterator[Mistake]:
    tag = value.tag
    source = tag.metadata.source if tag else None
    is_file = source is not None and source.kind == "file"
    if tag is not None and (is_file or tag.metadata.name == VARIABLES):
        spelled = tag.metadata.key(tag.profile, path)
        yield Mistake(f"unknown key `{spelled}` in {tag.metadata}", place_of(tag, path), remedy)


def _is_of_variable(value: Value) -> bool:
    """Whether a top-level key is a variable of its own, which `variable_mistakes` reports."""
    return value.tag is not None and value.tag.metadata.name == VARIABLES
