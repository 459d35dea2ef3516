"""Prints a configuration's errors for people: all of them, without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.mistakes.remedies import add_remedies
from rocketpy.config.secrets import Secrets
from rocketpy.config.ways.variables import VARIABLES, variable_of
from rocketpy.figment.render import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.error import Error

HEADING = "Failed to extract valid configuration."
"""Rocket's own words."""


def report(error: Error, secrets: Secrets | None = None, *, reveal: bool = False) -> str:
    """Return the text that describes an error and all that are chained behind it.

    Args:
        error: the error; its secrets are taken out of it, unless they are revealed.
        secrets: what is known of these; an error that `Config` raised has none in it.
        reveal: whether secrets are shown.
    """
    return "\n".join([f"Error: {HEADING}", *reports(error, secrets, reveal=reveal)])


def reports(error: Error, secrets: Secrets | None = None, *, reveal: bool = False) -> Iterator[str]:
    """Yield the text of each error, as it stands under the heading; see `report`."""
    if not reveal:
        (secrets or Secrets()).hide(error)
    for one in add_remedies(error):
        first, *rest = "\n".join(lines(one)).split("\n")
        if one.path and one.metadata is not None and one.metadata.name == VARIABLES:
            variable = variable_of(one.path)
            rest = [*([f"  --> {variable}"] if variable else []), *rest]
        yield "\n".join([f"   >> {first}", *(f"      {line}" for line in rest)])
