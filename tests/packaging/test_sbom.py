"""The bill of materials."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import sbom

if TYPE_CHECKING:
    from pathlib import Path

PARTS: list[dict[str, Any]] = [
    {
        "name": "python",
        "version": "3.11.2-6+deb12u9",
        "licence": "Python-2.0",
        "url": "https://deb.debian.org/debian/python.tar.gz",
        "sha256": "ab" * 32,
        "texts": ["/somewhere"],
    },
    {"name": "glibc", "version": "2.36", "licence": "LGPL-2.1-or-later", "sha256": "", "url": ""},
    {
        "name": "ahash",
        "version": "0.8.1",
        "licence": "MIT/Apache-2.0",
        "url": "https://crates.io/crates/ahash/0.8.1",
    },
    {"name": "odd", "version": "1", "licence": "BSD License (3 clauses)", "purl": "pkg:pypi/odd@1"},
    {"name": "silent", "version": "1", "licence": ""},
]


def written(folder: Path, parts: list[dict[str, Any]]) -> Any:
    path = folder / "app.cdx.json"
    sbom.write(str(path), name="app", version="1.2", components=parts)
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_it_is(tmp_path: Path) -> None:
    """It says of what it is the bill, in which format."""
    bill = written(tmp_path, PARTS)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"] == {
        "type": "application",
        "name": "app",
        "version": "1.2",
    }


def test_a_part(tmp_path: Path) -> None:
    """A part has all that is known of it."""
    (python,) = (p for p in written(tmp_path, PARTS)["components"] if p["name"] == "python")
    purl = "pkg:generic/python@3.11.2-6%2Bdeb12u9"
    assert python == {
        "type": "library",
        "bom-ref": purl,
        "name": "python",
        "version": "3.11.2-6+deb12u9",
        "licenses": [{"expression": "Python-2.0"}],
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        "externalReferences": [
            {"type": "distribution", "url": "https://deb.debian.org/debian/python.tar.gz"}
        ],
    }


def test_licences(tmp_path: Path) -> None:
    """An expression is one, an old way of writing one too; anything else is a name."""
    found = {p["name"]: p.get("licenses") for p in written(tmp_path, PARTS)["components"]}
    assert found["ahash"] == [{"expression": "MIT OR Apache-2.0"}]
    assert found["odd"] == [{"license": {"name": "BSD License (3 clauses)"}}]
    assert found["silent"] is None


@pytest.mark.parametrize(
    "text",
    ["MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-3.0-or-later WITH GCC-exception-3.1"],
)
def test_expressions(tmp_path: Path, text: str) -> None:
    """What SPDX allows is taken as it is."""
    parts = written(tmp_path, [{"name": "a", "version": "1", "licence": text}])["components"]
    assert parts[0]["licenses"] == [{"expression": text}]


def test_same_bytes(tmp_path: Path) -> None:
    """The order in which the parts were found changes nothing."""
    path = tmp_path / "app.cdx.json"
    written(tmp_path, PARTS)
    first = path.read_bytes()
    written(tmp_path, PARTS[::-1])
    assert path.read_bytes() == first


def test_places(tmp_path: Path) -> None:
    """A part's package URL follows from where it is from."""
    found = {p["name"]: p["purl"] for p in written(tmp_path, PARTS)["components"]}
    assert found["ahash"] == "pkg:cargo/ahash@0.8.1"
    assert found["odd"] == "pkg:pypi/odd@1"


@pytest.mark.parametrize("name", ["falcon", "waitress", "pydantic-settings", "typing_extensions"])
def test_packages(name: str) -> None:
    """Of an installed package the name, the version, the licence and its text are found."""
    distribution = metadata.distribution(name)
    part = sbom.package(distribution)
    assert part["version"] == distribution.version
    assert part["licence"]
    normal = name.replace("_", "-")
    assert part["purl"] == f"pkg:pypi/{normal}@{distribution.version}"
    assert sbom.licence_texts(distribution)
