"""PYTHON.json, the description of a distribution for PyOxidizer (version 7 of its format)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.packaging.steps.toolchain import TARGET

if TYPE_CHECKING:
    from collections.abc import Iterable

NATIVE_OBJECT = "python/build/native/pydantic_core.o"
LIBRARY = "install/lib/python3.11"
CORE = frozenset(
    {
        "_abc", "_ast", "_codecs", "_collections", "_functools", "_imp", "_io", "_locale",
        "_operator", "_signal", "_sre", "_stat", "_string", "_symtable", "_thread", "_tokenize",
        "_tracemalloc", "_warnings", "_weakref", "atexit", "builtins", "errno", "faulthandler",
        "gc", "itertools", "marshal", "posix", "pwd", "sys", "time",
    }
)  # fmt: skip
"""Modules without which the interpreter does not start; all others are optional."""


def describe(
    facts: dict[str, Any], members: Iterable[str], *, native_module: str
) -> dict[str, Any]:
    """Return the content of PYTHON.json.

    Args:
        facts: what `describe_interpreter` printed, and the table of built-in modules.
        members: the archive's members.
        native_module: the dotted name of the module that has an object of its own.
    """
    version = facts["version"]
    short = ".".join(version.split(".")[:2])
    tag = f"cp{short.replace('.', '')}"
    paths = {
        "data": "install",
        "include": f"install/include/python{short}",
        "platinclude": f"install/include/python{short}",
        "platlib": f"{LIBRARY}/site-packages",
        "platstdlib": LIBRARY,
        "purelib": f"{LIBRARY}/site-packages",
        "scripts": "install/bin",
        "stdlib": LIBRARY,
    }
    return {
        "version": "7",
        "target_triple": TARGET,
        "optimizations": "noopt",
        "python_tag": tag,
        "python_abi_tag": tag,
        "python_config_vars": {k: str(v) for k, v in facts["config_vars"].items()},
        "python_platform_tag": facts["platform"],
        "python_implementation_cache_tag": facts["cache_tag"],
        "python_implementation_hex_version": facts["hex_version"],
        "python_implementation_name": "cpython",
        "python_implementation_version": facts["implementation_version"],
        "python_version": version,
        "python_major_minor_version": short,
        "python_paths": paths,
        "python_paths_abstract": paths,
        "python_exe": f"install/bin/python{short}",
        "python_stdlib_test_packages": [],
        "python_suffixes": facts["suffixes"],
        "python_bytecode_magic_number": facts["magic"],
        "python_symbol_visibility": "global-default",
        "python_extension_module_loading": ["builtin"],
        "libpython_link_mode": "static",
        "crt_features": ["glibc-static"],
        "run_tests": "build/run_tests.py",
        "licenses": ["Python-2.0"],
        "license_path": "licenses/LICENSE.cpython.txt",
        "build_info": {
            "core": {
                "objs": sorted(_objects(members)),
                "links": [{"name": "m", "system": True}],
                "shared_lib": None,
                "static_lib": None,
            },
            "extensions": {
                name: [_extension(name, init, native=name == native_module)]
                for name, init in sorted(facts["modules"].items())
            },
            "inittab_object": "build/Modules/config.o",
            "inittab_source": "build/Modules/config.c",
            "inittab_cflags": ["-std=c11", "-DNDEBUG", "-DPy_BUILD_CORE"],
            "object_file_format": "elf",
        },
    }


def _objects(members: Iterable[str]) -> Iterable[str]:
    """Return the objects for the linker, which drops what nothing refers to."""
    for member in members:
        if member.startswith("python/build/") and member.endswith(".o") and member != NATIVE_OBJECT:
            yield member.removeprefix("python/")


def _extension(name: str, init: str, *, native: bool) -> dict[str, Any]:
    return {
        "in_core": not native,
        "init_fn": init,
        "licenses": ["MIT"] if native else None,
        "license_paths": None,
        "license_public_domain": None,
        "links": [],
        "objs": [NATIVE_OBJECT.removeprefix("python/")] if native else [],
        "required": name in CORE,
        "static_lib": None,
        "shared_lib": None,
        "variant": "default",
    }
