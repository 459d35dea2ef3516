"""The layers of a service's configuration, in Rocket's order.

Defaults, then `Rocket.toml` (or the file that `ROCKET_CONFIG` names), then `profiles/*.toml` beside
it, then `ROCKET_*` variables; the profile is `ROCKET_PROFILE`, else `debug` or `release`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rocketpy.config.keys.table import DEFAULT_PROFILE, Defaults
from rocketpy.config.shape import ROCKET, Shape
from rocketpy.config.typed_figment import Figment
from rocketpy.config.ways.providers import ways_in
from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.profile import DEFAULT, GLOBAL, WHITE_SPACE, Profile, find_variable, lower
from rocketpy.figment.providers.env import Env
from rocketpy.figment.providers.toml import Toml

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "ROCKET_"
FILE = "Rocket.toml"
OVERLAYS = "profiles"


def figment(
    profile: str | Profile | None = None, shape: Shape = ROCKET, *, only_rocket: bool = True
) -> Figment:
    """Return the figment of this process: its folder, its environment.

    Args:
        profile: the profile to select, instead of the one that `ROCKET_PROFILE` names.
        shape: the keys that are read; variables take the case of these.
        only_rocket: whether variables are read as Rocket reads them and in no other way; see
            `rocketpy.config.ways.variables`.

    Nothing raises here: a file that cannot be read makes the figment's errors when it is used.
    """
    selected = Profile(
        Profile.from_env_or("ROCKET_PROFILE", DEFAULT_PROFILE) if profile is None else profile
    )
    file = _file()
    built = Figment.of(Defaults()).merge(file.nested())
    for overlay in overlays(file.path, selected):
        built = built.merge(overlay)
    variables = (
        Env.prefixed(PREFIX)
        .ignore("profile")
        .map(lambda name: ".".join(shape.spelled(lower(name).split("."))))
        .lowercase(on=False)
        .to_global()
    )
    if only_rocket:
        return built.merge(variables).select(selected)
    for provider in ways_in(shape, variables):
        built = built.merge(provider)
    return built.select(selected)


def every_profile() -> list[str]:
    """Return the names of all profiles that the layers of this process name, each once.

    The selected one comes first, then those of `Rocket.toml`, of the files in `profiles/` and of
    the other layers, by name. Names compare as profiles do, without regard to case. A file that
    cannot be read names none; reading the configuration for any profile reports what is wrong.
    """
    built = figment()
    names = {str(profile) for layer in built.layers() for profile in layer.values}
    file = found_file()
    if file is not None:
        with suppress(OSError):
            names |= {name[:-5] for name in overlay_names(file) if name.endswith(".toml")}
    found = {lower(str(built.profile)): str(built.profile)}
    for name in sorted(names):
        found.setdefault(lower(name), name)
    return [*found.values()]


def select_profile(profile: str) -> None:
    """Have this process select a profile, whatever its environment says, until it ends."""
    for name in list(os.environb):
        if lower(name.decode(errors="replace").strip(WHITE_SPACE)) == "rocket_profile":
            del os.environb[name]
    os.environ["ROCKET_PROFILE"] = profile


def named_file() -> str | None:
    """Return the file that `ROCKET_CONFIG` names, or None where it is not set."""
    name = find_variable("ROCKET_CONFIG")
    return None if name is None else name.strip(WHITE_SPACE)


def found_file() -> str | None:
    """Return the path of the file that is read, or None where there is none."""
    return _file().path


def _file() -> Toml:
    name = named_file()
    return Toml.file(FILE if name is None else name)


class UnreadableFolder:
    """The provider of a folder that is there and cannot be read: it has an error and no values."""

    def __init__(self, folder: str, error: OSError) -> None:
        self._folder = folder
        self._error = error

    def metadata(self) -> Metadata:
        """Describe the folder."""
        return Metadata("folder", Source("file", self._folder))

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Raise what reading the folder ended with.

        Raises:
            Error: always.
        """
        raise Error(
            f"{self._error.strerror} (os error {self._error.errno})\n",
            help=f"the folder must be readable for user id {os.geteuid()}",
        )

    def selected(self) -> Profile | None:
        """Return None: it selects nothing."""
        return None


def overlay_folder(file: str) -> str:
    """Return the folder beside a file in which profiles have files of their own."""
    return os.path.join(os.path.dirname(file), OVERLAYS)


def overlay_names(file: str) -> list[str]:
    """Return the names in the folder beside a file, sorted; none where there is no such folder.

    Raises:
        OSError: there is one, and it cannot be read.
    """
    folder = overlay_folder(file)
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(folder) and not os.path.exists(folder):
            raise  # a link that leads nowhere was meant to be a folder
        return []


def overlays(file: str | None, selected: Profile) -> list[Toml | UnreadableFolder]:
    """Return `profiles/<name>.toml` for the profiles that count, beside the file that was found.

    Names compare as profiles do. They are looked up among the folder's, so that no name of a
    profile leads out of it.
    """
    if file is None:
        return []
    folder = overlay_folder(file)
    try:
        names = {lower(name): name for name in overlay_names(file)}
    except OSError as error:
        return [UnreadableFolder(folder, error)]
    wanted = dict.fromkeys((DEFAULT, selected, GLOBAL))
    found = [(names.get(lower(f"{profile}.toml")), profile) for profile in wanted]
    return [
        Toml(os.path.join(folder, name), profile=profile)
        for name, profile in found
        if name is not None
    ]
