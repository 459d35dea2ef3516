"""Profiles that are written and not selected, or selected and not written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rocketpy.config.keys.table import DEPRECATED_PROFILES
from rocketpy.config.mistakes.mistake import Mistake, place_of
from rocketpy.config.mistakes.near import nearest, start_of
from rocketpy.config.sources import OVERLAYS
from rocketpy.figment.profile import Profile, find_variable, lower
from rocketpy.figment.value import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rocketpy.figment.figment import Figment, Layer

BUILT_IN = ("debug", "release", "default", "global")
"""Profiles that are there without being written."""
_OLD_NAMES = {"dev": "debug", "development": "debug", "prod": "release", "production": "release"}


def profile_mistakes(figment: Figment, tables: Iterable[str]) -> Iterator[Mistake]:
    """Yield the mistakes about profiles.

    Args:
        figment: the layers.
        tables: the known keys whose values are tables; as a table at the top of `Rocket.toml`, such
            a key is a profile.
    """
    written = {profile for layer in figment.layers() for profile in layer.values}
    if figment.profile not in {*written, *map(Profile, BUILT_IN)}:
        yield _of_selected(figment.profile, written)
    files = [layer for layer in figment.layers() if layer.metadata.source is not None]
    for layer in files:
        if _is_flat(layer):
            yield from _of_flat(
                layer, {*map(Profile, BUILT_IN), *written} - {*map(Profile, tables)}
            )
        else:
            known = [*BUILT_IN, *map(str, {figment.profile} & written)]
            yield from _of_tables(layer, figment.profile, list(tables), known)
            yield from _of_inner(layer, {*BUILT_IN} - {*tables})


def _of_selected(selected: Profile, written: set[Profile]) -> Mistake:
    names = sorted({str(profile) for profile in written} | {*BUILT_IN})
    near = nearest(str(selected), names) or start_of(str(selected), names)
    remedy = f"did you mean `{near}`?" if near else f"there are: {', '.join(names)}"
    text = f"the profile `{selected}` is selected, and nothing is written for it"
    named = find_variable("ROCKET_PROFILE") == str(selected)
    return Mistake(text, "ROCKET_PROFILE" if named else "", remedy)


def _is_flat(layer: Layer) -> bool:
    """Whether a file is all for one profile, as those of `profiles/` are."""
    if layer.metadata.key(Profile("x"), ("key",)) == "key":
        return True
    # Keys of `profiles/default.toml` are spelled `default.key`, as Figment spells them.
    source = layer.metadata.source
    return source is not None and os.path.basename(os.path.dirname(source.full)) == OVERLAYS


def _of_tables(
    layer: Layer, selected: Profile, tables: list[str], known: list[str]
) -> Iterator[Mistake]:
    for profile in layer.values:
        if not profile.is_custom or profile == selected:
            continue
        where = place_of(Tag(layer.metadata, profile), ())
        meant = _meant_key(str(profile), tables)
        if meant is not None:
            yield Mistake(
                f"the table `[{profile}]` is a profile, and it is not selected",
                where,
                f"did you mean `[default.{meant}]`?",
            )
            continue
        near = meant_profile(str(profile), known)
        if near is not None:
            yield Mistake(
                f"the table `[{profile}]` is a profile, and it is not selected",
                where,
                f"did you mean `[{near}]`?",
            )


def _meant_key(name: str, tables: list[str]) -> str | None:
    if name in BUILT_IN:
        return None
    return nearest(name, tables, 0.8)


def meant_profile(name: str, known: Sequence[str]) -> str | None:
    """Return the profile that a table was meant for; `release-eu` and `debug2` are meant so."""
    plain = lower(name)
    if plain in map(lower, known) or any(
        plain.startswith(lower(other)) and not plain[len(other)].isalpha()
        for other in known
        if len(plain) > len(other) > 0
    ):
        return None
    return nearest(name, known)


def _of_flat(layer: Layer, profiles: set[Profile]) -> Iterator[Mistake]:
    for profile, table in layer.values.items():
        for name, value in table.items():
            if isinstance(value.data, dict) and Profile(name) in {*profiles, profile}:
                file = layer.metadata.source
                shown = os.path.basename(file.full) if file else ""
                yield Mistake(
                    f"the table `[{name}]` in {shown} is a key that nothing reads",
                    place_of(Tag(layer.metadata, profile), (name,)),
                    f"the file is all for the profile {profile}: write its keys without a table",
                )


def _of_inner(layer: Layer, profiles: set[str]) -> Iterator[Mistake]:
    """Find the tables within a profile that are named as profiles are: `[default.release]`."""
    for profile, table in layer.values.items():
        for name, value in table.items():
            if isinstance(value.data, dict) and lower(name) in profiles:
                yield Mistake(
                    f"the table `[{profile}.{name}]` is a key that nothing reads",
                    place_of(Tag(layer.metadata, profile), (name,)),
                    f"profiles stand at the top of the file: did you mean `[{lower(name)}]`?",
                )


def deprecated_profiles(figment: Figment) -> Iterator[Mistake]:
    """Yield the profiles that older versions of Rocket had; `launch` has Rocket's words for them.

    Those are refused by `check --strict` that are one of the old names and have a new one.
    """
    for prefix, replacement in DEPRECATED_PROFILES.items():
        for layer in figment.layers():
            for profile in layer.values:
                if profile.starts_with(prefix):
                    new = _OLD_NAMES.get(lower(str(profile)))
                    remedy = f"it is now `{replacement}`" if replacement else ""
                    yield Mistake(
                        f"deprecated profile `{profile}`",
                        place_of(Tag(layer.metadata, profile), ()),
                        remedy or "it has no special meaning",
                        strict=new is not None,
                    )
