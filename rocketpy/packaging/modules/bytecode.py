"""The bytecode of modules, each compiled once and kept by the content of its source."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING

from rocketpy.packaging.modules import compile_modules
from rocketpy.packaging.steps.cache import digest, file_digest
from rocketpy.packaging.steps.programs import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.packaging.steps.cache import Cache


def compiled(cache: Cache, python: str, sources: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the path of each module's marshalled code.

    Args:
        cache: where the code is kept.
        python: the path of the interpreter that the code is for.
        sources: of each module its source's path, and the file name for tracebacks.

    Raises:
        BuildError: a module is not valid Python 3.11.
    """
    kept = cache.work("bytecode")
    build = os.path.basename(os.path.dirname(os.path.dirname(os.path.dirname(python))))
    compiler = digest(build, file_digest(compile_modules.__file__))
    found = {
        name: os.path.join(kept, digest(compiler, shown, file_digest(path)))
        for name, (path, shown) in sources.items()
    }
    missing = {name: path for name, path in found.items() if not os.path.exists(path)}
    if missing:
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            files = {name: os.path.join(folder, str(at)) for at, name in enumerate(missing)}
            wanted = os.path.join(folder, "list")
            with open(wanted, "w", encoding="utf-8") as file:
                json.dump([(*sources[name], files[name]) for name in missing], file)
            script = compile_modules.__file__
            # The hash seed decides the order of sets that are constants.
            run(
                [python, "-S", "-B", "-X", "no_debug_ranges", script, wanted],
                log=cache.log("bytecode"),
                env={"PYTHONHASHSEED": "0"},
            )
            for name, path in missing.items():
                os.replace(files[name], path)
    return found
