"""What a project says of its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.project import Project, read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_a_project(tmp_path: Path) -> None:
    """Without any pyproject.toml."""
    assert read(str(tmp_path)) == Project(str(tmp_path), tmp_path.name)


def test_what_a_project_says(tmp_path: Path) -> None:
    """Its name and version, and which modules go in and stay out."""
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'n'\nversion = '1'\n"
        "[tool.rocketpy.build]\ninclude = ['a', 'b.*']\nexclude = ['c.d']\n"
    )
    assert read(str(tmp_path)) == Project(str(tmp_path), "n", "1", ("a", "b.*"), ("c.d",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "cannot be read"),
        ("[tool.rocketpy.build]\nincludes = []", "no key 'includes'; allowed: include, exclude"),
        ("[tool.rocketpy.build]\ninclude = 'a'", "`include` in .* must be a list of module names"),
        (
            "[tool.rocketpy.build]\nexclude = ['a-b']",
            "`exclude` in .* must be a list of module names",
        ),
        ("[tool.rocketpy.build]\nexclude = [1]", "`exclude` in .* must be a list of module names"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """With the file, the key and what is allowed."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(BuildError, match=problem) as refused:
        read(str(tmp_path))
    assert str(tmp_path / "pyproject.toml") in str(refused.value)


def test_no_such_folder(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(BuildError, match="there is no folder"):
        read(str(tmp_path / "nowhere"))
