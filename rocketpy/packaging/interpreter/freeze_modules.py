"""Writes the frozen modules that c/frozen.c includes.

CPython's own tool keeps assertions, docstrings and column tables. The executable runs at
optimize level 2, so these are left out here, as `-X no_debug_ranges` leaves out the columns.

The interpreter that is being built runs it:

    python -X no_debug_ranges freeze_modules.py LIB OUT NAME...
"""

from __future__ import annotations

import marshal
import os
import sys

LEVEL = 2
"""The optimize level: no assertions and no docstrings."""
ROW = 32
"""Bytes in a line of the C array."""


def freeze(lib: str, out: str, name: str) -> None:
    """Write one module's marshalled code as a C array.

    Args:
        lib: the standard library's folder.
        out: the folder of the header.
        name: the module's dotted name.
    """
    path = os.path.join(lib, *name.split("."))
    path = os.path.join(path, "__init__.py") if os.path.isdir(path) else f"{path}.py"
    with open(path, "rb") as file:
        code = compile(file.read(), f"<frozen {name}>", "exec", dont_inherit=True, optimize=LEVEL)
    data = marshal.dumps(code)
    with open(os.path.join(out, f"{name}.h"), "w", encoding="ascii") as file:
        file.write(f"const unsigned char _Py_M__{name.replace('.', '_')}[] = {{\n")
        file.writelines(
            ",".join(map(str, data[at : at + ROW])) + ",\n" for at in range(0, len(data), ROW)
        )
        file.write("};\n")


def main() -> None:
    """Freeze the modules that the command line names."""
    for name in sys.argv[3:]:
        freeze(sys.argv[1], sys.argv[2], name)


if __name__ == "__main__":
    main()
