"""Values from environment variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rocketpy.figment.coalesce import Order, coalesce_dicts
from rocketpy.figment.loose import parse
from rocketpy.figment.metadata import Metadata, as_variable
from rocketpy.figment.profile import DEFAULT, GLOBAL, WHITE_SPACE, Profile, lower, upper
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Env:
    """A provider of the environment variables whose names pass its filters.

    Names compare without case and are lowered (ASCII only); a dot in a name nests. Values are
    loose TOML: see `rocketpy.figment.loose`. Variables merge in the order of the environment.

    >>> env = Env.prefixed("APP_").split("__")
    >>> env.reading({b"APP_DB__PORT": b"5432", b"HOME": b"/root"}).variables()
    [('db.port', '5432')]
    """

    def __init__(self) -> None:
        self._prefix: str | None = None
        self._profile = DEFAULT
        self._steps: tuple[Callable[[str], str | None], ...] = ()
        self._environ: Mapping[bytes, bytes] | None = None
        self._lowercase = True

    @classmethod
    def raw(cls) -> Env:
        """Take every variable."""
        return cls()

    @classmethod
    def prefixed(cls, prefix: str) -> Env:
        """Take the variables whose names start with a prefix, in any case, and cut it off."""

        def cut(name: str) -> str | None:
            return name[len(prefix) :] if lower(name).startswith(lower(prefix)) else None

        env = cls().filter_map(cut)
        env._prefix = prefix
        return env

    def filter_map(self, step: Callable[[str], str | None]) -> Env:
        """Pass every name through a function; where it returns None the variable is left out."""
        env = self._copy()
        env._steps += (step,)
        # A new step lowers names again, as in figment: `lowercase(False)` comes last.
        env._lowercase = True
        return env

    def filter(self, keep: Callable[[str], bool]) -> Env:
        """Keep the variables whose names a function approves."""
        return self.filter_map(lambda name: name if keep(name) else None)

    def map(self, mapper: Callable[[str], str]) -> Env:
        """Rename every variable."""
        return self.filter_map(mapper)

    def split(self, pattern: str) -> Env:
        """Let a pattern in a name nest as a dot does."""
        return self.map(lambda name: name.replace(pattern, "."))

    def ignore(self, *names: str) -> Env:
        """Leave out some names, given without the prefix; case does not count."""
        lowered = {lower(name) for name in names}
        return self.filter(lambda name: lower(name) not in lowered)

    def only(self, *names: str) -> Env:
        """Leave out all but some names, given without the prefix; case does not count."""
        lowered = {lower(name) for name in names}
        return self.filter(lambda name: lower(name) in lowered)

    def lowercase(self, on: bool) -> Env:  # noqa: FBT001  (the setting is its one argument)
        """Choose whether names are lowered."""
        env = self._copy()
        env._lowercase = on
        return env

    def for_profile(self, profile: str | Profile) -> Env:
        """Provide for a profile, instead of `default`."""
        env = self._copy()
        env._profile = Profile(profile)
        return env

    def to_global(self) -> Env:
        """Provide for the profile `global`, over all others."""
        return self.for_profile(GLOBAL)

    def reading(self, environ: Mapping[bytes, bytes]) -> Env:
        """Read these variables instead of the process's."""
        env = self._copy()
        env._environ = environ
        return env

    def variables(self) -> list[tuple[str, str]]:
        """Return the names that pass, as keys, and their values, in order."""
        return list(self._variables())

    def _variables(self) -> Iterator[tuple[str, str]]:
        for raw_name, raw_value in (
            os.environb if self._environ is None else self._environ
        ).items():
            name: str | None = raw_name.decode(errors="replace").strip(WHITE_SPACE)
            for step in self._steps:
                name = step(name) if name is not None else None
            name = name and name.strip(WHITE_SPACE)
            if name and "" not in name.split("."):
                yield lower(name) if self._lowercase else name, raw_value.decode(errors="replace")

    def metadata(self) -> Metadata:
        """Describe the variables, by their prefix."""
        name = "environment variable(s)"
        if self._prefix is not None:
            name = f"`{upper(self._prefix)}` {name}"
        return Metadata(name, interpolate=as_variable)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return what the variables say, for their profile."""
        united: dict[str, Value] = {}
        for key, text in self._variables():
            united = coalesce_dicts(united, _nested(key, parse(text)), Order.MERGE)
        return {self._profile: united}

    def selected(self) -> Profile | None:
        """Return None: variables select nothing by themselves."""
        return None

    def _copy(self) -> Env:
        env = Env()
        env.__dict__.update(self.__dict__)
        return env


def _nested(key: str, value: Value) -> dict[str, Value]:
    first, _, rest = key.partition(".")
    return {first: Value(_nested(rest, value)) if rest else value}
