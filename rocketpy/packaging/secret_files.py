"""Files that are likely to hold secrets: they never go into an executable or an image unnoticed."""

from __future__ import annotations

import fnmatch

NAMES = {
    ".*": "its name begins with a dot",
    "*.env": "it looks like a file of environment variables",
    "id_*": "it looks like an SSH key",
    "*.key": "it looks like a key",
    "*.p12": "it looks like a key store",
    "*.pfx": "it looks like a key store",
    "*.jks": "it looks like a key store",
    "*.kdbx": "it looks like a password store",
}
"""Patterns of names, each with what a message says of such a file."""
MARK = b"PRIVATE KEY-----"
"""The end of the first line of a private key in PEM (RFC 7468), of whatever kind."""


def suspicion(name: str, content: bytes) -> str:
    """Return why a file may hold a secret; empty if nothing points to it.

    Args:
        name: the file's name, without its folder.
        content: what is in it.

    >>> suspicion("id_ed25519", b"")
    'it looks like an SSH key'
    >>> suspicion("names.txt", b"Ada")
    ''
    """
    if MARK in content:
        return "it contains a private key"
    return next((why for pattern, why in NAMES.items() if fnmatch.fnmatch(name, pattern)), "")
