"""What each `ROCKET_*` variable is: Rocket's way of giving a key, another way, or nothing's.

Rocket reads `ROCKET_LIMITS.JSON` and `ROCKET_LIMITS={json=…}`. Beyond that, where Rocket knows no
key of the name: `ROCKET_LIMITS__JSON`, which shells and systemd can set; `ROCKET_SECRET_KEY_FILE`,
which names a file that has the value; and `ROCKET_SECRETS_DIR`, a folder of such files.
"""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.config.keys.limits import DEFAULTS as LIMITS
from rocketpy.config.keys.table import DEPRECATED_KEYS
from rocketpy.figment.figment import Figment
from rocketpy.figment.loose import parse
from rocketpy.figment.profile import WHITE_SPACE, lower, upper
from rocketpy.figment.providers.env import Env
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.config.shape import Shape

PREFIX = "ROCKET_"
VARIABLES = f"`{PREFIX}` environment variable(s)"
"""What the provider of the variables is called in errors and provenance."""
FOLDER = "secrets_dir"
"""The variable, without its prefix, that names a folder of secrets."""
_SELECTORS = frozenset({"config", "profile"})
"""Variables that choose the sources; Rocket reads `config` as a key too."""
_FILE = "_file"


class Way(Enum):
    """How a variable gives a key, or why it does not."""

    ROCKET = "as Rocket reads it"
    NESTED = "two underscores nest"
    FILE = "it names a file with the value"
    FOLDER = "it names a folder of files with values"
    PASSED_OVER = "another variable gives the key as Rocket reads it"
    UNKNOWN = "nothing reads it"


class Variable(NamedTuple):
    """A `ROCKET_*` variable.

    Attributes:
        key: its name as the environment provider has it: lowered, without the prefix.
        way: how it gives a key.
        path: the key that it is for, as the configuration spells it.
        text: its value.
    """

    key: str
    way: Way
    path: tuple[str, ...]
    text: str

    @property
    def name(self) -> str:
        """The name as it is set, in capitals."""
        return PREFIX + upper(self.key)


def all_variables() -> Env:
    """Return the provider of all `ROCKET_*` variables, as Rocket reads them."""
    return Env.prefixed(PREFIX).ignore("profile")


def sort_variables(shape: Shape) -> list[Variable]:
    """Return what each `ROCKET_*` variable of this process is.

    Args:
        shape: the keys that are read.
    """
    found = [_sorted(key, text, shape) for key, text in all_variables().variables()]
    rocket = {variable.key for variable in found if variable.way is Way.ROCKET}
    given = Figment.of(all_variables().filter(lambda key: lower(key) in rocket)).merged()
    return [_unless_given(variable, given) for variable in found]


def variable_of(path: Sequence[str]) -> str | None:
    """Return the variable that gives a key, as it is set, or None: `ROCKET_LIMITS` for its parts.

    Args:
        path: the parts of the key.
    """
    names = {lower(name.decode(errors="replace").strip(WHITE_SPACE)): name for name in os.environb}
    for length in range(len(path), 0, -1):
        for separator in (".", "__"):
            found = names.get(lower(PREFIX + separator.join(path[:length])))
            if found is not None:
                return found.decode(errors="replace")
    return None


def _unless_given(variable: Variable, given: Value) -> Variable:
    """Have what Rocket reads count, where the same key is given in two ways."""
    if variable.way in {Way.NESTED, Way.FILE}:
        lowered = ".".join(map(lower, variable.path))
        if given.find(lowered) is not None:
            return variable._replace(way=Way.PASSED_OVER)
    return variable


def _sorted(key: str, text: str, shape: Shape) -> Variable:
    path = shape.spelled(key.split("."))
    if key in _SELECTORS or key in DEPRECATED_KEYS or is_read(shape, path):
        return Variable(key, Way.ROCKET, path, text)
    if key == FOLDER:
        return Variable(key, Way.FOLDER, (), text)
    nested = shape.spelled(key.replace("__", ".").split("."))
    if "" not in nested:
        base = shape.spelled((*nested[:-1], nested[-1].removesuffix(_FILE)))
        if nested[-1].endswith(_FILE) and not _is_known(shape, nested) and _is_known(shape, base):
            return Variable(key, Way.FILE, base, text)
        if nested != path and is_read(shape, nested if is_read(shape, path[:1]) else nested[:1]):
            return Variable(key, Way.NESTED, nested, text)
    way = Way.ROCKET if is_read(shape, path[:1]) else Way.UNKNOWN
    return Variable(key, way, path, text)


def _is_known(shape: Shape, path: Sequence[str]) -> bool:
    """Whether a key is read and has that very name; a table in which every key is read has some."""
    if len(path) > 1 and is_free_table(path[0]):
        return is_read(shape, path) and lower(path[1]) in LIMITS
    return is_read(shape, path)


def is_read(shape: Shape, path: Sequence[str]) -> bool:
    """Whether a path leads to a key that is read."""
    at = shape
    for depth, part in enumerate(path):
        if not part:
            return False
        named = at.names.get(part)
        if named is not None and not named.read:
            return False
        below = at.at(part)
        if below is None:
            return depth == 1 and is_free_table(path[0])
        at = below
    return bool(path)


def is_free_table(key: str) -> bool:
    """Whether a key of the table of keys is a table in which every key is read, as `limits` is."""
    return key == "limits"


def name_as_set(path: Sequence[str], nests: str = ".") -> str:
    """Return the name, as it is set, of the variable that gives a key, or a table with the key.

    Of several that do, the last in the environment counts.

    Args:
        path: the parts of the key.
        nests: what stands between the parts of a name: a dot, or two underscores.
    """
    wanted = [lower(part) for part in path]
    found = PREFIX + nests.join(map(upper, path))
    for raw_name, raw_value in os.environb.items():
        name = raw_name.decode(errors="replace").strip(WHITE_SPACE)
        if not lower(name).startswith(lower(PREFIX)):
            continue
        parts = lower(name)[len(PREFIX) :].replace(nests, ".").split(".")
        if parts == wanted[: len(parts)]:
            below = parse(raw_value.decode(errors="replace")).find(".".join(path[len(parts) :]))
            if below is not None:
                found = name
    return found
