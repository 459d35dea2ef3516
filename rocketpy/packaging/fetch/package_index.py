"""Files of projects, as Python's package indexes list them.

Indexes are read through the simple API, in JSON (PEP 691) where they offer it and in HTML (PEP 503)
where they do not. Which ones are read, and which folders of packages beside them, is what pip's
configuration says.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from typing import NamedTuple

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download, pins, pip_config
from rocketpy.packaging.steps.cache import file_digest

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_CLAUSE = re.compile(r"(?P<operator>[<>=!~]=|[<>])\s*(?P<release>\d+(?:\.\d+)*)(?P<prefix>\.\*)?")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")
"""The version of a final release, and of no pre-release."""


class Link(NamedTuple):
    """A file that an index lists.

    Args:
        name: the file's name.
        url: its absolute address.
        sha256: its digest in hexadecimal, as the index states it; empty if it states none.
        requires_python: the versions of Python that it is for, as in `Requires-Python`.
        yanked: whether its authors withdrew it.
    """

    name: str
    url: str
    sha256: str = ""
    requires_python: str = ""
    yanked: bool = False


def sdist(project: str, version: str, folder: str) -> pins.File:
    """Return the address and the digest of a release's source.

    The first answer is kept in a file, so that a later answer cannot change what is built.

    Args:
        project: its normalised name, such as `pydantic-core`.
        version: as its wheel's metadata writes it.
        folder: where answers are kept.

    Raises:
        UnavailableError: no index can be read.
        BuildError: no index lists this source with a digest.
    """
    name = f"{project.replace('-', '_')}-{version}.tar.gz"
    kept = os.path.join(folder, f"{name}.json")
    if not os.path.exists(kept):
        found = find(project, name)
        with open(f"{kept}.part", "w", encoding="utf-8") as file:
            # Without a password that the index's address may have: `archives.fetch` finds it again.
            json.dump({"url": download.shown(found.url), "sha256": found.sha256}, file)
        os.replace(f"{kept}.part", kept)
    with open(kept, encoding="utf-8") as file:
        answer = json.load(file)
    return pins.File(name, (answer["url"],), answer["sha256"], project)


def find(project: str, name: str) -> Link:
    """Return a file of a project by its name.

    Raises:
        UnavailableError: no index can be read.
        BuildError: no index lists this file with a digest.
    """
    for link in links(project):
        if link.name == name and link.sha256:
            return link
    raise BuildError(f"{_places()}: no {name} with a SHA-256 is listed for {project}")


def newest_wheel(project: str, folder: str) -> str:
    """Download the newest final release of a project that is one wheel for every machine.

    Args:
        project: its normalised name.
        folder: where the wheel is written.

    Returns:
        The wheel's path.

    Raises:
        UnavailableError: no index can be read, or the file cannot be downloaded.
        BuildError: there is no such wheel for this Python, or its content is not what was stated.
    """
    wheels: dict[tuple[int, ...], Link] = {}
    for link in links(project):
        found = re.fullmatch(r"[^-]+-([^-]+)-(?:py2\.)?py3-none-any\.whl", link.name)
        if found is None or not _RELEASE.fullmatch(found[1]) or link.yanked or not link.sha256:
            continue
        if supports(link.requires_python, sys.version_info[:3]):
            wheels.setdefault(_numbers(found[1]), link)
    if not wheels:
        version = ".".join(map(str, sys.version_info[:3]))
        raise BuildError(
            f"{_places()}: no wheel of {project} for Python {version} is listed with a SHA-256"
        )
    newest = wheels[max(wheels)]
    path = os.path.join(folder, newest.name)
    download.fetch(newest.url, newest.sha256, path)
    return path


def links(project: str) -> list[Link]:
    """Return the files of a project: those of find-links first, then those of each index.

    Raises:
        UnavailableError: none is listed anywhere; the message names each place with its failure.
    """
    config = pip_config.read()
    found: list[Link] = []
    failures: list[str] = []
    for place in config.find_links:
        try:
            found += _found_links(place, project)
        except download.UnavailableError as error:
            failures.append(str(error))
    for index in config.indexes:
        try:
            found += _page(f"{index}{project}/")
        except download.UnavailableError as error:
            failures.append(str(error))
    if not found:
        if not (config.indexes or config.find_links):
            failures.append("pip's setting `no-index` is on, and `find-links` names no place")
        reasons = "".join(f"\n  {failure}" for failure in failures)
        raise download.UnavailableError(f"{_places()}: no file of {project} is listed{reasons}")
    return found


def supports(requires_python: str, version: tuple[int, ...]) -> bool:
    """Return whether a Python satisfies a `Requires-Python`; as in pip, an invalid one counts."""
    for clause in requires_python.split(","):
        found = _CLAUSE.fullmatch(clause.strip())
        if found and not _satisfies(version, found["operator"], found["release"], found["prefix"]):
            return False
    return True


def _satisfies(version: tuple[int, ...], operator: str, release: str, prefix: str | None) -> bool:
    wanted = _numbers(release)
    equal = version[: len(wanted)] == wanted if prefix else version == (*wanted, 0, 0)[:3]
    match operator:
        case "==":
            return equal
        case "!=":
            return not equal
        case "~=":
            return version >= wanted and version[: len(wanted) - 1] == wanted[:-1]
        case ">=":
            return version >= wanted
        case ">":
            return version > wanted
        case "<=":
            return version <= (*wanted, 0, 0)[:3]
        case _:
            return version < wanted


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _places() -> str:
    """Return the places that are searched, as a message names them."""
    config = pip_config.read()
    return ", ".join(map(download.shown, (*config.find_links, *config.indexes))) or "no index"


def _found_links(place: str, project: str) -> list[Link]:
    """Return a project's files at an entry of find-links: a folder, a file or a page's address."""
    path = place
    if place.startswith("file:"):
        path = urllib.request.url2pathname(urllib.parse.urlsplit(place).path)
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        files = [os.path.join(path, name) for name in sorted(os.listdir(path))]
    elif os.path.isfile(path) and not path.endswith((".html", ".htm")):
        files = [path]
    else:
        if os.path.exists(path):
            place = _file_url(path)
        elif ":" not in place:
            raise download.UnavailableError(f"{place}: no such file or folder")
        return [link for link in _page(place) if _is_of(project, link.name)]
    # A file of this machine is its own witness: its digest is that of its content.
    return [
        Link(os.path.basename(file), _file_url(file), file_digest(file))
        for file in files
        if _is_of(project, os.path.basename(file)) and os.path.isfile(file)
    ]


def _is_of(project: str, name: str) -> bool:
    return re.sub(r"[-_.]+", "-", name).lower().startswith(f"{project}-")


def _file_url(path: str) -> str:
    return f"file://{urllib.request.pathname2url(os.path.abspath(path))}"


def _page(url: str) -> list[Link]:
    """Return the links of a page, joined to the address that it came from."""
    answer = download.get(url, accept=ACCEPT)
    if answer.media_type.endswith("json"):
        found = _links_of_json(answer)
    else:
        parser = _Anchors(answer.url)
        parser.feed(answer.data.decode(errors="replace"))
        found = parser.links
    # The user name and the password of an index are for the files beside it as well.
    return [link._replace(url=_with_credentials(link.url, url)) for link in found if link.name]


def _links_of_json(answer: download.Answer) -> list[Link]:
    try:
        return [
            Link(
                name=file["filename"],
                url=urllib.parse.urljoin(answer.url, file["url"]),
                sha256=file["hashes"].get("sha256", ""),
                requires_python=file.get("requires-python") or "",
                yanked=bool(file.get("yanked", False)),
            )
            for file in json.loads(answer.data)["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise download.UnavailableError(
            f"{answer.url}: this is no page of the simple API ({error!r})"
        ) from None


class _Anchors(HTMLParser):
    """The links of a page in HTML."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self._base = base

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        href = values.get("href")
        if not href:
            return
        url = urllib.parse.urljoin(self._base, href)
        if tag == "base":
            self._base = url
        if tag != "a":
            return
        plain, _, fragment = url.partition("#")
        name = urllib.parse.unquote(urllib.parse.urlsplit(plain).path.rpartition("/")[2])
        stated = re.search(r"(?:^|&)sha256=([0-9a-f]{64})", fragment)
        self.links.append(
            Link(
                name=name,
                url=plain,
                sha256=stated[1] if stated else "",
                requires_python=values.get("data-requires-python") or "",
                yanked="data-yanked" in values,
            )
        )


def _with_credentials(url: str, origin: str) -> str:
    """Return an address with the user name and password of another one on the same host."""
    parts, known = urllib.parse.urlsplit(url), urllib.parse.urlsplit(origin)
    user, at, host = known.netloc.rpartition("@")
    if at and "@" not in parts.netloc and parts.netloc == host and parts.scheme == known.scheme:
        return urllib.parse.urlunsplit(parts._replace(netloc=f"{user}@{host}"))
    return url
