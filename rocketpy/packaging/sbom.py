"""The bill of materials of an executable: what is in it, as CycloneDX 1.6 in JSON.

It contains no time and no random number: the same content makes the same file.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import Distribution

_EXPRESSION = re.compile(r"\(*[\w.+-]+\)*(?: (?:AND|OR|WITH) \(*[\w.+-]+\)*)*")
"""An SPDX expression, and not "BSD License (3 clauses)"."""

_CLASSIFIER = "License :: OSI Approved :: "
_LONGEST = 100
"""Letters of a field `License`: a longer one is the licence's whole text."""


def write(path: str, *, name: str, version: str, components: Sequence[Mapping[str, Any]]) -> None:
    """Write the bill of materials.

    Args:
        path: the file to write.
        name: the application's name.
        version: its version; empty if it has none.
        components: of each part its `name`, `version` and `licence` (an SPDX expression if one is
            known), and if known its `purl`, `cpe`, `url` and `sha256`. Other keys are ignored.
    """
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _named({"type": "application"}, name, version)},
        "components": sorted(
            (_component(part) for part in components),
            key=lambda part: (part["name"], part.get("version", ""), part["bom-ref"]),
        ),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(bill, file, indent=1)
        file.write("\n")


def _named(part: dict[str, Any], name: str, version: str) -> dict[str, Any]:
    return part | {"name": name} | ({"version": version} if version else {})


def _component(part: Mapping[str, Any]) -> dict[str, Any]:
    purl = part.get("purl") or _purl(part)
    found = _named({"type": "library", "bom-ref": purl}, part["name"], part["version"])
    if part.get("licence"):
        found["licenses"] = [_licence(part["licence"])]
    found["purl"] = purl
    if part.get("cpe"):
        found["cpe"] = part["cpe"]
    if part.get("sha256"):
        found["hashes"] = [{"alg": "SHA-256", "content": part["sha256"]}]
    if part.get("url"):
        found["externalReferences"] = [{"type": "distribution", "url": part["url"]}]
    return found


def _licence(text: str) -> dict[str, Any]:
    text = text.replace("/", " OR ")  # older crates write a slash for OR
    return {"expression": text} if _EXPRESSION.fullmatch(text) else {"license": {"name": text}}


def _purl(part: Mapping[str, Any]) -> str:
    """Return a part's package URL, whose type follows from its address."""
    url = part.get("url", "")
    types = {"crates.io": "cargo", "pythonhosted.org": "pypi", "packages.debian.org": "deb/debian"}
    kind = next((kind for place, kind in types.items() if place in url), "generic")
    return f"pkg:{kind}/{part['name']}@{part['version'].replace('+', '%2B')}"


def package(distribution: Distribution) -> dict[str, str]:
    """Return the component for an installed Python package, as `write` takes it."""
    metadata = distribution.metadata
    name, version = metadata["Name"], metadata["Version"]
    normal = re.sub(r"[-_.]+", "-", name).lower()
    return {
        "name": name,
        "version": version,
        "licence": _licence_of(distribution),
        "purl": f"pkg:pypi/{normal}@{version.replace('+', '%2B')}",
    }


def _licence_of(distribution: Distribution) -> str:
    metadata = distribution.metadata
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    field = str(metadata["License"] or "").strip()
    if field and "\n" not in field and len(field) <= _LONGEST and field != "UNKNOWN":
        return field
    classifiers = metadata.get_all("Classifier") or []
    named = [text.removeprefix(_CLASSIFIER) for text in classifiers if text.startswith(_CLASSIFIER)]
    return "; ".join(sorted(named))


def licence_texts(distribution: Distribution) -> list[str]:
    """Return the paths of the licences in an installed Python package, sorted."""
    found = []
    for file in distribution.files or ():
        inside = ".dist-info" in file.parts[0]
        if inside and re.match(r"(?i)(licen[cs]e|copying|notice|authors)", file.name):
            found.append(os.path.normpath(str(distribution.locate_file(file))))
    return sorted(found)
