"""The crates of a Rust library, and their licences."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.native import crates

if TYPE_CHECKING:
    from pathlib import Path


def package(folder: Path, name: str, kind: str = "lib", licence: str = "MIT") -> dict[str, Any]:
    place = folder / name
    place.mkdir()
    (place / "LICENSE-MIT").write_text(f"{name}'s text")
    return {
        "id": name,
        "name": name,
        "version": "1.0",
        "license": licence,
        "manifest_path": str(place / "Cargo.toml"),
        "targets": [{"kind": [kind]}],
    }


def test_crates(tmp_path: Path) -> None:
    """Crates whose code is linked, with their licences; neither macros nor build scripts."""
    edges: dict[str, list[tuple[str, str | None]]] = {
        "root": [("used", None), ("macro", None), ("built", "build")],
        "used": [("deep", None)],
    }
    edges |= {"macro": [("syn", None)], "built": [], "deep": [("used", None)], "syn": []}
    packages = [package(tmp_path, name) for name in edges if name != "macro"]
    packages += [package(tmp_path, "macro", "proc-macro")]
    packages[1]["license"] = "MIT/Apache-2.0"
    os.remove(tmp_path / "deep" / "LICENSE-MIT")
    listing: dict[str, Any] = {
        "packages": packages,
        "resolve": {
            "root": "root",
            "nodes": [
                {"id": name, "deps": [{"pkg": p, "dep_kinds": [{"kind": k}]} for p, k in deps]}
                for name, deps in edges.items()
            ],
        },
    }
    found = crates.collect(listing, str(tmp_path / "out"))
    assert [part["name"] for part in found] == ["root", "deep", "used"]
    assert found[2]["licence"] == "MIT OR Apache-2.0"
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(texts) == ["deep-1.0.txt", "root-1.0.txt", "used-1.0.txt"]
    assert "used's text" in texts["used-1.0.txt"]
    assert "Licence: MIT" in texts["deep-1.0.txt"]
