"""A container image as a file: layers, configuration and a name, in docker's archive format.

`docker load` and `podman load` read it. No builder is needed, and the same content makes the same
image, down to its id. The format is that of the Docker Image Specification 1.2, which has a field
for a health check.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ, RUN, FOLDER = 0o444, 0o555, 0o755
"""Modes of files, of programs and of folders: any user id may read; no one needs to write."""


def layer(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """Return a layer: a tar archive without times and owners, so that equal files are equal bytes.

    Args:
        files: of each path, without the leading `/`, the content and the mode.
    """
    folders = {name.rpartition("/")[0] for name in files} - {""}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, FOLDER
            tar.addfile(entry)
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def archive(
    layers: Sequence[bytes], config: Mapping[str, Any], *, names: Sequence[str], created: str
) -> tuple[bytes, str]:
    """Return an image's archive and its id.

    Args:
        layers: the lowest first.
        config: how a container runs: `Entrypoint`, `User`, `Labels` and their kin.
        names: its names, `name:tag`.
        created: the time, in RFC 3339.
    """
    digests = [hashlib.sha256(data).hexdigest() for data in layers]
    image = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": created,
            "config": dict(config),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [{"created": created, "created_by": "rocketpy image"}] * len(layers),
        },
        sort_keys=True,
    ).encode()
    identity = hashlib.sha256(image).hexdigest()
    manifest = {
        "Config": f"{identity}.json",
        "RepoTags": list(names),
        "Layers": [f"{digest}/layer.tar" for digest in digests],
    }
    members = {f"{identity}.json": image, "manifest.json": json.dumps([manifest]).encode()}
    members |= {f"{digest}/layer.tar": data for digest, data in zip(digests, layers, strict=True)}
    return layer({name: (data, READ) for name, data in members.items()}), f"sha256:{identity}"
