"""Writes the modules that c/frozen.c includes. Run by the interpreter that is being built.

CPython's own tool keeps assertions, docstrings and column tables. The executable runs at
optimize level 2, so these are left out here, as `-X no_debug_ranges` leaves out the columns.

Usage: python -X no_debug_ranges freeze.py LIB OUT NAME...
"""

from __future__ import annotations

import marshal
import os
import sys

LEVEL = 2


def freeze(lib: str, out: str, name: str) -> None:
    """Write one module's marshalled code as a C array.

    Args:
        lib: the standard library's folder.
        out: where the header goes.
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
            ",".join(map(str, data[at : at + 32])) + ",\n" for at in range(0, len(data), 32)
        )
        file.write("};\n")


if __name__ == "__main__":
    for each in sys.argv[3:]:
        freeze(sys.argv[1], sys.argv[2], each)
