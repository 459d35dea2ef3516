"""What a figment takes its values from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.figment.metadata import Metadata
    from rocketpy.figment.profile import Profile


class Provider(Protocol):
    """A source of configuration: anything with these three methods."""

    def metadata(self) -> Metadata:
        """Describe the source, for errors and provenance."""
        ...

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return the source's values for each profile that it has, as plain Python data.

        The figment tags them. `Value`s among them keep a tag that they have.

        Raises:
            Error: the source is there but cannot be used. A source that is not there is no error:
                it has nothing to say.
        """
        ...

    def selected(self) -> Profile | None:
        """Return a profile to select, or None to leave the figment's choice alone."""
        ...
