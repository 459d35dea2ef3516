"""Training the interpreter's profile: which traffic, on what packages, and how alike each time."""

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

HERE = "/proc/self/cwd"
"""How compilers and the training call the folder that they run in: with its own path in strings
that are hashed and counted, each folder would have a profile of its own."""
SCRIPT = os.path.join(os.path.dirname(__file__), "training_traffic.py")


def inputs(pydantic_core: str) -> list[str]:
    """Return what a profile depends on, for the keys of the cache."""
    own = [file_digest(SCRIPT), file_digest(__file__)]
    return [*own, pydantic_core, *(file.sha256 for file in pins.TRAINING)]


def train(cache: Cache, place: str, pydantic_core: str, log: str) -> None:
    """Run the traffic on an instrumented interpreter, which writes its counts as it ends.

    Args:
        cache: where the packages are fetched to.
        place: the folder that the interpreter was compiled in; install/ in it is its prefix.
        pydantic_core: the version that is linked in.
        log: where the output goes.
    """
    packages = os.path.join(place, "training")
    for file in pins.TRAINING:
        if pydantic_core != pins.TRAINING_PYDANTIC_CORE and file.name.startswith("pydantic"):
            continue
        with zipfile.ZipFile(fetch(file, cache.work("downloads"))) as wheel:
            wheel.extractall(packages)
    if pydantic_core == pins.TRAINING_PYDANTIC_CORE:
        _python_part(packages)
    shutil.copy(SCRIPT, os.path.join(place, "training_traffic.py"))
    environment: dict[str, str | None] = dict.fromkeys(os.environ)
    environment |= {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PATH": os.defpath}
    command = [*_same_addresses(), f"{HERE}/install/bin/python3.11", "-I", "-O"]
    command += ["-X", f"pycache_prefix={HERE}/compiled", f"{HERE}/training.py", f"{HERE}/training"]
    for _ in ("compile", "count"):
        # The first run compiles what it imports, which the executable never does: not counted.
        _forget_counts(place)
        run(command, cwd=place, env=environment, log=log)


def _forget_counts(place: str) -> None:
    for at, _, names in os.walk(place):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(at, name))


def _python_part(packages: str) -> None:
    """Add the Python files of pydantic-core, which has no pure wheel."""
    import pydantic_core

    source = os.path.dirname(pydantic_core.__file__)
    target = os.path.join(packages, "pydantic_core")
    os.makedirs(target)
    for name in ("__init__.py", "core_schema.py"):
        with open(os.path.join(source, name), "rb") as file:
            text = file.read()
        with open(os.path.join(target, name), "wb") as file:
            file.write(text)


def _same_addresses() -> list[str]:
    """Return what to put before a command so that its memory lies where it lay the last time.

    Objects hash by their address, so that counts differ a little between two runs. Some containers
    do not allow this; there, two builds may differ.
    """
    command = ["setarch", "-R"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return []
    return command
