"""A finder of built-in modules that belong to a package, such as `pydantic_core._pydantic_core`.

CPython looks for built-in modules only where no package is involved. This file is the
sitecustomize of the interpreter that is built; the executable has a finder of its own.
"""

from __future__ import annotations

import importlib.machinery
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class DottedBuiltins:
    """Finds built-in modules with a dot in their name."""

    @staticmethod
    def find_spec(
        fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module's spec, or None if it is not built in."""
        if "." not in fullname:
            return None
        return importlib.machinery.BuiltinImporter.find_spec(fullname)


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, DottedBuiltins)
