"""Every byte of an executable belongs to a part that the report names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rocketpy.packaging.executable import Built


def test_the_parts_add_up(executable: Built) -> None:
    """All parts together are the executable, and the large ones are known."""
    parts = dict(executable.parts)
    assert sum(parts.values()) == executable.size
    assert {"CPython", "pydantic-core", "glibc", "launcher, in Rust", "bundle: falcon"} <= set(
        parts
    )
    assert max(parts, key=lambda part: parts[part]) == "CPython"
    assert all(count > 0 for count in parts.values())
