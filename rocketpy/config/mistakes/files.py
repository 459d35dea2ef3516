"""Files that look like configuration and are not read, and files from other folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rocketpy.config.mistakes.mistake import Mistake
from rocketpy.config.mistakes.near import nearest
from rocketpy.config.mistakes.profiles import BUILT_IN, meant_profile
from rocketpy.config.sources import FILE, OVERLAYS, found_file, named_file, overlay_names
from rocketpy.figment.metadata import Source
from rocketpy.figment.profile import lower

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAR_FILE = 0.9
"""How alike a file's name must be to `Rocket.toml`; `Rocket.tml` is, `Cargo.toml` is not."""
_OTHER_ENDINGS = (".yaml", ".yml", ".json", ".tml", ".txt", ".ini", ".conf")


def file_mistakes(selected: str) -> Iterator[Mistake]:
    """Yield the mistakes about the files around this process.

    Args:
        selected: the profile that is selected.
    """
    named, found = named_file(), found_file()
    if found is None:
        yield from _not_there(FILE if named is None else named, variable=named is not None)
        return
    yield from _from_above(found, FILE if named is None else named)
    yield from _beside(found, selected)


def _not_there(name: str, *, variable: bool) -> Iterator[Mistake]:
    folder, base = os.path.split(os.path.join(_cwd(), name))
    if variable:
        if not name:
            text = "ROCKET_CONFIG is empty, so no file is read"
        else:
            text = f"ROCKET_CONFIG names `{name}`, {_state(name)}, so no file is read"
        yield Mistake(text, help=_meant_file(name) or "name a file, or unset ROCKET_CONFIG")
        return
    if os.path.lexists(os.path.join(folder, base)):
        yield Mistake(f"`{name}` is not read: it {_state(name).removeprefix('which ')}", name)
    for other in _names(folder):
        if other != base and _is_meant(other, base):
            yield Mistake(f"the file `{other}` is not read", other, _name_for(other, base))
    if any(file.endswith(".toml") for file in _names(os.path.join(folder, OVERLAYS))):
        yield Mistake(
            f"the folder `{OVERLAYS}` is not read: there is no `{base}` beside it",
            OVERLAYS,
            f"write a `{base}`; it may be empty",
        )


def _name_for(other: str, base: str) -> str:
    is_toml = other.lower().endswith((".toml", ".tml", ".txt"))
    return f"its name must be `{base}`" + ("" if is_toml else ", and its text TOML")


def _meant_file(name: str) -> str:
    """Return which file ROCKET_CONFIG may be meant to name, as a question, or an empty text."""
    if name.startswith("~"):
        return "write the whole path: `~` is the shell's word"
    folder, base = os.path.split(name)
    path = os.path.join(_cwd(), name)
    if os.path.isfile(os.path.join(path, FILE)):
        return f"did you mean `{os.path.join(name, FILE)}`?"
    near = nearest(base, _names(os.path.dirname(path))) if base else None
    return f"did you mean `{os.path.join(folder, near)}`?" if near and near != base else ""


def _from_above(found: str, name: str) -> Iterator[Mistake]:
    """Say that the file is from a folder above, and what is passed over on the way there."""
    if os.path.isabs(name) or os.path.join(_cwd(), name) == found:
        return
    shown = Source("file", found).display()
    here = os.path.join(_cwd(), name)
    why = f"`{name}` here {_state(name).removeprefix('which ')}" if os.path.lexists(here) else ""
    if not why:
        meant = [other for other in _names(_cwd()) if _is_meant(other, name)]
        meant += [other for other in _names(_cwd()) if other == OVERLAYS]
        why = f"`{meant[0]}` here is not read" if meant else "there is none in the working folder"
    yield Mistake(
        f"the configuration is taken from a folder above: {why}",
        shown,
        f"start in that folder, or set ROCKET_CONFIG={found}",
    )


def _beside(found: str, selected: str) -> Iterator[Mistake]:
    """Look through the folder of the file for what is meant to be a file of a profile."""
    folder = os.path.dirname(found)
    try:
        names = overlay_names(found)
    except OSError:  # an error of the configuration, which is reported as one
        return
    shown = Source("file", os.path.join(folder, OVERLAYS)).display()
    for name in names:
        stem, ending = os.path.splitext(name)
        if ending.lower() in _OTHER_ENDINGS:
            stem = stem.removesuffix(".toml")
            yield Mistake(
                f"the file `{name}` is not read",
                os.path.join(shown, name),
                f"a profile's file is TOML and ends in .toml: `{stem}.toml`",
            )
        elif name.lower() in BUILT_IN:
            yield Mistake(
                f"`{name}` is not read",
                os.path.join(shown, name),
                f"a profile's file ends in .toml: `{name.lower()}.toml`",
            )
        elif ending == ".toml" and lower(stem) != lower(selected):
            near = meant_profile(stem, BUILT_IN)
            if near is not None:
                yield Mistake(
                    f"the file `{name}` is of a profile that is not selected",
                    os.path.join(shown, name),
                    f"did you mean `{near}.toml`?",
                )
    if os.path.isfile(os.path.join(folder, OVERLAYS)):
        yield Mistake(f"`{OVERLAYS}` is a file", shown, "it must be a folder of files")
    for name in _names(folder):
        if name != OVERLAYS and name.lower() in {"profile", OVERLAYS}:
            path = os.path.join(folder, name)
            if os.path.isdir(path) and any(file.endswith(".toml") for file in _names(path)):
                where = Source("file", path).display()
                yield Mistake(f"the folder `{name}` is not read", where, f"name it `{OVERLAYS}`")


def _is_meant(name: str, base: str) -> bool:
    """Whether a file that is there was meant to have another name."""
    stem = os.path.splitext(base)[0].lower()
    if name.lower() == base.lower() or name.lower() == f"{base.lower()}.txt":
        return name != base
    if name.lower() in {f"{stem}{ending}" for ending in _OTHER_ENDINGS}:
        return True
    return not name.startswith(base) and nearest(name, [base], _NEAR_FILE) is not None


def _state(name: str) -> str:
    path = os.path.join(_cwd(), name)
    if os.path.isdir(path):
        return "which is a folder"
    if os.path.islink(path):
        return "which is a link that leads to no file"
    return "which is no file" if os.path.exists(path) else "which is not there"


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _cwd() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # the working directory has been removed
        return "/nowhere"
