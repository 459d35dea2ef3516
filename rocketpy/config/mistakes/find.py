"""All mistakes of a configuration that are no errors: what `launch` warns of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.table import DEPRECATED_KEYS
from rocketpy.config.mistakes.files import file_mistakes
from rocketpy.config.mistakes.keys import key_mistakes
from rocketpy.config.mistakes.mistake import Mistake, place_of
from rocketpy.config.mistakes.profiles import deprecated_profiles, profile_mistakes
from rocketpy.config.mistakes.variables import variable_mistakes
from rocketpy.config.shape import Shape
from rocketpy.config.ways.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.figment.figment import Figment
    from rocketpy.figment.metadata import Metadata


def find_mistakes(figment: Figment, shape: Shape, *, keys_known: bool = True) -> Iterator[Mistake]:
    """Yield what is written in the sources of a service and nothing reads.

    Of a figment that an application made of other sources, only the keys and profiles are gone
    through.

    Args:
        figment: the layers.
        shape: the keys that are read.
        keys_known: whether these are all, or the application is not known.
    """
    is_of_process = any(layer.metadata.name == VARIABLES for layer in figment.layers())
    if is_of_process:
        yield from file_mistakes(str(figment.profile))
    tables = [name for name, named in shape.names.items() if _is_table(name, named.shape)]
    yield from profile_mistakes(figment, tables)
    yield from key_mistakes(figment, shape)
    if is_of_process:
        yield from variable_mistakes(shape, keys_known=keys_known)


def shape_of_process(settings: type[ServiceConfig]) -> Shape:
    """Return the keys that are read in this process: those of a class and of all others.

    An application that is not a `rocketpy.App` may read classes of its own.
    """
    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.config.settings_shape import shape_of

    shape = shape_of(settings)
    names = dict(shape.names)
    waiting = [ServiceConfig]
    while waiting:
        derived = waiting.pop().__subclasses__()
        waiting += derived
        for other in derived:
            names = shape_of(other).names | names
    return Shape(names=names)


def _is_table(name: str, shape: Shape) -> bool:
    return name == "limits" or bool(shape.names) or shape.others is not None


def find_deprecated(figment: Figment, shape: Shape) -> Iterator[Mistake]:
    """Yield the keys and profiles of older versions of Rocket, of which `launch` warns itself.

    Args:
        figment: the layers.
        shape: the keys that are read, which may have such a name.
    """
    for key, replacement, metadata in deprecated_keys(figment, shape):
        remedy = f"use `{replacement}`" if replacement else "it has no meaning"
        tag = figment.find(key).tag
        where = place_of(tag, (key,)) if tag else ""
        yield Mistake(f"deprecated key `{key}` in {metadata}", where, remedy)
    yield from deprecated_profiles(figment)


def deprecated_keys(figment: Figment, shape: Shape) -> Iterator[tuple[str, str, Metadata]]:
    """Yield the deprecated keys that a source gives, what replaces each, and the source."""
    for key, replacement in DEPRECATED_KEYS.items():
        metadata = figment.find_metadata(key)
        if metadata is not None and key not in shape.names:
            yield key, replacement, metadata
