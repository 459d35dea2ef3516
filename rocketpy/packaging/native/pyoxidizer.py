"""PyOxidizer and Cargo make the launcher: the interpreter as one static executable.

PyOxidizer unpacks the distribution, writes the table of its extension modules and makes the
library; Cargo compiles the launcher on PyOxidizer's `pyembed` and links both. The application
is not part of it: it is added afterwards, and a change of it needs none of this.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.native import crates, distribution, linker_map
from rocketpy.packaging.native.python_json import CORE
from rocketpy.packaging.steps import toolchain
from rocketpy.packaging.steps.cache import file_digest, tree_digest
from rocketpy.packaging.steps.programs import output, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rocketpy.packaging.native.distribution import Distribution
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
"""PyOxidizer's configuration. The application's modules are not in it: they are in the bundle."""

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
    """Return the folder with the file `launcher` and `licences/`, and the launcher's components.

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
        [file_digest(path) for path in (__file__, distribution.__file__, linker_map.__file__)],
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
    build = os.path.join(out, "build")
    # Cargo writes beside its manifest, and this package's folder may be read-only.
    source = os.path.join(build, "launcher")
    shutil.copytree(LAUNCHER, source)
    archive = os.path.join(build, "cpython.tar.zst")
    sha256 = distribution.prune(python.archive, wanted, archive)
    with open(os.path.join(build, "pyoxidizer.bzl"), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(sha256=sha256, archive=archive))
    oxidizer = [_program("pyoxidizer"), "--system-rust", "build", "resources", "--release"]
    environment = {"PYOXIDIZER_CACHE_DIR": os.path.join(build, "cache")}
    run([*oxidizer, "--path", build], log=log, cwd=build, env=environment)
    artifacts = os.path.join(build, "build", toolchain.TARGET, "release", "resources")
    target = os.path.join(build, "target")
    cargo_home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    map_file = os.path.join(build, "launcher.map")
    flags = [*FLAGS, *(f"--remap-path-prefix={path}=" for path in (cargo_home, build))]
    flags += ["-C", f"link-arg=-Wl,-Map={map_file}"]
    environment = {
        "PYOXIDIZER_ARTIFACT_DIR": artifacts,
        "PYO3_CONFIG_FILE": os.path.join(artifacts, "pyo3-build-config-file.txt"),
        "CARGO_TARGET_DIR": target,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
    }
    # A target is named, or the flags would apply to build scripts as well.
    compile_ = ["cargo", "build", "--release", "--locked", "--target", toolchain.TARGET]
    run(compile_, log=log, cwd=source, env=environment)
    made = os.path.join(target, toolchain.TARGET, "release", "launcher")
    strip = ["strip", "--strip-all", "--remove-section=.comment", "--wildcard"]
    result = os.path.join(out, "launcher")
    run([*strip, "--remove-section=.gnu.warning.*", made, "-o", result], log=log)
    listing = ["cargo", "metadata", "--locked", "--format-version", "1"]
    listing += ["--filter-platform", toolchain.TARGET]
    linked = crates.collect(json.loads(output(listing, cwd=source)), os.path.join(out, "licences"))
    # The first is the launcher itself, which is rocketpy's.
    with open(os.path.join(out, "components.json"), "w", encoding="utf-8") as file:
        json.dump(linked[1:], file, indent=1, sort_keys=True)
    with open(map_file, encoding="utf-8", errors="replace") as file:
        sizes = linker_map.sizes(file.read())
    with open(os.path.join(out, "parts.json"), "w", encoding="utf-8") as file:
        json.dump(sizes, file, indent=1, sort_keys=True)
    shutil.rmtree(build)


def _program(name: str) -> str:
    """Return the path of a program that this environment's packages have installed."""
    beside = os.path.join(os.path.dirname(sys.executable), name)
    return beside if os.path.exists(beside) else name
