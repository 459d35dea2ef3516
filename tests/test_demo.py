"""The demo over a real socket: its answers, and how the configuration changes them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support import ROOT, SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from collections.abc import Iterator

LANDING = (
    "This is a dummy landing page for our Rocket web server.\n\nTry /api/hello?name=YOUR_NAME\n"
)


@pytest.fixture
def demo(place: Place) -> Place:
    """Copy the demo, its Rocket.toml and its profiles into the folder."""
    shutil.copy(ROOT / "app.py", place.folder)
    shutil.copy(ROOT / "Rocket.toml", place.folder)
    shutil.copytree(ROOT / "profiles", place.folder / "profiles")
    return place


@pytest.fixture
def url(demo: Place) -> Iterator[str]:
    """Serve the demo."""
    port = free_port()
    process = demo.start("launch", env={"ROCKET_PORT": str(port)})
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0


def test_landing(url: str) -> None:
    """`GET /` answers with the landing page, which names the other route."""
    assert get(f"{url}/") == (200, "text/plain; charset=utf-8", LANDING)


@pytest.mark.parametrize("name", ["Ann", "Анна", "محمد", "李雷", "Zoë 🚀", "a&b=c", "<b>", "a+b"])
def test_hello(url: str, name: str) -> None:
    """Names in any script are returned unchanged, with and without an occupation."""
    path = f"{url}/api/hello?name={quote(name, safe='')}"
    more = "You can also provide your occupation as a query parameter."
    assert get(path)[2] == f"Hello {name}! {more}\n"
    assert get(f"{path}&occupation={quote(name, safe='')}")[2] == (
        f"Hello {name}, you are a {name}.\n"
    )


@pytest.mark.parametrize(
    ("accept", "kind", "part"),
    [
        ("*/*", "text/plain; charset=utf-8", "Who are you?\n"),
        ("text/html,*/*;q=0.1", "text/html; charset=utf-8", "<h1>Who are you?</h1>"),
        ("application/json", "application/json", '"title": "Who are you?"'),
    ],
)
def test_without_a_name(url: str, accept: str, kind: str, part: str) -> None:
    """Without a name the answer is 422, in the media type that the client accepts."""
    status, got, body = get(f"{url}/api/hello", accept)
    assert (status, got) == (422, kind)
    assert part in body


def test_editing_the_file_changes_the_port(demo: Place) -> None:
    """The service listens where `Rocket.toml` says."""
    port = free_port()
    demo.write("Rocket.toml", f"[default]\nport = {port}\nident = 'Edited'\n")
    demo.start("launch")
    assert get(f"http://127.0.0.1:{port}/")[2] == LANDING


def test_the_profile_selects(demo: Place) -> None:
    """`ROCKET_PROFILE` selects among the tables and files of profiles."""
    table, file = free_port(), free_port()
    demo.write("Rocket.toml", f"[staging]\nport = {table}\n")
    demo.write("profiles/other.toml", f"port = {file}\n")
    for profile, port in (("staging", table), ("OTHER", file)):
        process = demo.start("launch", env={"ROCKET_PROFILE": profile})
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_a_request_in_flight_is_answered(demo: Place) -> None:
    """SIGTERM and Ctrl-C let a running request finish; the exit code is 0."""
    demo.write(
        "slow.py",
        "import time, rocketpy\n"
        "class Slow:\n"
        "    def on_get(self, request, response):\n"
        "        open('began', 'w').close()\n"
        "        time.sleep(0.7)\n"
        "        response.text = 'done'\n"
        "app = rocketpy.App()\n"
        "app.add_route('/', Slow())\n",
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        port = free_port()
        began = demo.folder / "began"
        process = demo.start("launch", "slow:app", env={"ROCKET_PORT": str(port)})
        client = os.fork()
        if not client:  # a client of its own, so that the signal can come while it waits
            os._exit(int(get(f"http://127.0.0.1:{port}/")[2] != "done"))
        deadline = time.monotonic() + SECONDS
        while not began.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        assert os.waitpid(client, 0)[1] == 0
        assert process.wait(SECONDS) == 0
        began.unlink()
