"""Values from code: defaults, settings of a test, what a command line gave."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rocketpy.figment.error import Error
from rocketpy.figment.kind import invalid_type
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.profile import DEFAULT, GLOBAL, Profile
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


class Serialized:
    """A provider of plain Python data, for one profile.

    Its source is the line of code that made it.

    Args:
        value: a mapping from names to values; or any value, with `key`.
        profile: the profile that it is for.
        key: a dotted path under which to put the value.
        name: what the provider is called in errors and tables.
        profile_selected: a profile to select along with it.
    """

    def __init__(  # noqa: PLR0913  (all but two are for our own providers)
        self,
        value: Any,
        profile: str | Profile = DEFAULT,
        *,
        key: str = "",
        metadata: Metadata | None = None,
        select: Profile | None = None,
        depth: int = 1,
    ) -> None:
        self.value = value
        self.for_profile: Profile = Profile(profile)
        self.key: str = key
        self._select = select
        self._metadata = metadata or Metadata(type(value).__name__, _caller(depth + 1))

    @classmethod
    def defaults(cls, value: Any, key: str = "") -> Serialized:
        """Provide for the profile `default`."""
        return cls(value, DEFAULT, key=key, depth=2)

    @classmethod
    def globals(cls, value: Any, key: str = "") -> Serialized:
        """Provide for the profile `global`."""
        return cls(value, GLOBAL, key=key, depth=2)

    @classmethod
    def default(cls, key: str, value: Any) -> Serialized:
        """Provide one value under a dotted key, for the profile `default`.

        >>> Serialized.default("tls.key", "k.pem").data()
        {Profile('default'): {'tls': {'key': 'k.pem'}}}
        """
        return cls(value, DEFAULT, key=key, depth=2)

    @classmethod
    def global_(cls, key: str, value: Any) -> Serialized:
        """Provide one value under a dotted key, for the profile `global`."""
        return cls(value, GLOBAL, key=key, depth=2)

    def metadata(self) -> Metadata:
        """Describe the code that the values stand in."""
        return self._metadata

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return the values for their profile.

        Raises:
            Error: the value, with its key, is no mapping.
        """
        value = nest(self.key, self.value)
        if isinstance(value, Value):
            value = value.data
        if not isinstance(value, dict):
            raise Error(invalid_type(Value(value), "map"))
        return {self.for_profile: value}

    def selected(self) -> Profile | None:
        """Return the profile to select, if one was given."""
        return self._select


def nest(key: str, value: Any) -> Any:
    """Put a value under a dotted key; an empty part ends the path.

    >>> nest("tls.key", "k.pem")
    {'tls': {'key': 'k.pem'}}
    """
    parts = key.split(".")
    if "" in parts:
        parts = parts[: parts.index("")]
    for part in reversed(parts):
        value = {part: value}
    return value


def _caller(depth: int) -> Source:
    frame = sys._getframe(depth)
    return Source("code", f"{frame.f_code.co_filename}:{frame.f_lineno}")
