"""Compiles modules to bytecode.

The executable's interpreter runs it: python -X no_debug_ranges compile_modules.py LIST

LIST is a JSON file: of each module the path of its source, the file name for tracebacks, and the
file to write.
"""

from __future__ import annotations

import json
import marshal
import sys

LEVEL = 2
"""The optimize level: no assertions and no docstrings, as in a release build."""


def main(path: str) -> None:
    """Compile all modules of a list."""
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)
    for source, shown, target in wanted:
        with open(source, "rb") as file:
            code = compile(file.read(), shown, "exec", dont_inherit=True, optimize=LEVEL)
        with open(target, "wb") as file:
            file.write(marshal.dumps(code))


if __name__ == "__main__":
    main(sys.argv[1])
