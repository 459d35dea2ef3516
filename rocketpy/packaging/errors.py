"""What can go wrong in a build, as one error that says what to do next."""

from __future__ import annotations


class BuildError(Exception):
    """The executable or the image cannot be made; the message says why and what to do."""
