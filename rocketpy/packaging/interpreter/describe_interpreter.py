"""Prints what PyOxidizer has to know of an interpreter, as JSON.

The interpreter that was built runs it: python describe_interpreter.py PREFIX
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
import sysconfig

PREFIX = sys.argv[1] if sys.argv[1:] else "/install"
MULTIARCH = getattr(sys.implementation, "_multiarch", "")
VARIABLES = {
    "prefix": PREFIX,
    "exec_prefix": PREFIX,
    "VERSION": sysconfig.get_python_version(),
    "ABIFLAGS": "",
    "MULTIARCH": MULTIARCH,
    "SOABI": f"{sys.implementation.cache_tag}-{MULTIARCH}",
    "EXT_SUFFIX": f".{sys.implementation.cache_tag}-{MULTIARCH}.so",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "WITH_PYMALLOC": 1,
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
}


def describe() -> dict[str, object]:
    """Return the facts."""
    machinery = importlib.machinery
    return {
        "version": sys.version.split()[0],
        "hex_version": sys.hexversion,
        "implementation_version": [str(part) for part in sys.implementation.version],
        "cache_tag": sys.implementation.cache_tag,
        "magic": importlib.util.MAGIC_NUMBER.hex(),
        "platform": "linux-x86_64",
        "sysconfig_module": sysconfig._get_sysconfigdata_name(),  # type: ignore[attr-defined]  # typeshed leaves it out
        "config_vars": VARIABLES,
        "suffixes": {
            "bytecode": machinery.BYTECODE_SUFFIXES,
            "debug_bytecode": machinery.DEBUG_BYTECODE_SUFFIXES,
            "optimized_bytecode": machinery.OPTIMIZED_BYTECODE_SUFFIXES,
            "extension": [VARIABLES["EXT_SUFFIX"]],
            "source": machinery.SOURCE_SUFFIXES,
        },
    }


if __name__ == "__main__":
    print(json.dumps(describe()))
