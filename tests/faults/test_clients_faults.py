"""Clients that vanish in the middle of an answer: the others are served on."""

from __future__ import annotations

import signal
import socket
import struct

from tests.support import SECONDS, Place, free_port, get, problems

APP = """\
import rocketpy

class Big:
    def on_get(self, request, response):
        response.data = b"x" * 4_000_000

class Small:
    def on_get(self, request, response):
        response.text = "small"

app = rocketpy.App()
app.add_route("/big", Big())
app.add_route("/", Small())
"""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset."""


def test_clients_that_vanish(place: Place) -> None:
    """A hundred connections that are reset while the answer is written stop nothing."""
    place.write("app.py", APP)
    port = free_port()
    service = place.start("launch", env={"ROCKET_PORT": str(port), "ROCKET_WORKERS": "1"})
    url = f"http://127.0.0.1:{port}/"
    assert get(url)[2] == "small"
    for _ in range(10):
        clients = [socket.create_connection(("127.0.0.1", port), SECONDS) for _ in range(10)]
        for client in clients:
            client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        for client in clients:
            client.recv(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
    assert get(url)[2] == "small"
    service.send_signal(signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    log = problems(out) + err
    assert service.returncode == 0
    assert "Exception in thread" not in log
