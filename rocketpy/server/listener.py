"""Listening sockets: bound before anything is served, shared by all processes of a service."""

from __future__ import annotations

import array
import errno
import ipaddress
import socket
import struct

BACKLOG = 4096
"""Connections the kernel may hold for us; it lowers this to net.core.somaxconn by itself."""

FIRST_FREE_PORT = 1024
"""Ports below this are reserved to privileged processes (net.ipv4.ip_unprivileged_port_start)."""

HANDSHAKE_SECONDS = 0.2
"""How long connections that had begun before `turn_away` may take to arrive: a long round trip."""

_SO_ATTACH_FILTER = 26
"""Linux's number, see socket(7); Python does not name it."""

_DROP_SYN = (
    (0x30, 0, 0, 13),  # load the TCP header's byte of flags
    (0x54, 0, 0, 0x12),  # of them keep SYN and ACK
    (0x15, 0, 1, 0x02),  # if it is SYN alone,
    (0x06, 0, 0, 0),  # drop the packet;
    (0x06, 0, 0, 0xFFFFFFFF),  # else let it through
)
"""A socket filter in the kernel's classic BPF: (code, jump if true, jump if false, operand)."""

_NO_IPV6 = ("this machine has no IPv6", "set `address` to an IPv4 one, such as 0.0.0.0")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ListenError(Exception):
    """The listener cannot be opened; the message names address, port, cause and remedy.

    Attributes:
        address: The address asked for.
        port: The TCP port asked for.
    """

    def __init__(self, address: Address, port: int, cause: str, remedy: str) -> None:
        self.address = address
        self.port = port
        super().__init__(f"cannot listen on {join(address, port)}: {cause}; {remedy}")


def join(address: Address, port: int) -> str:
    """Write address and port as a URL does: `127.0.0.1:80`, `[::1]:80`."""
    return f"[{address}]:{port}" if is_ipv6(address) else f"{address}:{port}"


def is_ipv6(address: Address) -> bool:
    """Tell the two kinds of addresses apart."""
    return isinstance(address, ipaddress.IPv6Address)


def address_of(listener: socket.socket) -> tuple[Address, int]:
    """Return the address and the TCP port that a listener has, also when 0 was asked for."""
    host, port = listener.getsockname()[:2]
    return ipaddress.ip_address(host), port


def bind(address: Address, port: int) -> socket.socket:
    """Open the listening socket, non-blocking.

    Args:
        address: The IPv4 or IPv6 address; an IPv6 one takes no IPv4 connections.
        port: The TCP port, 0 for any free one.

    Returns:
        The socket; connections to it are held by the kernel from now on.

    Raises:
        ListenError: If the port is taken or reserved, the address is not this machine's, or the
            machine has no IPv6.
    """
    family = socket.AF_INET6 if is_ipv6(address) else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _explain(error, address, port) from error
    try:
        # A port whose old connections linger in TIME_WAIT can be bound again at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((str(address), port))
        listener.listen(BACKLOG)
        listener.settimeout(0)
    except OSError as error:
        listener.close()
        raise _explain(error, address, port) from error
    return listener


def turn_away(listener: socket.socket) -> None:
    """Have the kernel begin no more connections for a listener, and keep those that it has.

    Closing a listening socket resets the connections that were not accepted yet, and under load
    there always is one: its client is connected and loses a request. After this call, connections
    that have begun can be accepted to the last (`HANDSHAKE_SECONDS`), and then the socket closed. A
    client that comes in between gets no answer, asks again after a second as TCP does, and is
    refused.
    """
    code = array.array("B", b"".join(struct.pack("HBBI", *step) for step in _DROP_SYN))
    program = struct.pack("HP", len(_DROP_SYN), code.buffer_info()[0])
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    except OSError:  # a system other than Linux, or one that forbids filters: a few may be reset
        return


def _explain(error: OSError, address: Address, port: int) -> ListenError:
    """Return an error that says in the user's words what the kernel refused, and the remedy."""
    match error.errno:
        case errno.EADDRINUSE:
            cause = "the port is taken by another process"
            remedy = f"stop that one (`ss -ltnp 'sport = :{port}'` names it) or set another `port`"
        case errno.EADDRNOTAVAIL if is_ipv6(address) and address.is_loopback:
            cause, remedy = _NO_IPV6
        case errno.EADDRNOTAVAIL:
            cause = "the address is not on this machine"
            remedy = "set `address` to one of its own, or to 0.0.0.0 for all of them"
        case errno.EACCES | errno.EPERM if 0 < port < FIRST_FREE_PORT:
            cause = f"ports below {FIRST_FREE_PORT} are reserved to privileged processes"
            remedy = f"set `port` to {FIRST_FREE_PORT} or above, or grant CAP_NET_BIND_SERVICE"
        case errno.EAFNOSUPPORT:
            cause, remedy = _NO_IPV6
        case _:
            cause = (error.strerror or str(error)).lower()
            remedy = "set another `address` or `port`"
    return ListenError(address, port, cause, remedy)
