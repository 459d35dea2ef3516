"""Finds the known name that a misspelt one is nearest to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR = 0.75
"""How alike two names must be for one to be taken for the other misspelt; 1 is the same."""
_SAME_LETTERS = 0.9


def nearest(name: str, known: Iterable[str], near: float = NEAR) -> str | None:
    """Return the name that is most like another, or None where none is like it.

    Case does not count, and `-`, `_` and neither are the same.

    >>> nearest("log-level", ["log_level", "port"]), nearest("keepAlive", ["keep_alive"])
    ('log_level', 'keep_alive')
    >>> nearest("other", ["port"])
    """
    from difflib import SequenceMatcher

    wanted = _plain(name)
    best, rank = None, near
    for candidate in known:
        plain = _plain(candidate)
        if plain == wanted:
            return candidate
        likeness = SequenceMatcher(None, wanted, plain).ratio()
        if sorted(wanted) == sorted(plain):  # letters that changed places: `ulr`
            likeness = max(likeness, _SAME_LETTERS)
        if likeness >= rank and (best is None or likeness > rank):
            best, rank = candidate, likeness
    return best


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
