"""The layers of a service's configuration, in Rocket's order.

Defaults, then `Rocket.toml` (or the file that `ROCKET_CONFIG` names), then `profiles/*.toml` beside
it, then `ROCKET_*` variables; the profile is `ROCKET_PROFILE`, else `debug` or `release`.
"""

from __future__ import annotations

import os

from rocketpy.config.keys.table import DEFAULT_PROFILE, Defaults
from rocketpy.figment.figment import Figment
from rocketpy.figment.profile import DEFAULT, GLOBAL, WHITE_SPACE, Profile, find_variable, lower
from rocketpy.figment.providers.env import Env
from rocketpy.figment.providers.toml import Toml

PREFIX = "ROCKET_"
FILE = "Rocket.toml"
OVERLAYS = "profiles"


def figment(profile: str | Profile | None = None) -> Figment:
    """Return the figment of this process: its folder, its environment.

    Args:
        profile: the profile to select, instead of the one that `ROCKET_PROFILE` names.

    Nothing raises here: a file that cannot be read makes the figment's errors when it is used.
    """
    selected = Profile(
        Profile.from_env_or("ROCKET_PROFILE", DEFAULT_PROFILE) if profile is None else profile
    )
    file = Toml.file(_file_name())
    built = Figment.of(Defaults()).merge(file.nested())
    for overlay in overlays(file.path, selected):
        built = built.merge(overlay)
    variables = Env.prefixed(PREFIX).ignore("profile").to_global()
    return built.merge(variables).select(selected)


def every_profile() -> list[str]:
    """Return the names of all profiles that the layers of this process name, each once.

    The selected one comes first, then those of `Rocket.toml`, of the files in `profiles/` and of
    the other layers, by name. Names compare as profiles do, without regard to case.

    Raises:
        Error: a file cannot be read.
    """
    built = figment()
    built.merged()
    names = {str(profile) for profile in built.profiles}
    for layer in built.layers():
        if layer.metadata.source:
            folder = os.path.join(os.path.dirname(layer.metadata.source.full), OVERLAYS)
            if os.path.isdir(folder):
                names |= {name[:-5] for name in os.listdir(folder) if name.endswith(".toml")}
    found = {lower(str(built.profile)): str(built.profile)}
    for name in sorted(names):
        found.setdefault(lower(name), name)
    return [*found.values()]


def _file_name() -> str:
    name = find_variable("ROCKET_CONFIG")
    return FILE if name is None else name.strip(WHITE_SPACE)


def overlays(file: str | None, selected: Profile) -> list[Toml]:
    """Return `profiles/<name>.toml` for the profiles that count, beside the file that was found.

    Names compare as profiles do. They are looked up among the folder's, so that no name of a
    profile leads out of it.
    """
    if file is None:
        return []
    folder = os.path.join(os.path.dirname(file), OVERLAYS)
    try:
        names = {lower(name): name for name in sorted(os.listdir(folder))}
    except OSError:
        return []
    wanted = dict.fromkeys((DEFAULT, selected, GLOBAL))
    found = [(names.get(lower(f"{profile}.toml")), profile) for profile in wanted]
    return [
        Toml(os.path.join(folder, name), profile=profile)
        for name, profile in found
        if name is not None
    ]
