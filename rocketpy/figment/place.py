"""Where in a file an error's value stands. Looked up when an error is printed, not before."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.figment.metadata import with_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from rocketpy.figment.error import Error
    from rocketpy.figment.profile import Profile
    from rocketpy.figment.toml.positions import Spans
    from rocketpy.figment.value import Tag


class Part(NamedTuple):
    """A value, or what a line has of it.

    Attributes:
        path: the keys and numbers of elements that lead to it, without a profile.
        start: the offset of its first character in the line.
        end: the offset behind its last one.
    """

    path: tuple[str, ...]
    start: int
    end: int


class Place(NamedTuple):
    """A stretch of a line in a file.

    Attributes:
        file: the path, as a person would name it from here.
        line: from 1.
        column: from 1, in characters.
        width: characters that the stretch has on that line, at least 1.
        text: the whole line.
        parts: the values on the line, where the file could be read.
    """

    file: str
    line: int
    column: int
    width: int
    text: str
    parts: tuple[Part, ...] = ()


def place(error: Error) -> Place | None:
    """Return the place of an error's value; of its key where a part of the value is missing."""
    if error.position is not None and error.metadata and error.metadata.source:
        line, column = error.position
        return _at(error.metadata.source.full, error.metadata.source.display(), line, column, 1)
    return None if error.tag is None else find(error.tag, error.path)


def find_key(tag: Tag, path: tuple[str, ...]) -> Place | None:
    """Return the place of the key at the end of a path, or None where the source has none."""
    return find(tag, path, of_key=True)


def find(tag: Tag, path: tuple[str, ...], *, of_key: bool = False) -> Place | None:
    """Return the place of what a source says for a path of keys, or None where it has none.

    Where the path leads to something that the file does not have, such as a key that is missing,
    it is the place of what is nearest above.
    """
    source = tag.metadata.source
    if source is None or source.kind != "file" or tag.metadata.spans is None:
        return None
    found = _spans(source.full, tag.metadata.spans)
    if found is None:
        return None
    whole = _in_file(tag, path, tag.profile)
    if found.value(whole[:1]) is None:
        # A whole file for `default` spells its keys as one with profiles does.
        whole = path
    for length in range(len(whole), 0, -1):
        span = (found.key if of_key else found.value)(whole[:length])
        if span is not None:
            width = span.end_column - span.column if span.end_line == span.line else 0
            place = _at(source.full, source.display(), span.line, span.column, width)
            above = len(whole) - len(path)
            parts = (
                Part(there[above:], start, end) for there, start, end in found.on_line(span.line)
            )
            return place and place._replace(parts=tuple(parts))
    return None


def _in_file(tag: Tag, path: tuple[str, ...], profile: Profile) -> tuple[str, ...]:
    """Return the path as the file has it, with its profile where it has profiles."""
    nested = tag.metadata.key(profile, path[:1]) == with_profile(profile, path[:1])
    return (str(profile), *path) if nested else path


def _at(file: str, shown: str, line: int, column: int, width: int) -> Place | None:
    text = _text(file)
    if text is None:
        return None
    lines = text.split("\n")
    content = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return Place(shown, line, column, max(1, width or len(content) - column + 1), content)


@lru_cache(maxsize=8)
def _text(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8", errors="replace", newline="") as stream:
            return stream.read()
    except OSError:
        return None


@lru_cache(maxsize=8)
def _spans(file: str, spans: Callable[[str], Spans]) -> Spans | None:
    text = _text(file)
    return None if text is None else spans(text)
