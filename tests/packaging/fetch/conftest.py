"""A package index on 127.0.0.1, and an environment without this machine's pip configuration."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging.fetch import download

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HTML = "text/html"
JSON = "application/vnd.pypi.simple.v1+json"


class Server:
    """A web server with a few pages.

    Attributes:
        pages: of each path its media type and its content.
        requests: the paths that were requested, in order.
        authorization: the header of that name of each request; empty where there was none.
    """

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.requests: list[str] = []
        self.authorization: list[str] = []
        self.redirects: dict[str, str] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                server.authorization.append(self.headers.get("Authorization", ""))
                if self.path in server.redirects:
                    self.send_response(302)
                    self.send_header("Location", server.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif self.path in server.pages:
                    media_type, content = server.pages[self.path]
                    self.send_response(200)
                    self.send_header("Content-Type", media_type)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                else:
                    self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"

    def end(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a home folder; nothing that this machine says to pip counts."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("PIP_", "XDG_CONFIG")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(home / "machine"))
    monkeypatch.setattr("sys.prefix", str(home / "environment"))
    monkeypatch.setattr(download, "PAUSE", 0.0)
    return home


@pytest.fixture
def server(clean: Path) -> Iterator[Server]:
    """Return a server without pages."""
    server = Server()
    yield server
    server.end()
