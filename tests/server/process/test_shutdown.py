"""From the signal to the exit code."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import socket

SLEEP = b"GET /sleep?seconds=%s HTTP/1.1\r\nHost: x\r\n\r\n"
KEEP = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def ask_slow(service: Any, seconds: float) -> socket.socket:
    """Send a request whose handler takes a while, and wait until it runs."""
    connection: socket.socket = service.connect()
    connection.sendall(SLEEP % str(seconds).encode())
    time.sleep(0.3)
    return connection


@pytest.mark.parametrize(
    ("settings", "number"),
    [
        ({}, signal.SIGTERM),
        ({}, signal.SIGINT),
        ({"signals": ["hup", "usr1"], "ctrlc": False}, signal.SIGHUP),
        ({"signals": ["hup", "usr1"], "ctrlc": False}, signal.SIGUSR1),
        ({"signals": ["int"], "ctrlc": False}, signal.SIGINT),
    ],
)
def test_each_configured_signal_ends_it_cleanly(
    start: Any, settings: dict[str, Any], number: signal.Signals
) -> None:
    """The signals of the configuration, and Ctrl-C, end the service with 0 and are named."""
    service = start(shutdown=settings)
    assert service.get("/a") == b"/a"
    service.signal(number)
    code, out, log = service.end()
    assert (code, out, log) == (0, f"{number.name}\n", "")


def test_a_signal_that_is_not_configured_kills(start: Any) -> None:
    """Without ctrlc, SIGINT does what the system does: no drain, no traceback."""
    service = start(shutdown={"ctrlc": False})
    service.signal(signal.SIGINT)
    code, out, log = service.end()
    assert (code, out, log) == (-signal.SIGINT, "", "")


def test_a_request_in_flight_is_answered(start: Any, wire: Any) -> None:
    """A request that runs when the signal comes is answered whole, with `Connection: close`."""
    service = start()
    with ask_slow(service, 1) as connection:
        service.signal(signal.SIGTERM)
        head, body = wire.read_answer(connection)
        assert body == b"slept"
        assert b"\r\nConnection: close" in head
        assert wire.read_all(connection) == b""
    assert service.end()[0] == 0


def test_nothing_is_accepted_during_the_drain(start: Any, wire: Any) -> None:
    """A connection that comes after the signal is refused by the kernel."""
    service = start(shutdown={"grace": 60})
    with ask_slow(service, 3) as connection:
        service.signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionRefusedError):
            while True:  # until the service has received the signal
                service.connect().close()
        assert wire.read_answer(connection)[1] == b"slept"
    assert service.end()[0] == 0


def test_a_request_being_received_is_answered(start: Any, wire: Any) -> None:
    """A request of which only a part has come when the signal comes is taken and answered."""
    service = start()
    with service.connect() as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        time.sleep(0.3)
        service.signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(b"def")
        assert wire.read_answer(connection)[1] == b"abcdef"
    assert service.end()[0] == 0


def test_a_connection_made_just_before_is_answered(start: Any, wire: Any) -> None:
    """A client whose request is still on the way when the signal comes gets its answer."""
    service = start()
    with service.connect() as connection:
        service.signal(signal.SIGTERM)
        assert service.process.stdout.readline() == "SIGTERM\n"
        connection.sendall(KEEP)
        assert wire.read_answer(connection)[1] == b"/a"
    assert service.end()[0] == 0


def test_idle_connections_are_closed_at_once(start: Any, wire: Any) -> None:
    """Kept connections do not hold up the end."""
    service = start(keep_alive=60, shutdown={"grace": 60, "mercy": 60})
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(service.connect()) for _ in range(10)]
        for connection in connections:
            connection.sendall(KEEP)
            wire.read_answer(connection)
        service.signal(signal.SIGTERM)
        for connection in connections:
            assert wire.read_all(connection) == b""
    assert service.end()[0] == 0


def test_grace_ends(start: Any, wire: Any) -> None:
    """A handler that takes longer than grace is cut off, and the exit code says so."""
    service = start(shutdown={"grace": 1, "mercy": 1})
    with ask_slow(service, 60) as connection:
        service.signal(signal.SIGTERM)
        assert wire.read_all(connection) == b""
    assert service.end()[0] == 1


def test_without_force_handlers_are_waited_for(start: Any, wire: Any, tmp_path: Any) -> None:
    """`force = false` lets a handler come to its end, though its client is gone."""
    service = start(shutdown={"grace": 1, "mercy": 0, "force": False})
    with ask_slow(service, 3) as connection:
        service.signal(signal.SIGTERM)
        assert wire.read_all(connection) == b""
        assert service.process.poll() is None
    assert service.end()[0] == 1


def test_mercy_lets_an_answer_be_taken(start: Any) -> None:
    """An answer that was written when grace ends may still be read within mercy."""
    service = start(shutdown={"grace": 1, "mercy": 10})
    size = 12_000_000
    with service.connect() as connection:
        connection.sendall(b"GET /big?bytes=%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
        time.sleep(0.5)
        service.signal(signal.SIGTERM)
        time.sleep(2)
        received = 0
        while part := connection.recv(1 << 20):
            received += len(part)
        assert received > size
    assert service.end()[0] == 0


def test_mercy_ends(start: Any) -> None:
    """A client that does not read its answer is cut off when mercy is over."""
    service = start(shutdown={"grace": 0, "mercy": 1})
    with service.connect() as connection:
        connection.sendall(b"GET /big?bytes=12000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        service.signal(signal.SIGTERM)
        assert service.end()[0] == 1


def test_a_second_signal_ends_at_once(start: Any) -> None:
    """A second signal ends the service without grace."""
    service = start(shutdown={"grace": 60, "mercy": 60})
    with ask_slow(service, 60):
        service.signal(signal.SIGTERM)
        assert service.process.stdout.readline() == "SIGTERM\n"
        service.signal(signal.SIGTERM)
        assert service.end()[0] == 128 + signal.SIGTERM


def test_a_computing_handler_does_not_hold_up_the_signal(start: Any, wire: Any) -> None:
    """A signal takes effect while a handler holds the interpreter."""
    service = start()
    with service.connect() as connection:
        connection.sendall(b"GET /spin?seconds=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        service.signal(signal.SIGTERM)
        assert wire.read_answer(connection)[1] == b"spun"
    assert service.end()[0] == 0


def test_under_load_every_accepted_request_is_answered(start: Any, wire: Any) -> None:
    """Clients with new connections get whole answers until they are refused."""
    service = start()
    outcomes: list[str] = []

    def ask_until_refused() -> None:
        while True:
            try:
                body = service.get("/a")
            except ConnectionRefusedError:
                outcomes.append("refused")
                return
            outcomes.append("answered" if body == b"/a" else f"cut: {body!r}")

    clients = [threading.Thread(target=ask_until_refused) for _ in range(4)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    service.signal(signal.SIGTERM)
    for client in clients:
        client.join(20)
    assert service.end()[0] == 0
    assert set(outcomes) == {"answered", "refused"}
    assert outcomes.count("refused") == len(clients)


UNSHARE = ("unshare", "--pid", "--fork", "--kill-child")


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_unshare(), reason="no right to make a PID namespace (unshare --pid)")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_process_one(start: Any, wire: Any, number: signal.Signals) -> None:
    """As process 1, to which the kernel delivers only handled signals, all of this holds too."""
    service = start(*UNSHARE)
    with open(f"/proc/{service.pid}/task/{service.pid}/children", encoding="ascii") as children:
        service.pid = int(children.read())
    with open(f"/proc/{service.pid}/status", encoding="ascii") as status:
        assert next(line for line in status if line.startswith("NSpid")).split()[-1] == "1"
    with ask_slow(service, 1) as connection:
        service.signal(number)
        assert wire.read_answer(connection)[1] == b"slept"
    assert service.end()[0] == 0
