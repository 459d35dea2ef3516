"""A download has the expected content, from the first mirror that has it."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"the content"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Mirror:
    """A server on 127.0.0.1 that answers by the requested path."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                seen = mirror.requests.count(self.path)
                if self.path == "/broken" or (self.path == "/hiccup" and seen < 3):
                    self.send_error(503)
                elif self.path == "/short" and seen < 2:
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(b"the")
                elif self.path == "/other":
                    self.answer(b"something else")
                elif self.path in {"/file", "/hiccup", "/short"}:
                    self.answer(CONTENT)
                else:
                    self.send_error(404)

            def answer(self, content: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(download, "PAUSE", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    mirror = Mirror()
    yield mirror
    mirror.end()


def test_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    """A file that is there with the right content is not requested again."""
    target = tmp_path / "new" / "file"
    for _ in range(2):
        download.fetch(mirror.url("/file"), SHA256, str(target))
        assert target.read_bytes() == CONTENT
    assert mirror.requests == ["/file"]
    target.write_bytes(b"damaged")
    download.fetch(mirror.url("/file"), SHA256, str(target))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("path", ["/hiccup", "/short"])
def test_tried_again(mirror: Mirror, tmp_path: Path, path: str) -> None:
    """A mirror's failure and a connection that breaks are worth another try."""
    download.fetch(mirror.url(path), SHA256, str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_unavailable(mirror: Mirror, tmp_path: Path) -> None:
    """404 is final, 503 is tried again; the error has both, and nothing is written."""
    urls = [mirror.url("/missing"), mirror.url("/broken")]
    with pytest.raises(download.UnavailableError, match=r"(?s)/missing.*404.*/broken.*503"):
        download.fetch(urls, SHA256, str(tmp_path / "file"))
    assert mirror.requests == ["/missing", *["/broken"] * download.TRIES]
    assert list(tmp_path.iterdir()) == []


def test_unreachable(mirror: Mirror, tmp_path: Path) -> None:
    """A server that cannot be reached is unavailable."""
    url = mirror.url("/file")
    mirror.server.server_close()
    with pytest.raises(download.UnavailableError):
        download.fetch([url, "http://name.invalid/file"], SHA256, str(tmp_path / "file"))


def test_next_mirror(mirror: Mirror, tmp_path: Path) -> None:
    """The first mirror that has the pinned content is taken."""
    urls = [mirror.url(path) for path in ("/missing", "/other", "/file", "/broken")]
    download.fetch(urls, SHA256, str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert mirror.requests == ["/missing", "/other", "/file"]


def test_wrong_content(mirror: Mirror, tmp_path: Path) -> None:
    """Other content is an error with both digests, and is never reported as merely unavailable."""
    urls = [mirror.url("/other"), mirror.url("/missing")]
    with pytest.raises(BuildError, match=f"not the expected one .*not {SHA256}") as caught:
        download.fetch(urls, SHA256, str(tmp_path / "file"))
    assert not isinstance(caught.value, download.UnavailableError)
    assert list(tmp_path.iterdir()) == []
