"""The Rust crates that a library is made of, and their licences."""

from __future__ import annotations

import os
import re
from typing import Any

LICENCE = re.compile(r"(licen[sc]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
"""The name of a file with a licence."""


def collect(metadata: dict[str, Any], out: str) -> list[dict[str, Any]]:
    """Write the licences of all linked crates; return them as components, the root first.

    Args:
        metadata: what `cargo metadata` prints.
        out: the folder, one file for each crate.
    """
    os.makedirs(out)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found = sorted(
        (packages[name] for name in _linked(root, nodes, packages)),
        key=lambda package: (package["id"] != root, package["name"], package["version"]),
    )
    for package in found:
        _write(package, out)
    return [
        {
            "name": package["name"],
            "version": package["version"],
            "licence": (package["license"] or "").replace("/", " OR "),
            "url": f"https://crates.io/crates/{package['name']}/{package['version']}",
            "sha256": "",
        }
        for package in found
    ]


def _linked(root: str, nodes: dict[str, Any], packages: dict[str, Any]) -> set[str]:
    """Return the crates whose code is in the library: no build scripts, no macros."""
    seen = {root}
    open_ = [root]
    while open_:
        for dependency in nodes[open_.pop()]["deps"]:
            name = dependency["pkg"]
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            macro = any("proc-macro" in target["kind"] for target in packages[name]["targets"])
            if None in kinds and not macro and name not in seen:
                seen.add(name)
                open_.append(name)
    return seen


def _write(package: dict[str, Any], out: str) -> None:
    folder = os.path.dirname(package["manifest_path"])
    texts = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if LICENCE.match(name) and os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(f"==> {name}\n\n{file.read().rstrip()}\n")
    if not texts:
        texts = [f"Licence: {package['license']}. Its text is not in the crate.\n"]
    target = os.path.join(out, f"{package['name']}-{package['version']}.txt")
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(texts))
