"""From a project to one static executable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy.packaging import BuildError, requirements, sbom, size_report
from rocketpy.packaging.interpreter import extension_modules, python_source
from rocketpy.packaging.interpreter.cpython import cpython
from rocketpy.packaging.modules import hooks
from rocketpy.packaging.modules.bundle import bundle, packages_of
from rocketpy.packaging.modules.inside.commands import SELF_TEST
from rocketpy.packaging.modules.locations import Locations
from rocketpy.packaging.modules.module_graph import ModuleGraph
from rocketpy.packaging.native import linker_map, pydantic_core
from rocketpy.packaging.native.append_segment import append
from rocketpy.packaging.native.distribution import distribution
from rocketpy.packaging.native.packed import pack
from rocketpy.packaging.native.pyoxidizer import launcher
from rocketpy.packaging.project import read
from rocketpy.packaging.steps.cache import Cache, default_root, disk_errors, file_digest
from rocketpy.packaging.steps.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.metadata import Distribution as Package

    from rocketpy.packaging.interpreter.cpython import Recipe
    from rocketpy.packaging.modules.module_graph import Included
    from rocketpy.packaging.project import Project

NOT_INSIDE = ("rocketpy.packaging", "rocketpy.cli.build", "rocketpy.cli.image", "rocketpy.cli.init")
"""Our own modules that an executable never has."""
SELF_TEST_SECONDS = 60
"""Seconds after which a self-test has no result: the application may wait for a server."""
START = "rocketpy.__main__"
"""The module of the command, which the executable runs."""


@dataclass(frozen=True)
class Built:
    """An executable.

    Args:
        path: its path.
        size: its size in bytes.
        sha256: its digest, in hexadecimal.
        licences: the folder with the licences of all that is inside.
        sbom: the file with the bill of materials, CycloneDX in JSON.
        parts: the bytes of each part of its plain form, largest first.
    """

    path: str
    size: int
    sha256: str
    licences: str
    sbom: str
    parts: tuple[tuple[str, int], ...]


@disk_errors()
def build(  # noqa: PLR0913  (the command's options)
    project: str,
    target: str = "app:app",
    *,
    output: str,
    recipe: Recipe,
    packed: bool = False,
    profile: str | None = None,
    progress: Progress | None = None,
    cache_root: str | None = None,
) -> Built:
    """Build the executable of a project.

    Args:
        project: the project's folder.
        target: its application, `module:app`.
        output: the file to write; the licences and the bill of materials are written beside it.
        recipe: what kind of interpreter.
        packed: whether the executable unpacks itself into memory: smaller, and slower to start.
        profile: the profile that is selected where ROCKET_PROFILE names none; `release` if None.
        progress: where steps are reported; stderr if None.
        cache_root: the folder for results of steps; the user's cache folder if None.

    Raises:
        BuildError: something is missing or wrong; the output file is not written then.
    """
    requirements.check(tls=recipe.tls)
    progress = progress or Progress()
    steps = ["CPython source", "modules", "pydantic-core"]
    steps += ["CPython quick" if recipe.quick else "CPython", "distribution", "launcher", "bundle"]
    progress.plan([*steps, "self-test", *(["Pack"] if packed else [])])
    cache = Cache(cache_root or default_root(), progress)
    described = read(project)
    source = python_source.source(cache)
    # Before anything is compiled: what cannot be built is refused in seconds.
    included = _included(progress, described, target, source.stdlib, tls=recipe.tls)
    packages = packages_of(included)
    release = source.pin.version.partition("-")[0]
    for sentence in requirements.missing_on(release, packages):
        progress.say(f"Warning: {sentence}")
    native = pydantic_core.pydantic_core(cache)
    python = cpython(cache, recipe, source, native)
    archive = distribution(cache, recipe, source, python, native)
    folder, crates = launcher(cache, archive, included.extensions)
    with progress.step("bundle", f"{len(included.modules)} modules"):
        content = bundle(
            cache,
            python.executable,
            included,
            start=START,
            application={"target": target, "name": described.name, "version": described.version},
            environment=_environment(packages, profile),
            # The packed form is compressed as a whole, which is smaller than part by part.
            deflated=not packed,
        )
        with open(os.path.join(folder, "launcher"), "rb") as program:
            data = append(program.read(), content)
    output = os.path.abspath(output)
    os.makedirs(os.path.dirname(output), exist_ok=True)
    with _written(output, data) as path:
        _self_test(progress, path, described.folder)
    if packed:
        pack(output, output, cache)
    licences = f"{output}.licences"
    _write_licences(licences, (archive.licences, os.path.join(folder, "licences")), packages)
    bill = f"{output}.sbom.json"
    parts = [*archive.components, *crates, *map(sbom.package, packages)]
    sbom.write(bill, name=described.name, version=described.version, components=_unique(parts))
    sizes = _sizes(folder, content, included, len(data), tls=recipe.tls)
    return Built(output, os.path.getsize(output), file_digest(output), licences, bill, sizes)


def _included(
    progress: Progress, project: Project, target: str, stdlib: str, *, tls: bool
) -> Included:
    """Return the modules that go into the executable.

    Raises:
        BuildError: the application does not exist, or needs what an executable cannot have.
    """
    module, _, attribute = target.partition(":")
    names = [*module.split("."), *(attribute.split(".") if attribute else ())]
    if not all(name.isidentifier() for name in names):
        raise BuildError(f"`{target}` names no application: write module:app, such as `app:app`")
    locations = Locations(project.folder, stdlib)
    if locations.find(module) is None:
        raise BuildError(
            f"there is no module `{module}`: looked for {module.replace('.', '/')}.py in "
            f"{project.folder} and in the packages of this environment; "
            f"name yours with `rocketpy build module:app`"
        )
    linkable = {*extension_modules.linkable(tls=tls), pydantic_core.MODULE}
    graph = ModuleGraph(locations, linkable, (*NOT_INSIDE, *project.exclude))
    with progress.step("modules", module):
        included = graph.follow((module, START, *hooks.ENCODINGS, *project.include))
    if included.native:
        progress.say(f"left out, as shared libraries: {', '.join(sorted(included.native))}")
    return included


def _environment(packages: Sequence[Package], profile: str | None) -> dict[str, str]:
    """Return the variables that the executable sets where its environment does not."""
    found = {"ROCKET_PROFILE": profile} if profile else {}
    plugins = any(
        entry.group == "pydantic" for package in packages for entry in package.entry_points
    )
    if not plugins:
        # The search for plugins that cannot be there takes a tenth of the start.
        found["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    return found


@contextmanager
def _written(path: str, data: bytes) -> Iterator[str]:
    """Write the executable under another name; rename it if the block ends without an error."""
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            file.write(data)
        os.chmod(part, 0o755)  # noqa: S103  (it is a program)
        yield part
        # Replaced, not overwritten: the old file may be running.
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(part)


def _self_test(progress: Progress, path: str, folder: str) -> None:
    """Run an executable once, so that one that cannot import what it needs is never called built.

    Raises:
        BuildError: it cannot import a module, or crashes; the message has the chain of importers.
    """
    with progress.step("self-test"):
        try:
            done = subprocess.run(
                [path, SELF_TEST],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SELF_TEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            progress.say(f"the self-test did not end within {SELF_TEST_SECONDS} s: no result")
            return
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
            raise BuildError(
                f"the executable cannot start (exit code {done.returncode}), and is not written:\n"
                + "\n".join(f"  {line}" for line in lines)
                + "\nhelp: install what is missing in this environment, or add it to `include` in"
                " [tool.rocketpy.build] if only a name at run time imports it"
            )
    for line in done.stderr.splitlines():
        if line.startswith("note: "):
            progress.say(line)


def _write_licences(folder: str, native: Sequence[str], packages: Sequence[Package]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for source in native:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    for package in packages:
        texts = []
        for path in sbom.licence_texts(package):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
        if not texts:
            texts = [f"Licence: {sbom.package(package)['licence'] or 'not stated'}\n"]
        name = f"{package.name}-{package.version}.txt"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("\n".join(texts))


def _unique(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each part once: some crates are in both of the native libraries."""
    return list({(part["name"].lower(), part["version"]): part for part in parts}.values())


def _sizes(
    folder: str, content: bytes, included: Included, size: int, *, tls: bool
) -> tuple[tuple[str, int], ...]:
    """Return the bytes of each part of the plain form."""
    with open(os.path.join(folder, "parts.json"), encoding="utf-8") as file:
        native: Mapping[str, int] = json.load(file)
    if tls:  # both are in one object
        native = {f"{k} with OpenSSL" if k == "CPython" else k: v for k, v in native.items()}
    packages = {name.partition(".")[0] for name, one in included.modules.items() if not one.stdlib}
    bundled = size_report.bundle_sizes(content, packages)
    return tuple(size_report.shares(native, bundled, size, rest=linker_map.OTHER))
