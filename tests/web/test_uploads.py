"""Files in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import falcon
import falcon.testing
import pytest

import rocketpy

if TYPE_CHECKING:
    from tests.support import Place

LIMITS = {"file": 1000, "file/jpg": 3000}


class Sizes:
    """Returns the size of every part that it reads."""

    def __init__(self, read: str) -> None:
        self._read = read

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        sizes = {}
        for part in request.get_media():
            if self._read == "stream":
                sizes[part.name] = len(part.stream.read())
            elif self._read == "chunks":
                sizes[part.name] = 0
                while data := part.stream.read(100):
                    sizes[part.name] += len(data)
            elif self._read == "data":
                sizes[part.name] = len(part.data)
            else:
                sizes[part.name] = -1
        response.media = sizes


def post(read: str, *parts: tuple[str, str, int]) -> Any:
    app = rocketpy.App(rocketpy.Config(limits=LIMITS))
    app.add_route("/", Sizes(read))
    body = b""
    for name, kind, size in parts:
        file = f'; filename="{name}"' if kind else ""
        body += f'--xyz\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'.encode()
        body += f"Content-Type: {kind or 'text/plain'}\r\n\r\n".encode() + b"x" * size + b"\r\n"
    body += b"--xyz--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    return falcon.testing.TestClient(app).simulate_post("/", body=body, headers=headers)


@pytest.mark.parametrize("read", ["stream", "chunks", "data"])
def test_at_the_limit(place: Place, read: str) -> None:
    """A file of just its limit's size is taken; a field that is no file has no limit of its own."""
    answer = post(read, ("a", "image/png", 1000), ("b", "image/jpeg", 3000), ("c", "", 5000))
    assert answer.json == {"a": 1000, "b": 3000, "c": 5000}


@pytest.mark.parametrize("read", ["stream", "chunks", "data"])
@pytest.mark.parametrize(
    ("kind", "size", "words"),
    [
        ("image/png", 1001, "The limit `file` of a file in a form is 1kB."),
        ("image/jpeg", 3001, "The limit `file/jpg` of a file in a form is 3kB."),
    ],
)
def test_beyond_the_limit(place: Place, read: str, kind: str, size: int, words: str) -> None:
    """A larger one is answered with 413, which names the limit."""
    answer = post(read, ("c", "", 5000), ("a", kind, size))
    assert answer.status_code == 413
    assert words in answer.text


def test_passed_over(place: Place) -> None:
    """A file that is not read is skipped, as in Falcon."""
    answer = post("nothing", ("a", "image/png", 100_000), ("b", "", 1))
    assert answer.json == {"a": -1, "b": -1}
