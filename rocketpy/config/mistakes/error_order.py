"""The order of a report's errors: the one that Rocket stops at, then as the files have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.table import ROCKET_KEYS
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rocketpy.figment.figment import Figment


def in_order(errors: Iterable[Error], figment: Figment) -> Error:
    """Chain errors, which may be chains.

    Rocket stops at the first bad value in the order of the keys' names; within a table it reports
    what is missing last. That error comes first. The others follow source by
    source, as these were read, and line by line.
    """
    links = [link for error in errors for link in error]
    for link in links:
        link.next = None
    first = min(links, key=_as_rocket)
    rest = [link for link in links if link is not first]
    if rest:
        from rocketpy.figment.place import place

        layers = [layer.metadata for layer in figment.layers()]

        def in_file(error: Error) -> tuple[int, int, int, tuple[str, ...]]:
            layer = layers.index(error.metadata) if error.metadata in layers else len(layers)
            span = place(error)
            return layer, *((span.line, span.column) if span else (0, 0)), error.path

        rest.sort(key=in_file)
    return _with_remedies(Error.chain([first, *rest]), figment)


def with_other_sources(
    failure: Error, figment: Figment, read: Callable[[Figment], object]
) -> Error:
    """Chain what is wrong with the other sources behind an error of a source that cannot be used.

    A key that is missing is not reported: the source that cannot be used may have it.

    Args:
        failure: what reading the configuration ended with.
        figment: the layers.
        read: reads a configuration of other layers, and raises what is wrong with it.
    """
    errors = [error.alone() for error in failure]
    if figment.failures is not None:
        try:
            read(figment.without_failures())
        except Error as others:
            errors += [error.alone() for error in others if error.kind.name != "MissingField"]
    return _with_remedies(Error.chain(errors), None)


def _with_remedies(error: Error, figment: Figment | None) -> Error:
    # Its patterns cost a start that goes well nothing.
    from rocketpy.config.mistakes.remedies import add_remedies

    return add_remedies(error, figment)


def _as_rocket(error: Error) -> tuple[bool, tuple[str, ...]]:
    """Sort Rocket's keys by name, and others behind; the errors of one key are in order already."""
    return not error.path or error.path[0] not in ROCKET_KEYS, error.path[:1]
