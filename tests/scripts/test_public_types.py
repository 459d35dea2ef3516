"""`make lint` finds public symbols whose types a checker of types would have to guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts import public_types

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = '"""A package."""\n\nclass Box:\n    """A box."""\n\n    def __init__(self) -> None:\n'


@pytest.mark.parametrize(
    ("line", "code", "printed"),
    [
        ("self.size: list[int] = []", 0, "the types of 3 of 3 public symbols are known"),
        ("self.size = []", 1, "rocketpy.Box.size"),
    ],
)
def test_unknown_types_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, code: int, printed: str
) -> None:
    """An attribute without an annotation is named, and fails the check."""
    package = tmp_path / "rocketpy"
    package.mkdir()
    (package / "py.typed").touch()
    (package / "__init__.py").write_text(f"{KNOWN}        {line}\n", encoding="utf-8")
    assert public_types.main(tmp_path) == code
    assert printed in capsys.readouterr().out


def test_no_package(tmp_path: Path) -> None:
    """A folder without the package has no types that are known."""
    assert public_types.main(tmp_path) == 1
