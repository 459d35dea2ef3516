"""`ROCKET_*` variables that nothing reads, or that are not read as they are meant."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from rocketpy.config.mistakes.keys import known_keys
from rocketpy.config.mistakes.mistake import Mistake
from rocketpy.config.mistakes.near import nearest, other_word, same_name, start_of
from rocketpy.config.ways.providers import key_of_file, secret_files
from rocketpy.config.ways.variables import FOLDER, PREFIX, Way, sort_variables
from rocketpy.figment.profile import WHITE_SPACE, lower, upper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.shape import Shape

_SERVICE_LINKS = r"service_(host|port(_.*)?)|port_\d+_(tcp|udp|sctp)(_\w+)?|env_\w+"
"""What Kubernetes and Docker set for a service that is called `rocket`, without the prefix."""
_OTHERS = ("profile", "config", FOLDER)
"""Variables that are no keys."""
_LIKE_A_FILE = 0.85
_LIKE_THE_PREFIX = 0.75


def variable_mistakes(shape: Shape, *, keys_known: bool = True) -> Iterator[Mistake]:
    """Yield the mistakes about the variables of this process.

    Args:
        shape: the keys that are read.
        keys_known: whether these are all. If not, a variable that is like none of them may be read
            by an application that is not known.
    """
    known = ["__".join(path) for path in known_keys(shape)]
    links = []
    for variable in sort_variables(shape):
        if variable.way is Way.FOLDER:
            yield from _of_folder(shape, variable.text, known)
        elif variable.way is Way.PASSED_OVER:
            yield Mistake(
                f"the variable `{variable.name}` is not read",
                help=f"another variable gives `{'.'.join(variable.path)}`: unset one of the two",
            )
        elif variable.way is Way.UNKNOWN and re.fullmatch(_SERVICE_LINKS, variable.key):
            links.append(variable.name)
        elif variable.way is Way.UNKNOWN:
            near = _meant(variable.key, known, keys_known=keys_known)
            if near is not None or keys_known:
                remedy = f"did you mean `{PREFIX}{upper(near)}`?" if near else ""
                yield Mistake(f"nothing reads the variable `{variable.name}`", help=remedy)
    if links:
        yield Mistake(
            f"nothing reads the variable `{links[0]}`"
            + (f" and {len(links) - 1} more of its kind" if len(links) > 1 else ""),
            help="Kubernetes and Docker set it for a service called `rocket`: rename that, or set "
            "`enableServiceLinks: false` in the pod",
        )
    yield from _of_environment(shape, known)


def _meant(key: str, known: list[str], *, keys_known: bool) -> str | None:
    """Return what a variable that nothing reads is meant for, without the prefix."""
    names = [*known, *_OTHERS, *(f"{name}_file" for name in known)]
    name = key.replace(".", "__")
    near = same_name(name, names) or nearest(name, names)
    if near is None and keys_known:
        near = start_of(name, [*known, *_OTHERS])
    return near or other_word(key)


def _of_environment(shape: Shape, known: list[str]) -> Iterator[Mistake]:
    """Look through the names and the values as they are set."""
    spelled: dict[str, str] = {}
    for raw, value in os.environb.items():
        name = raw.decode(errors="replace").strip(WHITE_SPACE)
        start, underscore, rest = name.partition("_")
        if lower(start) == "rocket" and underscore:
            if "" in rest.split("."):
                yield Mistake(
                    f"the variable `{name}` is not read", help="its name has an empty part"
                )
            elif lower(name) in spelled:
                yield Mistake(
                    f"the variables `{spelled[lower(name)]}` and `{name}` are the same key",
                    help="the one that comes later in the environment counts: unset one of the two",
                )
            spelled[lower(name)] = name
            try:
                value.decode()
            except UnicodeDecodeError:
                yield Mistake(
                    f"the value of the variable `{name}` is not UTF-8",
                    help="what is not is read as U+FFFD",
                )
            continue
        meant = None
        if underscore and lower(rest) in shape.names and _is_like_the_prefix(start):
            meant = rest
        elif lower(name).startswith("rocket"):  # `ROCKET.PORT`, `ROCKET-PORT`, `ROCKETPORT`
            meant = same_name(name[len("rocket") :].lstrip(".-"), [*known, *_OTHERS])
        if meant is not None:
            yield Mistake(
                f"nothing reads the variable `{name}`",
                help=f"did you mean `{PREFIX}{upper(meant)}`?",
            )


def _is_like_the_prefix(start: str) -> bool:
    return nearest(start, ["rocket"], _LIKE_THE_PREFIX) is not None


def _of_folder(shape: Shape, folder: str, known: list[str]) -> Iterator[Mistake]:
    """Look through a folder of secrets for files that are almost named as a key."""
    files: list[tuple[str, str]] = []
    with suppress(OSError):  # which is an error of the configuration
        files = secret_files(folder)
    taken: dict[tuple[str, ...], str] = {}
    for name, file in files:
        path = key_of_file(shape, name)
        if path is None:
            near = _meant_file(lower(name).removeprefix("rocket_"), known)
            if near is not None:
                yield Mistake(f"the file `{name}` is not read", file, f"did you mean `{near}`?")
        elif path in taken:
            yield Mistake(
                f"the files `{taken[path]}` and `{name}` give the same key",
                file,
                "the later one counts: remove one of the two",
            )
        if path is not None:
            taken[path] = name


def _meant_file(name: str, known: list[str]) -> str | None:
    stem = name.partition(".")[0]
    return nearest(name, known, _LIKE_A_FILE) or (stem if stem in known else None)
