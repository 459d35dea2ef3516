"""The service that the tests run in a process of its own: `python service.py SETTINGS_AS_JSON`.

It prints its port when it serves, and the name of the signal when the drain begins.
"""

from __future__ import annotations

import dataclasses
import errno
import io
import ipaddress
import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from rocketpy.server.listener import address_of, bind
from rocketpy.server.observe.service_status import ServiceStatus
from rocketpy.server.process.main_loop import Lifecycle
from rocketpy.server.process.serve import serve
from rocketpy.server.process.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


@dataclasses.dataclass
class Shutdown:
    ctrlc: bool = True
    signals: tuple[str, ...] = ("term",)
    grace: int = 2
    mercy: int = 1
    force: bool = True


@dataclasses.dataclass
class Settings:
    address: str = "127.0.0.1"
    port: int = 0
    workers: int = 1
    max_blocking: int = 8
    ident: str | None = "Rocket"
    keep_alive: int = 5
    limits: dict[str, int] = dataclasses.field(default_factory=lambda: {"bytes": 1 << 30})
    temp_dir: str = "/tmp"  # noqa: S108  (as the configuration's default)
    shutdown: Shutdown = dataclasses.field(default_factory=Shutdown)


def settings_from(text: str) -> Settings:
    keys: dict[str, Any] = json.loads(text)
    # What the server gives clients time for takes minutes; tests have it in less.
    from rocketpy.server.loop import deadlines as channel

    vars(channel).update(keys.pop("channel", {}))
    shutdown = Shutdown(**keys.pop("shutdown", {}))
    return Settings(**keys, shutdown=shutdown)


class Unreadable(io.BytesIO):
    """Has a size, and cannot be read."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError(errno.EIO, "a bad block")


class Shorter(io.BytesIO):
    """Has fewer bytes than it says."""

    def seek(self, position: int, whence: int = 0, /) -> int:
        return super().seek(100 if whence else position)


class Longer(io.BytesIO):
    """Reads more than it is asked."""

    def read(self, _size: int | None = -1, /) -> bytes:
        return b"x" * 100


FILES: dict[str, Callable[[], io.BytesIO]] = {
    "unreadable": lambda: Unreadable(b"abc"),
    "shorter": lambda: Shorter(b"abc"),
    "longer": lambda: Longer(b"abc"),
    "large": lambda: io.BytesIO(b"x" * (32 << 20)),
}


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer what the tests ask: the path names the kind of handler."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    body: Iterable[bytes]
    match environ["PATH_INFO"]:
        case "/sleep":  # a handler that waits, as for a database
            time.sleep(float(query["seconds"]))
            body = [b"slept"]
        case "/spin":  # a handler that computes, holding the interpreter lock
            end = time.monotonic() + float(query["seconds"])
            while time.monotonic() < end:
                pass
            body = [b"spun"]
        case "/big":
            body = [b"x" * int(query["bytes"])]
        case "/stream":
            body = (b"x" * 65536 for _ in range(int(query["chunks"])))
        case "/echo":
            body = [environ["wsgi.input"].read()]
        case "/file":
            body = environ["wsgi.file_wrapper"](FILES[query["kind"]]())
        case "/length":
            body = [str(len(environ["wsgi.input"].read())).encode()]
        case "/fail":
            raise RuntimeError("the application failed")
        case "/environ":
            body = [json.dumps({k: str(v) for k, v in environ.items()}).encode()]
        case "/threads":
            body = [str(threading.active_count()).encode()]
        case "/pid":
            body = [str(os.getpid()).encode()]
        case path:
            body = [path.encode("latin-1")]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body


class Printer(Lifecycle):
    """Prints the port when requests are answered, and the signal that begins the drain."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ready(self) -> None:
        print(self._port, flush=True)

    def shutdown_begins(self, signal: str) -> None:
        print(signal, flush=True)


def main() -> int:
    settings = settings_from(sys.argv[1])
    listener = bind(ipaddress.ip_address(settings.address), settings.port)
    _, port = address_of(listener)
    service = Service(app, settings, [listener], None, ServiceStatus())
    return serve(service, workers=settings.workers, lifecycle=Printer(port))


if __name__ == "__main__":
    sys.exit(main())
