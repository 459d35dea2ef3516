"""Every source that is fetched, with its version and its SHA-256."""

from __future__ import annotations

from dataclasses import dataclass

DEBIAN = (
    "https://deb.debian.org/debian/",
    "http://deb.debian.org/debian/",
    "https://snapshot.debian.org/archive/debian/20260520T000000Z/",
)
DEBIAN_SECURITY = (
    "https://deb.debian.org/debian-security/",
    "http://deb.debian.org/debian-security/",
    "https://security.debian.org/debian-security/",
)
"""Mirrors, in order of preference. Plain HTTP is as good as HTTPS: the digest decides."""
FILES = "https://files.pythonhosted.org/packages/"


@dataclass(frozen=True)
class File:
    """A file to fetch.

    Args:
        name: its name on disk.
        urls: its addresses, mirrors included.
        sha256: its digest, in hexadecimal.
        project: the project on PyPI that it is a release of; empty for other files.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str
    project: str = ""


def _debian(mirrors: tuple[str, ...], folder: str, name: str, sha256: str) -> File:
    quoted = name.replace("+", "%2B")
    return File(name, tuple(f"{mirror}{folder}/{quoted}" for mirror in mirrors), sha256)


@dataclass(frozen=True)
class PythonSource:
    """A source of CPython 3.11, the newest that PyOxidizer's launcher can be linked with.

    Args:
        version: as its publisher writes it.
        archive: the source as its authors published it.
        patches: Debian's packaging, whose patches are applied; None for python.org's releases.
    """

    version: str
    archive: File
    patches: File | None = None


_ORIGINAL = _debian(
    DEBIAN,
    "pool/main/p/python3.11",
    "python3.11_3.11.2.orig.tar.gz",
    "2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849",
)

PYTHON = (
    PythonSource(
        "3.11.2-6+deb12u9",
        _ORIGINAL,
        _debian(
            DEBIAN_SECURITY,
            "pool/updates/main/p/python3.11",
            "python3.11_3.11.2-6+deb12u9.debian.tar.xz",
            "c40df926f2856785028b4a40478e90382b84e2c7b2d22e3b8e49e79377586627",
        ),
    ),
    PythonSource(
        "3.11.2-6+deb12u8",
        _ORIGINAL,
        _debian(
            DEBIAN,
            "pool/main/p/python3.11",
            "python3.11_3.11.2-6+deb12u8.debian.tar.xz",
            "ece2d63c70ac0b7a401fbe6b51b0103be997c294a01a3865549be1862794ba97",
        ),
    ),
    PythonSource(
        "3.11.15",
        File(
            "Python-3.11.15.tar.xz",
            ("https://www.python.org/ftp/python/3.11.15/Python-3.11.15.tar.xz",),
            "272179ddd9a2e41a0fc8e42e33dfbdca0b3711aa5abf372d3f2d51543d09b625",
        ),
    ),
)
"""In order of preference: the first that a server has is taken, and the build says which."""


def on_pypi(folder: str, name: str, sha256: str) -> File:
    """Return a file of PyPI, Python's package index.

    Args:
        folder: its folder on PyPI's file server.
        name: the file's name.
        sha256: its digest, in hexadecimal.
    """
    project = name.partition("-")[0].replace("_", "-")
    return File(name, (f"{FILES}{folder}/{name}",), sha256, project)


PYDANTIC_CORE = {
    "2.50.5": on_pypi(
        "fb/63/0ceb815a7762576027ce388544c573d440574f95afb1302a2496b96db548",
        "pydantic_core-2.50.5.tar.gz",
        "1e740886083ff95530d694e6a3f09ed914bcf92a496d16acd307c6c3484fc36d",
    ),
}
"""The source of each version that was tested; that of another one is found on the index."""


TRAINING = (
    on_pypi(
        "a6/be/5ea06260788c337a17e2d534284b279c70048c95fbb6555139969a5bf9c8",
        "falcon-4.4.0-py3-none-any.whl",
        "2109d8dbaf6297b51de2e059558bc092d9b8b040cab8f390d3b7bec88312e20c",
    ),
    on_pypi(
        "8a/8c/824a686c4ba815ddb0722f9e66272088bccd4e1ae1d2f7015375e4a4fc7f",
        "pydantic-2.14.4-py3-none-any.whl",
        "653a2ad9f6d8858529c77c72717d0ea991d6c6837fe683246b2f4b2bbfc3fadc",
    ),
    on_pypi(
        "4c/26/3e68379ca313b6aa58e11fbd8b28d5c6f1b9f4428d70222ba021a76797ec",
        "pydantic_settings-2.16.3-py3-none-any.whl",
        "d1db16a2d34006323a1b42c0640898da58adfbad7ec30baaa9e2b18aafc08999",
    ),
    on_pypi(
        "8d/57/a27182528c90ef38d82b636a11f606b0cbb0e17588ed205435f8affe3368",
        "waitress-3.0.2-py3-none-any.whl",
        "c56d67fd6e87c2ee598b76abdd4e96cfad1f24cacdea5078d382b1f9d7b5ed2e",
    ),
    on_pypi(
        "99/91/8acff4f5e50511b911bbccb72b8628a49c68ce14148cd9f6431094859a90",
        "annotated_types-0.8.0-py3-none-any.whl",
        "f072f4d804ea359e4eaf198b1af7a8b0943881a87f31bb764f8bf219bb9419e0",
    ),
    on_pypi(
        "49/d3/b8441a820a491ddfc024b0b0cf0393375b75ea13866d9c66727e54c2fc80",
        "typing_extensions-4.16.0-py3-none-any.whl",
        "481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
    ),
    on_pypi(
        "de/0c/ea2544850a7c135e15033a5c7a8e7211136184b7ae63e2239d557c2b3019",
        "typing_inspection-0.4.5-py3-none-any.whl",
        "bc210535442b39e1bf2805e0c7a17dfd6a4ace760c84c7f7d16245d23a6b1c39",
    ),
    on_pypi(
        "60/d1/38f3a3405989a89ac18390803e70c6ad7c7760da4f9b83cbeca0c44a0c72",
        "python_dotenv-1.2.4-py3-none-any.whl",
        "42269a8a5b3fd54ffa6f3d84b18abed50064717576b4ecf03dc4a55d8aa04fdc",
    ),
)
"""The packages that the profile is trained with: fixed, so that the profile is too."""

TRAINING_PYDANTIC_CORE = "2.50.5"
"""The version that the pydantic above needs; with another one, the training leaves pydantic out."""
