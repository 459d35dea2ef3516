"""Training the interpreter's profile: the same packages and the same traffic each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

from rocketpy.packaging.fetch import pins
from rocketpy.packaging.fetch.archives import fetch
from rocketpy.packaging.steps.cache import file_digest
from rocketpy.packaging.steps.programs import run

if TYPE_CHECKING:
    from rocketpy.packaging.steps.cache import Cache

FOLDER = "/proc/self/cwd"
"""The name by which compilers and the training know the folder that they run in. The folder's own
path, in strings that are hashed and counted, would give each folder a profile of its own."""
TRAFFIC = os.path.join(os.path.dirname(__file__), "training_traffic.py")


def inputs(pydantic_core: str) -> list[str]:
    """Return what a profile depends on, for the keys of the cache."""
    own = [file_digest(TRAFFIC), file_digest(__file__)]
    return [*own, pydantic_core, *(file.sha256 for file in pins.TRAINING)]


def train(cache: Cache, folder: str, pydantic_core: str, log: str) -> None:
    """Run the traffic on an instrumented interpreter, which writes its counts as it ends.

    Args:
        cache: where the packages are kept.
        folder: the folder that the interpreter was compiled in; install/ in it is its prefix.
        pydantic_core: the version that is linked in.
        log: the file for the output.
    """
    packages = os.path.join(folder, "training")
    for file in pins.TRAINING:
        if pydantic_core != pins.TRAINING_PYDANTIC_CORE and file.name.startswith("pydantic"):
            continue
        with zipfile.ZipFile(fetch(file, cache.work("downloads"))) as wheel:
            wheel.extractall(packages)
    if pydantic_core == pins.TRAINING_PYDANTIC_CORE:
        _add_pydantic_core(packages)
    script = os.path.basename(TRAFFIC)
    shutil.copy(TRAFFIC, os.path.join(folder, script))
    environment: dict[str, str | None] = dict.fromkeys(os.environ)
    environment |= {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PATH": os.defpath}
    command = [*_fixed_addresses(), f"{FOLDER}/install/bin/python3.11", "-I", "-O"]
    command += [
        "-X",
        f"pycache_prefix={FOLDER}/compiled",
        f"{FOLDER}/{script}",
        f"{FOLDER}/training",
    ]
    for _ in ("compile", "count"):
        # The first run compiles what it imports, which the executable never does: not counted.
        _remove_counts(folder)
        run(command, cwd=folder, env=environment, log=log)


def _remove_counts(folder: str) -> None:
    for at, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(at, name))


def _add_pydantic_core(packages: str) -> None:
    """Add the Python files of pydantic-core, which has no pure wheel."""
    import pydantic_core

    source = os.path.dirname(pydantic_core.__file__)
    target = os.path.join(packages, "pydantic_core")
    os.makedirs(target)
    for name in ("__init__.py", "core_schema.py"):
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))


def _fixed_addresses() -> list[str]:
    """Return the words before a command that turn address randomisation off.

    Objects hash by their address, so the counts of two runs would differ a little. Some containers
    do not allow this; there, two builds may differ.
    """
    command = ["setarch", "-R"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command
