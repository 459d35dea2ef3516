"""PyOxidizer makes one static executable of the interpreter and its launcher.

PyOxidizer takes the distribution apart, writes the table of its extension modules and makes the
library; Cargo compiles the launcher on PyOxidizer's `pyembed` and links both. The application
is no part of it: it is added afterwards, and a change of it needs none of this.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib import metadata
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.interpreter.prune_extensions import __file__ as narrow_file
from rocketpy.packaging.interpreter.prune_extensions import narrow
from rocketpy.packaging.interpreter.python_json import CORE
from rocketpy.packaging.native import crates
from rocketpy.packaging.size_report import __file__ as parts_file
from rocketpy.packaging.size_report import linked as linked_parts
from rocketpy.packaging.steps import toolchain
from rocketpy.packaging.steps.cache import file_digest, tree_digest
from rocketpy.packaging.steps.programs import output, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rocketpy.packaging.interpreter.distribution import Distribution
    from rocketpy.packaging.steps.cache import Cache

LAUNCHER = os.path.join(os.path.dirname(__file__), "launcher")

CONFIGURATION = """\
def make():
    python = PythonDistribution(sha256="{sha256}", local_path="{archive}", flavor="standalone")
    policy = python.make_python_packaging_policy()
    policy.extension_module_filter = "all"
    policy.include_distribution_sources = False
    policy.include_distribution_resources = False
    config = python.make_python_interpreter_config()
    config.allocator_backend = "default"
    executable = python.to_python_executable(
        name="launcher", packaging_policy=policy, config=config
    )
    return executable.to_embedded_resources()

register_target("resources", make, default=True)
resolve_targets()
"""
"""What PyOxidizer is to do. The application's modules are not its concern: see `bundle`."""

FLAGS = (
    *("-C", "target-feature=+crt-static"),
    # A relocation for each pointer is 24 bytes; packed, they are a bitmap.
    *("-C", "link-arg=-Wl,-z,pack-relative-relocs"),
    # PyOxidizer exports all symbols, for extension modules that are loaded. None ever is.
    *("-C", "link-arg=-Wl,--exclude-libs,ALL"),
    *("-C", "link-arg=-Wl,--gc-sections"),
    *("-C", "link-arg=-Wl,--build-id=sha1"),
)


def launcher(
    cache: Cache, python: Distribution, extensions: Iterable[str]
) -> tuple[str, list[dict[str, Any]]]:
    """Return the folder with the file `launcher` and `licences/`, and what is in it.

    Args:
        cache: where results are kept.
        python: the interpreter.
        extensions: the extension modules that the application needs.

    Raises:
        BuildError: PyOxidizer or Cargo failed.
    """
    wanted = sorted({*extensions, *CORE})
    inputs = [
        python.sha256,
        wanted,
        tree_digest(LAUNCHER),
        file_digest(__file__),
        file_digest(narrow_file),
        file_digest(parts_file),
        metadata.version("pyoxidizer"),
        toolchain.rust(),
        toolchain.c(),
        toolchain.binutils(),
    ]
    folder = cache.result("launcher", inputs, lambda out: _make(cache, python, wanted, out))
    with open(os.path.join(folder, "components.json"), encoding="utf-8") as file:
        return folder, json.load(file)


def _make(cache: Cache, python: Distribution, wanted: list[str], out: str) -> None:
    log = cache.log("launcher")
    place = os.path.join(out, "build")
    # Cargo writes beside its manifest, and the package may lie where nobody may write.
    source = os.path.join(place, "launcher")
    shutil.copytree(LAUNCHER, source)
    archive = os.path.join(place, "cpython.tar.zst")
    sha256 = narrow(python.archive, wanted, archive)
    with open(os.path.join(place, "pyoxidizer.bzl"), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(sha256=sha256, archive=archive))
    oxidizer = [program("pyoxidizer"), "--system-rust", "build", "resources", "--release"]
    environment = {"PYOXIDIZER_CACHE_DIR": os.path.join(place, "cache")}
    run([*oxidizer, "--path", place], log=log, cwd=place, env=environment)
    artifacts = os.path.join(place, "build", toolchain.TARGET, "release", "resources")
    target = os.path.join(place, "target")
    cargo_home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    map_ = os.path.join(place, "launcher.map")
    remap = tuple(f"--remap-path-prefix={path}=" for path in (cargo_home, place))
    environment = {
        "PYOXIDIZER_ARTIFACT_DIR": artifacts,
        "PYO3_CONFIG_FILE": os.path.join(artifacts, "pyo3-build-config-file.txt"),
        "CARGO_TARGET_DIR": target,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join((*FLAGS, *remap, "-C", f"link-arg=-Wl,-Map={map_}")),
    }
    # A target is named, or the flags would count for build scripts as well.
    compile_ = ["cargo", "build", "--release", "--locked", "--target", toolchain.TARGET]
    run(compile_, log=log, cwd=source, env=environment)
    made = os.path.join(target, toolchain.TARGET, "release", "launcher")
    bare = ["strip", "--strip-all", "--remove-section=.comment", "--wildcard"]
    result = os.path.join(out, "launcher")
    run([*bare, "--remove-section=.gnu.warning.*", made, "-o", result], log=log)
    listing = ["cargo", "metadata", "--locked", "--format-version", "1"]
    listing += ["--filter-platform", toolchain.TARGET]
    linked = crates.collect(json.loads(output(listing, cwd=source)), os.path.join(out, "licences"))
    # The first is the launcher itself, which is rocketpy's.
    with open(os.path.join(out, "components.json"), "w", encoding="utf-8") as file:
        json.dump(linked[1:], file, indent=1, sort_keys=True)
    with open(map_, encoding="utf-8", errors="replace") as file:
        sizes = linked_parts(file.read())
    with open(os.path.join(out, "parts.json"), "w", encoding="utf-8") as file:
        json.dump(sizes, file, indent=1, sort_keys=True)
    shutil.rmtree(place)


def program(name: str) -> str:
    """Return the path of a program that this environment's packages have installed."""
    import sys

    beside = os.path.join(os.path.dirname(sys.executable), name)
    return beside if os.path.exists(beside) else name
