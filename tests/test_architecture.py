"""The arrows between the rooms point one way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "rocketpy"

MAY_IMPORT = {
    "figment": set(),
    "config": {"figment"},
    "common": {"figment", "config"},
    "web": {"figment", "config", "common", "server"},
    "server": {"figment", "config", "common"},
    "packaging": {"figment", "config"},
    "cli": {"figment", "config", "common", "web", "server", "packaging"},
}
"""Of a room, the rooms that it may import, besides itself."""

LIBRARIES = {
    "figment": set(),
    "config": {"pydantic", "pydantic_core", "pydantic_settings", "tomli_w"},
    "web": {"falcon", "itsdangerous", "typing_extensions"},
    "server": {"waitress"},
    "packaging": None,
    "common": {"waitress"},
    "cli": set(),
}
"""Of a room, the libraries that it may import; None for any."""

FILES = sorted(PACKAGE.glob("*/**/*.py"))


def imported(file: Path) -> set[str]:
    """Return the modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parts = file.relative_to(PACKAGE.parent).with_suffix("").parts[: -node.level]
                module = ".".join((*parts, *([module] if module else [])))
            found.add(module)
            if module == "rocketpy" or module.count(".") == 0:
                found |= {f"{module}.{alias.name}" for alias in node.names if module == "rocketpy"}
    return found


@pytest.mark.parametrize("file", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_arrows(file: Path) -> None:
    """A file imports its room, rooms below, the standard library, its room's libraries."""
    room = file.relative_to(PACKAGE).parts[0]
    for module in imported(file):
        top, _, rest = module.partition(".")
        if top == "rocketpy":
            target = rest.partition(".")[0]
            assert target in {room, "", "_version"} | MAY_IMPORT[room], f"{file.name} → {module}"
        elif top not in sys.stdlib_module_names:
            allowed = LIBRARIES[room]
            assert allowed is None or top in allowed, f"{file.name} → {module}"


@pytest.mark.parametrize("file", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_small(file: Path) -> None:
    """A file holds one concept: at most 15 KB."""
    assert file.stat().st_size <= 15 * 1024
