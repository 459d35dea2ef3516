"""Archives: pinned ones are downloaded, and sources are unpacked."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING

from rocketpy.packaging.fetch import download, package_index, pip_config

if TYPE_CHECKING:
    from rocketpy.packaging.fetch.pins import File


def fetch(file: File, folder: str) -> str:
    """Download a pinned file and return its path.

    A file of a project on PyPI is also looked for on the indexes that pip is configured with, and
    first there: a machine that has a mirror often reaches nothing else. The pinned digest decides.

    Args:
        file: the file.
        folder: where it is written.

    Raises:
        UnavailableError: no server has it.
        BuildError: a server has other content under this name.
    """
    path = os.path.join(folder, file.name)
    config = pip_config.read()
    urls = list(file.urls)
    if file.project and config.indexes != (pip_config.PYPI,) and not os.path.exists(path):
        try:
            urls.insert(0, package_index.find(file.project, file.name).url)
        except download.UnavailableError:
            if not config.indexes:  # with `no-index` nothing else may be contacted
                raise
    download.fetch(urls, file.sha256, path)
    return path


def unpack(archive: str, out: str) -> None:
    """Unpack a source archive without the folder that all of it is in."""
    with tarfile.open(archive) as tar:
        members = []
        for member in tar.getmembers():
            _, _, member.name = member.name.partition("/")
            if member.islnk():
                _, _, member.linkname = member.linkname.partition("/")
            if member.name:
                members.append(member)
        # The archive is the pinned one; Python before 3.11.4 does not have the filter.
        if hasattr(tarfile, "data_filter"):
            tar.extraction_filter = tarfile.data_filter
        tar.extractall(out, members)  # noqa: S202  (filtered above where Python can)
