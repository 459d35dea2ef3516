"""Handlers that block stall nobody else, and as many run at once as `max_blocking` says."""

from __future__ import annotations

import threading
import time

from tests.support import Place, free_port, get

APP = """\
import threading, time, rocketpy

running, most, lock = 0, 0, threading.Lock()

class Slow:
    def on_get(self, request, response):
        global running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(1.5)
        with lock:
            running -= 1
        response.text = "slow"

class Quick:
    def on_get(self, request, response):
        response.text = str(most)

app = rocketpy.App()
app.add_route("/slow", Slow())
app.add_route("/quick", Quick())
"""


def test_blocked_handlers_stall_nobody(place: Place) -> None:
    """While twelve handlers sleep, another request is answered before any of them is."""
    place.write("app.py", APP)
    port = free_port()
    place.start("launch", env={"ROCKET_PORT": str(port), "ROCKET_WORKERS": "1"})
    url = f"http://127.0.0.1:{port}"
    get(f"{url}/quick")
    answered: list[float] = []

    def ask() -> None:
        assert get(f"{url}/slow")[2] == "slow"
        answered.append(time.monotonic())

    clients = [threading.Thread(target=ask) for _ in range(12)]
    for client in clients:
        client.start()
    deadline = time.monotonic() + 1.2
    while (most := get(f"{url}/quick")[2]) != "12" and time.monotonic() < deadline:
        time.sleep(0.01)
    quick = time.monotonic()
    for client in clients:
        client.join()
    assert most == "12"
    assert len(answered) == len(clients)
    assert quick < min(answered)


def test_no_more_than_max_blocking_run_at_once(place: Place) -> None:
    """Of more requests than that, the rest wait their turn; none is lost."""
    place.write("app.py", APP)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "1", "ROCKET_MAX_BLOCKING": "3"}
    place.start("launch", env=env)
    url = f"http://127.0.0.1:{port}"
    get(f"{url}/quick")
    clients = [threading.Thread(target=get, args=(f"{url}/slow",)) for _ in range(7)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert get(f"{url}/quick")[2] == "3"
