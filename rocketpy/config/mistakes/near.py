"""Finds the known name that a misspelt one is nearest to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR = 0.75
"""How alike two names must be for one to be taken for the other misspelt; 1 is the same."""
_SAME_LETTERS = 0.9
_ANYHOW = 0.6
"""How alike a name that is wrong for certain must be to the one that is proposed."""
_SHORTEST_START = 3
"""Letters that a name must have to be taken for the start of a longer one."""
OTHER_WORDS = {
    "host": "address", "hostname": "address", "ip": "address", "bind": "address",
    "interface": "address", "ssl": "tls", "https": "tls", "threads": "max_blocking",
    "maxthreads": "max_blocking", "processes": "workers", "tmp": "temp_dir",
    "maxbodysize": "limits", "bodylimit": "limits", "realip": "ip_header",
}  # fmt: skip
"""What other servers call Rocket's keys, without `-` and `_`."""


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


def nearest_anyhow(name: str, known: Iterable[str]) -> str | None:
    """Return what a name that is wrong for certain may be meant for, or None.

    Beside names that are almost the same, these are one that it begins with, one that begins with
    it, and a short one with another letter.

    >>> nearest_anyhow("addr", ["address", "port"]), nearest_anyhow("uri", ["url", "pool"])
    ('address', 'url')
    >>> nearest_anyhow("workers_count", ["workers"])
    'workers'
    """
    known = list(known)
    return nearest(name, known) or start_of(name, known) or nearest(name, known, _ANYHOW)


def same_name(name: str, known: Iterable[str]) -> str | None:
    """Return the name that differs from another in case, `-`, `_` and `.` alone, or None.

    >>> same_name("limits_json", ["limits", "limits.json"])
    'limits.json'
    """
    wanted = _plain(name).replace(".", "")
    return next((one for one in known if _plain(one).replace(".", "") == wanted), None)


def other_word(name: str) -> str | None:
    """Return the key of Rocket that other servers call so, or None.

    >>> other_word("host"), other_word("MAX_THREADS"), other_word("port")
    ('address', 'max_blocking', None)
    """
    return OTHER_WORDS.get(_plain(name))


def start_of(name: str, known: list[str]) -> str | None:
    """Return the longest name that another begins with, or else the shortest that begins so.

    >>> start_of("config_file", ["config", "port"]), start_of("addr", ["address"])
    ('config', 'address')
    """
    wanted = _plain(name)
    starts = [one for one in known if wanted.startswith(_plain(one)) and _is_long(one)]
    if starts:
        return max(starts, key=len)
    longer = [one for one in known if _plain(one).startswith(wanted)]
    return min(longer, key=len) if longer and _is_long(name) else None


def _is_long(name: str) -> bool:
    return len(_plain(name)) >= _SHORTEST_START


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
