"""The examples run, and do what they say."""

from __future__ import annotations

import http.client
import json
import os
import signal
from typing import TYPE_CHECKING

from tests.support import ROOT, SECONDS, free_port, get

if TYPE_CHECKING:
    import subprocess

    from tests.support import Place


def start(place: Place, name: str, **env: str) -> tuple[subprocess.Popen[str], int]:
    """Start an example, and wait until it answers."""
    place.write(f"{name}.py", (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8"))
    port = free_port()
    service = place.start("launch", f"{name}:app", env={"ROCKET_PORT": str(port)} | env)
    assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
    return service, port


def send(port: int, method: str, path: str, cookie: str = "") -> tuple[int, str, str]:
    """Return status, body and Set-Cookie of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request(method, path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers["Set-Cookie"] or ""


def test_logs(place: Place) -> None:
    """Records of `logging` are in the service's log, with their fields and without secrets."""
    service, port = start(place, "logs", ROCKET_ACCESS_LOG="json", ROCKET_LOG_LEVEL="debug")
    assert send(port, "POST", "/orders/7")[:2] == (202, "placed\n")
    assert send(port, "POST", "/orders/no")[0] == 422
    os.kill(service.pid, signal.SIGTERM)
    out, _ = service.communicate(timeout=SECONDS)
    records = [json.loads(line) for line in out.splitlines()]
    own = {r["message"]: r for r in records if r.get("logger") == "shop.orders"}
    assert own["order placed"]["order"] == 7
    assert "s3cret" not in out
    assert own["looking for order 7"]["level"] == "debug"
    assert "ValueError" in own["an order without a number"]["traceback"]


def test_cookies(place: Place) -> None:
    """A name is remembered, by the client that has the cookie alone."""
    _, port = start(place, "cookies")
    status, _, cookie = send(port, "PUT", "/me?name=Ann")
    assert status == 200
    assert send(port, "GET", "/me", cookie.partition(";")[0])[:2] == (200, "Ann, from 127.0.0.1\n")
    assert send(port, "GET", "/me")[0] == 401
