"""What an index lists is found, wherever pip would find it, and its digest decides."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import archives, download, package_index, pins
from rocketpy.packaging.native import pydantic_core
from rocketpy.packaging.steps.cache import Cache
from rocketpy.packaging.steps.progress import Progress
from tests.packaging.fetch.conftest import HTML, JSON
from tests.support import ROOT, SECONDS, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.fetch.conftest import Server

NAME = "some_thing-1.2.tar.gz"
CONTENT = b"the source"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def as_json(*files: tuple[str, str, str], **more: Any) -> tuple[str, bytes]:
    """Return a page of the simple API in JSON; of each file its name, address and digest."""
    listed = [
        {"filename": name, "url": url, "hashes": {"sha256": sha256} if sha256 else {}, **more}
        for name, url, sha256 in files
    ]
    return JSON, json.dumps({"meta": {"api-version": "1.1"}, "files": listed}).encode()


def as_html(*files: tuple[str, str, str], base: str = "", more: str = "") -> tuple[str, bytes]:
    """Return the same page in HTML."""
    head = f'<base href="{base}">' if base else ""
    anchors = (
        f'<a href="{url}{f"#sha256={sha256}" if sha256 else ""}"{more}>{name}</a><br/>'
        for name, url, sha256 in files
    )
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(anchors)}</body></html>"
    return HTML, page.encode()


@pytest.fixture
def index(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Return a server that pip is configured with."""
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    return server


RELATIVE = f"../../files/{NAME}"


@pytest.mark.parametrize(
    "page",
    [
        as_json((NAME, RELATIVE, SHA256)),
        as_html((NAME, RELATIVE, SHA256)),
        as_html((NAME, NAME, SHA256), base="/files/"),
        as_html((NAME, f"/files/{NAME}", SHA256), more=" data-requires-python='&gt;=3'"),
        (f"{HTML}; charset=utf-8", as_html((NAME, RELATIVE, SHA256))[1]),
    ],
    ids=["json", "html", "html with a base", "html, from the root", "html with a charset"],
)
def test_links_are_joined_to_their_page(
    index: Server, tmp_path: Path, page: tuple[str, bytes]
) -> None:
    """Relative links, in both forms of the API; the file is downloaded and checked."""
    index.pages = {"/simple/some-thing/": page, f"/files/{NAME}": (HTML, CONTENT)}
    found = package_index.sdist("some-thing", "1.2", str(tmp_path))
    assert found == pins.File(NAME, (f"{index.url}/files/{NAME}",), SHA256, "some-thing")
    with open(archives.fetch(found, str(tmp_path)), "rb") as file:
        assert file.read() == CONTENT


def test_a_redirect_is_where_a_page_came_from(index: Server) -> None:
    """Links are relative to the address that answered at last."""
    index.redirects = {"/simple/some-thing/": "/elsewhere/deep/some-thing/"}
    index.pages = {"/elsewhere/deep/some-thing/": as_html((NAME, f"../{NAME}", SHA256))}
    assert package_index.find("some-thing", NAME).url == f"{index.url}/elsewhere/deep/{NAME}"


def test_an_index_that_is_down(
    index: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another one is as good; where there is none, the error names each with its failure."""
    down = f"http://127.0.0.1:{free_port()}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", down)
    with pytest.raises(download.UnavailableError) as caught:
        package_index.sdist("some-thing", "1.2", str(tmp_path))
    assert f"{down}/: no file of some-thing is listed\n  {down}/some-thing/: " in str(caught.value)
    assert "refused" in str(caught.value)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{index.url}/simple")
    index.pages = {"/simple/some-thing/": as_html((NAME, RELATIVE, SHA256))}
    assert package_index.sdist("some-thing", "1.2", str(tmp_path)).sha256 == SHA256


def test_an_index_that_lies(index: Server, tmp_path: Path) -> None:
    """Content that has another digest than the index states is refused, and not kept."""
    index.pages = {
        "/simple/some-thing/": as_json((NAME, RELATIVE, "ab" * 32)),
        f"/files/{NAME}": (HTML, CONTENT),
    }
    file = package_index.sdist("some-thing", "1.2", str(tmp_path))
    with pytest.raises(BuildError, match=f"not the expected one .*{SHA256}.*{'ab' * 32}"):
        archives.fetch(file, str(tmp_path / "files"))
    assert not (tmp_path / "files").exists()


def test_the_first_answer_is_kept(index: Server, tmp_path: Path) -> None:
    """A release whose files change later does not change what is built."""
    index.pages = {"/simple/some-thing/": as_json((NAME, RELATIVE, SHA256))}
    first = package_index.sdist("some-thing", "1.2", str(tmp_path))
    index.pages.clear()
    assert package_index.sdist("some-thing", "1.2", str(tmp_path)) == first
    assert index.requests == ["/simple/some-thing/"]


@pytest.mark.parametrize("page", [as_json((NAME, NAME, "")), as_html(("b-1.tar.gz", "b", SHA256))])
def test_not_listed(index: Server, tmp_path: Path, page: tuple[str, bytes]) -> None:
    """A file that is not listed, or is listed without a digest, is refused by its name."""
    index.pages = {"/simple/some-thing/": page}
    with pytest.raises(BuildError, match=rf"no {NAME} with a SHA-256 is listed for some-thing"):
        package_index.sdist("some-thing", "1.2", str(tmp_path))
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("text", [b"{}", b"[]", b'{"files": [{}]}', b"no JSON"])
def test_no_page_of_the_api(index: Server, text: bytes) -> None:
    """An answer that is none of the simple API's is an error, not a traceback."""
    index.pages = {"/simple/some-thing/": (JSON, text)}
    with pytest.raises(download.UnavailableError, match="this is no page of the simple API"):
        package_index.find("some-thing", NAME)


def test_an_index_with_a_password(
    index: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is sent to that host, with the files beside the page too, and is in no message."""
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:s%40cret@{index.host}/simple")
    with pytest.raises(download.UnavailableError) as caught:
        package_index.find("some-thing", NAME)
    assert "cret" not in str(caught.value)
    index.pages = {
        "/simple/some-thing/": as_html((NAME, RELATIVE, SHA256)),
        f"/files/{NAME}": (HTML, CONTENT),
    }
    file = package_index.sdist("some-thing", "1.2", str(tmp_path))
    assert "cret" not in "".join(path.read_text() for path in tmp_path.glob("*.json"))
    archives.fetch(file, str(tmp_path))
    expected = f"Basic {base64.b64encode(b'me:s@cret').decode()}"
    assert set(index.authorization) == {expected}


def test_netrc(index: Server, clean: Path) -> None:
    """A password may be in .netrc, as for pip."""
    (clean / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (clean / ".netrc").chmod(0o600)
    index.pages = {"/simple/some-thing/": as_html((NAME, RELATIVE, SHA256))}
    package_index.find("some-thing", NAME)
    assert index.authorization == [f"Basic {base64.b64encode(b'me:secret').decode()}"]


def test_find_links(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, its address, a page: with `no-index` nothing else is contacted."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    (folder / "other-1.2.tar.gz").write_bytes(b"")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(download.UnavailableError, match="`find-links` names no place"):
        package_index.find("some-thing", NAME)
    server.pages = {"/page": as_html((NAME, f"files/{NAME}", SHA256))}
    places = [str(folder), f"file://{folder}", str(folder / NAME), f"{server.url}/page"]
    for place in places:
        monkeypatch.setenv("PIP_FIND_LINKS", f"/not/there {place}")
        assert package_index.find("some-thing", NAME).sha256 == SHA256
        with pytest.raises(BuildError):
            package_index.find("some-thing", "other-1.2.tar.gz")
    assert set(server.requests) == {"/page"}
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    pinned = pins.File(NAME, ("http://127.0.0.1:1/x",), SHA256, "some-thing")
    assert archives.fetch(pinned, str(tmp_path / "out")) == str(tmp_path / "out" / NAME)


def test_an_index_in_a_folder(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pages are index.html, as pip reads them."""
    page = tmp_path / "simple" / "some-thing" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(as_html((NAME, f"../../{NAME}", SHA256))[1])
    monkeypatch.setenv("PIP_INDEX_URL", f"file://{tmp_path}/simple")
    assert package_index.find("some-thing", NAME).url == f"file://{tmp_path}/{NAME}"


def test_a_pinned_file_comes_from_the_mirror(index: Server, tmp_path: Path) -> None:
    """A file that is pinned at PyPI's file server is taken from the index that pip has."""
    index.pages = {
        "/simple/some-thing/": as_json((NAME, RELATIVE, SHA256)),
        f"/files/{NAME}": (HTML, CONTENT),
    }
    pinned = pins.File(NAME, ("http://127.0.0.1:1/x",), SHA256, "some-thing")
    archives.fetch(pinned, str(tmp_path))
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("requires", "version", "expected"),
    [
        ("", (3, 11, 2), True),
        (">=3.9", (3, 11, 2), True),
        (">=3.12", (3, 11, 2), False),
        (">=2.7, !=3.0.*, !=3.1.*", (3, 1, 4), False),
        (">=2.7, !=3.0.*, !=3.1.*", (3, 11, 0), True),
        ("<3.11", (3, 11, 0), False),
        ("<=3.11", (3, 11, 2), False),
        (">3.11", (3, 11, 2), True),
        ("==3.11.*", (3, 11, 2), True),
        ("==3.11", (3, 11, 0), True),
        ("~=3.9", (3, 11, 2), True),
        ("~=3.9", (4, 0, 0), False),
        ("nonsense", (3, 11, 2), True),
    ],
)
def test_requires_python(requires: str, version: tuple[int, ...], *, expected: bool) -> None:
    """As PEP 440 compares versions."""
    assert package_index.supports(requires, version) is expected


def wheel(marker: str) -> bytes:
    """Return a wheel of a pip that installs itself by leaving a file in the environment."""
    out = io.BytesIO()
    script = f"import sys, os\nopen(os.path.join(sys.prefix, {marker!r}), 'w').close()\n"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("pip/__main__.py", script)
    return out.getvalue()


def bootstrap(target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/bootstrap.py as a Python without ensurepip would."""
    script = (
        "import runpy, sys; sys.modules['ensurepip'] = None\n"
        f"sys.argv[1:] = [{str(target)!r}]\n"
        f"runpy.run_path({str(ROOT / 'scripts' / 'bootstrap.py')!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.defpath, "PIP_CONFIG_FILE": os.devnull, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("form", [as_json, as_html])
def test_bootstrap(index: Server, tmp_path: Path, form: Any) -> None:
    """Pip's newest final release for this Python comes from the index of pip's configuration."""
    good = wheel("good")
    listed = [
        ("pip-9.tar.gz", "pip-9.tar.gz", SHA256),
        *(
            (name, f"../../files/{name}", hashlib.sha256(good).hexdigest())
            for name in ("pip-8.0-py3-none-any.whl", "pip-10.1-py3-none-any.whl",
                         "pip-11.0b1-py3-none-any.whl", "pip-9.0-py2.py3-none-any.whl")
        ),
    ]  # fmt: skip
    index.pages = {
        "/simple/pip/": form(*listed),
        "/files/pip-10.1-py3-none-any.whl": (HTML, good),
    }
    done = bootstrap(tmp_path / "env", PIP_INDEX_URL=f"{index.url}/simple/")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "env" / "good").exists()
    assert index.requests == ["/simple/pip/", "/files/pip-10.1-py3-none-any.whl"]


def test_bootstrap_that_fails(index: Server, tmp_path: Path) -> None:
    """One error and no traceback, when the index is down, has no pip, or lies about a digest."""
    down = f"http://127.0.0.1:{free_port()}/simple/"
    index.pages = {
        "/lies/pip/": as_html(("pip-1.0-py3-none-any.whl", "/pip-1.0-py3-none-any.whl", SHA256)),
        "/pip-1.0-py3-none-any.whl": (HTML, wheel("good")),
        "/new/pip/": as_html(("pip-1-py3-none-any.whl", "x", SHA256),
                             more=' data-requires-python="&gt;=4"'),
        "/yanked/pip/": as_json(("pip-1-py3-none-any.whl", "x", SHA256), yanked="no"),
    }  # fmt: skip
    for url, problem in [
        (down, f"{down}pip/"),
        (f"{index.url}/none/", "404"),
        (f"{index.url}/lies/", "the content is not the expected one"),
        (f"{index.url}/new/", "no wheel of pip for Python 3."),
        (f"{index.url}/yanked/", "no wheel of pip for Python 3."),
    ]:
        done = bootstrap(tmp_path / "env", PIP_INDEX_URL=url)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: pip cannot be installed: ")
        assert problem in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "env" / "good").exists()


def test_bootstrap_without_an_index(clean: Path, tmp_path: Path) -> None:
    """A folder of wheels is enough."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "pip-1.0-py3-none-any.whl").write_bytes(wheel("good"))
    done = bootstrap(tmp_path / "env", PIP_NO_INDEX="true", PIP_FIND_LINKS=str(folder))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "env" / "good").exists()


def test_a_pydantic_core_that_is_not_available(
    index: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version, the cause and the remedy are named."""
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9.9")
    with pytest.raises(BuildError) as caught:
        pydantic_core.pydantic_core(Cache(str(tmp_path), Progress()))
    text = str(caught.value)
    assert "pydantic-core 9.9.9 is installed here, and its source is not available" in text
    assert f"{index.url}/simple/pydantic-core/: " in text
    assert "help: install a pydantic whose pydantic-core is pinned, which is 2." in text


def test_a_pydantic_core_that_was_not_tested(index: Server, tmp_path: Path) -> None:
    """Its source is taken from the index."""
    name = "pydantic_core-9.9.9.tar.gz"
    index.pages = {"/simple/pydantic-core/": as_json((name, name, SHA256))}
    found = pydantic_core._source(Cache(str(tmp_path), Progress()), "9.9.9")
    assert (found.name, found.sha256) == (name, SHA256)
