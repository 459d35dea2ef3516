"""From a project to one static executable."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy._version import __version__
from rocketpy.packaging import BuildError, requirements, sbom
from rocketpy.packaging.interpreter.distribution import distribution
from rocketpy.packaging.modules.bundle import bundle, installed
from rocketpy.packaging.modules.locations import Places
from rocketpy.packaging.modules.module_graph import ENCODINGS, Reach
from rocketpy.packaging.native.append_segment import attach
from rocketpy.packaging.native.pyoxidizer import launcher
from rocketpy.packaging.project import read
from rocketpy.packaging.size_report import bundled, shares
from rocketpy.packaging.steps.cache import Cache, default_root, file_digest
from rocketpy.packaging.steps.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import Distribution as Package

    from rocketpy.packaging.interpreter.recipe import Recipe
    from rocketpy.packaging.project import Project

APART = ("rocketpy.packaging", "rocketpy.cli.build", "rocketpy.cli.image", "rocketpy.cli.init")
"""Our own modules that have no place in an executable."""
START = "rocketpy.__main__"
"""The command's entrance."""
ALWAYS = (START, *ENCODINGS)
"""What every executable holds beside the application."""


@dataclass(frozen=True)
class Built:
    """An executable.

    Args:
        path: where it is.
        size: its size in bytes.
        sha256: its digest, in hexadecimal.
        licences: the folder with the licences of all that is inside.
        sbom: the file with the bill of materials, CycloneDX in JSON.
        parts: what takes how many bytes in its plain form, largest first.
    """

    path: str
    size: int
    sha256: str
    licences: str
    sbom: str
    parts: tuple[tuple[str, int], ...]


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
        output: the file to write; the licences and the bill of materials lie beside it.
        recipe: what kind of interpreter.
        packed: whether the executable unpacks itself into memory: smaller, and slower to start.
        profile: the profile that is selected where ROCKET_PROFILE names none; `release` if None.
        progress: where steps are told; stderr if None.
        cache_root: the folder for results of steps; the user's cache folder if None.

    Raises:
        BuildError: something is missing, or is not as it must be; nothing is written then.
    """
    requirements.check(recipe)
    progress = progress or Progress()
    cache = Cache(cache_root or default_root(), progress)
    told = read(project)
    module = _module(target, told)
    python = distribution(cache, recipe)
    with progress.step("modules", module):
        reach = Reach(
            Places(told.folder, python.stdlib),
            python.extensions,
            (*APART, *told.exclude),
        )
        reached = reach.follow((module, *ALWAYS, *told.include))
    folder, crates = launcher(cache, python, reached.extensions)
    packages = installed(reached)
    with progress.step("bundle", f"{len(reached.modules)} modules"):
        content = bundle(
            cache,
            python,
            reached,
            start=START,
            application={"target": target, "name": told.name, "version": told.version},
            environment=_environment(packages, profile),
            # What is packed as a whole is smaller when its parts are not.
            deflated=not packed,
        )
        with open(os.path.join(folder, "launcher"), "rb") as program:
            data = attach(program.read(), content)
    output = os.path.abspath(output)
    os.makedirs(os.path.dirname(output), exist_ok=True)
    _write(output, data)
    if packed:
        from rocketpy.packaging.native.packed import pack

        pack(output, output, cache)
    licences = f"{output}.licences"
    _licences(licences, (python.licences, os.path.join(folder, "licences")), packages)
    bill = f"{output}.sbom.json"
    parts = [*python.components, *crates, *map(sbom.package, packages)]
    sbom.write(bill, name=told.name, version=told.version, components=_once(parts))
    with open(os.path.join(folder, "parts.json"), encoding="utf-8") as file:
        native = json.load(file)
    if recipe.tls:  # the two are one object
        native["CPython with OpenSSL"] = native.pop("CPython")
    shared = shares(native, bundled(content, reached), len(data))
    size = os.path.getsize(output)
    return Built(output, size, file_digest(output), licences, bill, tuple(shared))


def _module(target: str, project: Project) -> str:
    module, _, attribute = target.partition(":")
    names = [*module.split("."), *(attribute.split(".") if attribute else ())]
    if not all(name.isidentifier() for name in names):
        raise BuildError(f"`{target}` names no application: write module:app, such as `app:app`")
    file = os.path.join(project.folder, *module.split("."))
    if not os.path.exists(f"{file}.py") and not os.path.isdir(file):
        raise BuildError(
            f"there is no module `{module}`: looked for {os.path.basename(file)}.py in "
            f"{os.path.dirname(file)}; name yours with `rocketpy build module:app`"
        )
    return module


def _environment(packages: Sequence[Package], profile: str | None) -> dict[str, str]:
    """Return the variables that the executable sets where its surroundings do not."""
    found = {"ROCKET_PROFILE": profile} if profile else {}
    plugins = any(
        entry.group == "pydantic" for package in packages for entry in package.entry_points
    )
    if not plugins:
        # There is none, so none is sought: that alone would take a tenth of the start.
        found["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    return found


def _write(path: str, data: bytes) -> None:
    # Replaced, not written over: the old one may be running.
    with open(f"{path}.part", "wb") as file:
        file.write(data)
    os.chmod(f"{path}.part", 0o755)  # noqa: S103  (it is a program)
    os.replace(f"{path}.part", path)


def _licences(folder: str, native: Sequence[str], packages: Sequence[Package]) -> None:
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
            texts = [f"Licence: {sbom.package(package)['licence'] or 'not said'}\n"]
        name = f"{package.name}-{package.version}.txt"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("\n".join(texts))


def _once(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave each part once: some crates are in both of the native libraries."""
    return list({(part["name"].lower(), part["version"]): part for part in parts}.values())


BUILDER = f"rocketpy {__version__}"
"""Who has built it, for labels."""
