"""pydantic-core as one relocatable object that shows nothing but its init function.

PyOxidizer's launcher has a Rust library of its own, with another version of pyo3, and Cargo
refuses both in one build. So pydantic-core is linked alone, with the Rust standard library that it
uses, and all its other symbols are made local: they cannot collide with the launcher's.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib import metadata
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import package_index, pins
from rocketpy.packaging.fetch.archives import fetch, unpack
from rocketpy.packaging.interpreter.cpython import NativePackage
from rocketpy.packaging.native import crates
from rocketpy.packaging.steps import toolchain
from rocketpy.packaging.steps.cache import file_digest
from rocketpy.packaging.steps.programs import output, run

if TYPE_CHECKING:
    from rocketpy.packaging.steps.cache import Cache

INIT = "PyInit__pydantic_core"
MODULE = "pydantic_core._pydantic_core"
OBJECT = "pydantic_core.o"

PYO3 = """\
implementation=CPython
version=3.11
shared=false
abi3=false
pointer_width=64
suppress_build_script_link_lines=true
"""
"""What pyo3 would read from an interpreter. It needs none then: any Python can run the build."""

PROFILE = {
    # Half a megabyte less than "s"; requests that validate nothing do not notice.
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "z",
    "CARGO_PROFILE_RELEASE_LTO": "fat",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1",
    "CARGO_PROFILE_RELEASE_DEBUG": "false",
}
FLAGS = (
    # Its random numbers come from the system call alone: an image from scratch may have no /dev.
    '--cfg=getrandom_backend="linux_getrandom"',
)
"""Any such flag also disables the source's own .cargo/config.toml, which keeps frame pointers."""


def pydantic_core(cache: Cache) -> NativePackage:
    """Build pydantic-core at the version that is installed beside this package.

    Raises:
        BuildError: that version's source cannot be found, fetched or compiled.
    """
    version = metadata.version("pydantic-core")
    pin = _source(cache, version)
    folder = cache.result(
        "pydantic-core",
        [
            pin.sha256,
            [file_digest(path) for path in (__file__, crates.__file__)],
            toolchain.rust(),
            toolchain.binutils(),
        ],
        lambda out: _build(cache, pin, out),
        note=version,
    )
    with open(os.path.join(folder, "components.json"), encoding="utf-8") as file:
        components = json.load(file)
    components[0] |= {"url": pin.urls[0], "sha256": pin.sha256}
    return NativePackage(
        name="pydantic-core",
        version=version,
        module=MODULE,
        init=INIT,
        folder=folder,
        object=os.path.join(folder, OBJECT),
        components=components,
    )


def _source(cache: Cache, version: str) -> pins.File:
    """Return the source of a version: the pinned one, else that of the package index."""
    pin = pins.PYDANTIC_CORE.get(version)
    if pin is not None:
        return pin
    known = ", ".join(pins.PYDANTIC_CORE)
    try:
        found = package_index.sdist("pydantic-core", version, cache.work("downloads"))
    except BuildError as error:
        raise BuildError(
            f"pydantic-core {version} is installed here, and its source is not available: {error}\n"
            f"help: install a pydantic whose pydantic-core is pinned, which is {known}"
        ) from error
    cache.progress.say(f"pydantic-core {version} was not tested with this rocketpy; {known} was")
    return found


def _build(cache: Cache, pin: pins.File, out: str) -> None:
    log = cache.log("pydantic-core")
    build = os.path.join(out, "build")
    source, target = os.path.join(build, "pydantic-core"), os.path.join(build, "target")
    vendored, pyo3 = os.path.join(build, "crates"), os.path.join(build, "pyo3.txt")
    unpack(fetch(pin, cache.work("downloads")), source)
    with open(pyo3, "w", encoding="ascii") as file:
        file.write(PYO3)
    # In a folder of their own, so that the paths in panic messages can be remapped.
    vendor = ["cargo", "vendor", "--locked", "--versioned-dirs", "--quiet", vendored]
    run(vendor, cwd=source, log=log)
    # Given on the command line, this overrides every configuration file of Cargo.
    offline = ["--locked", "--offline", "--config", 'source.crates-io.replace-with="vendored"']
    offline += ["--config", f'source.vendored.directory="{vendored}"']
    remap = (f"--remap-path-prefix={vendored}/=", f"--remap-path-prefix={source}/=")
    compile_ = ["cargo", "rustc", *offline, "--release", "--lib", "--crate-type", "staticlib"]
    env = {
        **PROFILE,
        "PYO3_CONFIG_FILE": pyo3,
        "CARGO_TARGET_DIR": target,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join((*FLAGS, *remap)),
    }
    run(compile_, cwd=source, env=env, log=log)
    _one_object(os.path.join(target, "release", "lib_pydantic_core.a"), out, log)
    listing = ["cargo", "metadata", *offline, "--format-version", "1"]
    listing += ["--filter-platform", toolchain.TARGET]
    components = crates.collect(
        json.loads(output(listing, cwd=source)), os.path.join(out, "licences")
    )
    with open(os.path.join(out, "components.json"), "w", encoding="utf-8") as file:
        json.dump(components, file, indent=1, sort_keys=True)
    shutil.rmtree(build)


def _one_object(library: str, out: str, log: str) -> None:
    linked = os.path.join(out, "linked.o")
    # Without --force-group-allocation the symbols made local below would stay in COMDAT groups.
    link = ["ld", "-r", "--gc-sections", "--force-group-allocation", "-e", INIT, "-u", INIT]
    run([*link, library, "-o", linked], log=log)
    # .llvmbc and .llvmcmd hold bitcode that ar and nm cannot read.
    trim = ["objcopy", "--remove-section=.llvmbc", "--remove-section=.llvmcmd", "--strip-debug"]
    run([*trim, f"--keep-global-symbol={INIT}", linked, os.path.join(out, OBJECT)], log=log)
    os.remove(linked)
