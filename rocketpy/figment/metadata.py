"""What a provider says of itself: its name, its source, and how it spells a key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.figment.profile import upper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rocketpy.figment.profile import Profile
    from rocketpy.figment.toml.positions import Spans


class Source(NamedTuple):
    """The place that values came from: a file, a line of code, or whatever a provider calls it."""

    kind: str
    """`file`, `code` or `custom`."""
    full: str

    def display(self, cwd: str | None = None) -> str:
        """Return the source as a person would name it from the working directory.

        A file's path is shown relative to it where that has fewer parts than the path itself.
        """
        if self.kind != "file":
            return self.full
        try:
            relative = relative_path(self.full, cwd or os.getcwd())
        except FileNotFoundError:  # the working directory has been removed
            return self.full
        if relative is not None and len(_parts(relative)) < len(_parts(self.full)):
            return relative
        return self.full


class Metadata:
    """A provider's description; each layer of a figment has one of its own.

    `key()` spells a path of keys as the source does: `default.tls.key` in a file with profiles,
    `TLS.KEY` in environment variables.

    Attributes:
        name: what the provider is called.
        source: the place that it read.
        spans: makes of a file's text what finds keys and values in it, a
            `rocketpy.figment.toml.positions.Spans`; None where the format has no such thing.
    """

    __slots__ = ("_interpolate", "_source", "name", "spans")

    def __init__(
        self,
        name: str,
        source: Source | None = None,
        interpolate: Callable[[Profile, Sequence[str]], str] | None = None,
        spans: Callable[[str], Spans] | None = None,
    ) -> None:
        self.name: str = name
        self._source = source
        self.spans: Callable[[str], Spans] | None = spans
        self._interpolate = interpolate or with_profile

    @property
    def source(self) -> Source | None:
        """The place that the values came from, where there is one."""
        return self._source

    def key(self, profile: Profile, path: Sequence[str]) -> str:
        """Return the path as this provider's source spells it."""
        return self._interpolate(profile, path)

    def __str__(self) -> str:
        return f"{self.source.display()} {self.name}" if self.source else self.name

    def __repr__(self) -> str:
        return f"Metadata({str(self)!r})"


def with_profile(profile: Profile, path: Sequence[str]) -> str:
    """Spell a key as a file with a table for each profile does."""
    return ".".join((str(profile), *path))


def flat(_profile: Profile, path: Sequence[str]) -> str:
    """Spell a key as a file for one profile does."""
    return ".".join(path)


def as_variable(_profile: Profile, path: Sequence[str]) -> str:
    """Spell a key as an environment variable does, less its prefix."""
    return ".".join(upper(part) for part in path)


def _parts(path: str) -> list[str]:
    """Split a path as Rust counts components: the root is one, an inner `.` none."""
    parts = [part for part in path.split("/") if part and part != "."]
    if path.startswith("/"):
        return ["/", *parts]
    return [".", *parts] if path.startswith("./") or path == "." else parts


def relative_path(path: str, base: str) -> str | None:
    """Return `path` relative to `base`, by their texts alone; None where they do not suffice.

    >>> relative_path("/srv/app/Rocket.toml", "/srv/app/deep")
    '../Rocket.toml'
    """
    ours, theirs = _parts(path), _parts(base)
    if (ours[:1] == ["/"]) != (theirs[:1] == ["/"]):
        return None
    same = 0
    while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
        same += 1
    if same < len(theirs) and theirs[same] == "..":
        return None
    return "/".join([".."] * (len(theirs) - same) + ours[same:])
