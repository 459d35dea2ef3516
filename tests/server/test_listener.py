"""The listening socket."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

import pytest

from rocketpy.server.listener import ListenError, address_of, bind, join, turn_away

LOCAL = ipaddress.ip_address("127.0.0.1")
LOCAL6 = ipaddress.ip_address("::1")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_port_zero_reports_the_real_port() -> None:
    """Port 0 takes any free port, and the listener knows which."""
    with bind(LOCAL, 0) as listener:
        address, port = address_of(listener)
        assert address == LOCAL
        assert port > 0
        socket.create_connection((str(address), port), timeout=5).close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6() -> None:
    """An IPv6 address listens, and is reported as one."""
    with bind(LOCAL6, 0) as listener:
        address, port = address_of(listener)
        assert address == LOCAL6
        socket.create_connection((str(address), port), timeout=5).close()


def test_port_taken_names_the_place_and_the_remedy() -> None:
    """A port that another one has is an error that names it and says what to do."""
    with bind(LOCAL, 0) as listener:
        _, port = address_of(listener)
        with pytest.raises(ListenError) as caught:
            bind(LOCAL, port)
    assert caught.value.where == f"127.0.0.1:{port}"
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{port}: the port is taken by another process; "
        f"stop that one (`ss -ltnp 'sport = :{port}'` names it) or set another `port`"
    )


def test_port_can_be_bound_again_at_once() -> None:
    """A port whose last connections still linger can be listened on again."""
    with bind(LOCAL, 0) as listener:
        _, port = address_of(listener)
        listener.settimeout(5)
        with socket.create_connection((str(LOCAL), port), timeout=5) as client:
            server_side, _ = listener.accept()
            server_side.close()  # closed by the server first: the port goes to TIME_WAIT
            assert client.recv(1) == b""
    bind(LOCAL, port).close()


def test_foreign_address() -> None:
    """An address of another machine is refused as such."""
    with pytest.raises(ListenError, match="the address is not on this machine; set `address`"):
        bind(ipaddress.ip_address("192.0.2.1"), 8000)


@pytest.mark.parametrize(
    ("code", "address", "port", "text"),
    [
        (errno.EACCES, LOCAL, 80, "ports below 1024 are reserved to privileged processes"),
        (errno.EACCES, LOCAL, 8000, "permission denied"),
        (errno.EADDRNOTAVAIL, LOCAL6, 8000, "this machine has no IPv6"),
        (errno.EAFNOSUPPORT, LOCAL6, 8000, "this machine has no IPv6"),
        (errno.ENOBUFS, LOCAL, 8000, "no buffer space available"),
    ],
)
def test_every_refusal_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    port: int,
    text: str,
) -> None:
    """Whatever the kernel answers, the error names address, port, cause and remedy."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("rocketpy.server.listener.Listener", refuse)
    with pytest.raises(ListenError) as caught:
        bind(address, port)
    assert str(caught.value).startswith(f"cannot listen on {join(address, port)}: {text}; ")


def test_a_refused_bind_leaves_no_socket_open() -> None:
    """A listener that cannot be had costs no descriptor."""
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ListenError):
        bind(ipaddress.ip_address("192.0.2.1"), 8000)
    assert len(os.listdir("/proc/self/fd")) == before


def test_turned_away_clients_lose_nothing() -> None:
    """After `turn_away`, connections made before can be accepted, new ones are not begun."""
    with bind(LOCAL, 0) as listener:
        where = listener.getsockname()
        with socket.create_connection(where, timeout=30):
            turn_away(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(where, timeout=0.2)
            accepted, _ = listener.accept()
            with accepted, pytest.raises(BlockingIOError):
                listener.accept()
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(where, timeout=30)
