"""What kind of interpreter to build."""

from __future__ import annotations

from dataclasses import dataclass

FEATURES = frozenset({"tls", "zlib"})
"""What `--features` may name. zlib is always linked: the packed modules are deflated."""


@dataclass(frozen=True)
class Recipe:
    """The choices of a build that change the interpreter.

    Args:
        features: "tls" links OpenSSL, with the modules ssl and _hashlib. "zlib" changes nothing.
        quick: compiled at -O2 without training a profile: minutes less, and slower requests.
    """

    features: frozenset[str] = frozenset()
    quick: bool = False

    @property
    def tls(self) -> bool:
        """Whether OpenSSL is linked in."""
        return "tls" in self.features
