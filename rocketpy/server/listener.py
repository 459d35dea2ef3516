"""Listening sockets: bound before anything is served, shared by all processes of a service."""

from __future__ import annotations

import array
import contextlib
import errno
import ipaddress
import os
import socket
import stat
import struct
from typing import Self

from rocketpy.config.keys.address import Address

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


class ListenError(Exception):
    """A listener cannot be opened; the message names the place, the cause and the remedy.

    Args:
        where: The place: `127.0.0.1:8000`, `unix:/run/app.sock`, `fd:3`.
        cause: Why not.
        remedy: What to do about it.
    """

    def __init__(self, where: str, cause: str, remedy: str) -> None:
        self.where = where
        super().__init__(f"cannot listen on {where}: {cause}; {remedy}")


class Listener(socket.socket):
    """A listening socket.

    Attributes:
        outlives: Whether another program keeps it open when this service has ended, as systemd
            does. Then what the service does to the socket itself must not outlive the service.
    """

    outlives: bool = False

    def dup(self) -> Self:
        """Return the same socket under another descriptor."""
        copy = super().dup()
        copy.outlives = self.outlives
        return copy


def join(address: Address, port: int) -> str:
    """Write address and port as a URL does: `127.0.0.1:80`, `[::1]:80`."""
    return f"[{address}]:{port}" if is_ipv6(address) else f"{address}:{port}"


def is_ipv6(address: Address) -> bool:
    """Return whether an address is of version 6."""
    return isinstance(address, ipaddress.IPv6Address)


def address_of(listener: socket.socket) -> tuple[Address, int]:
    """Return the address and the TCP port that a listener has, also when 0 was configured."""
    host, port = listener.getsockname()[:2]
    return ipaddress.ip_address(host), port


def bind(
    address: Address, port: int, *, dual_stack: bool = False, listens: bool = True
) -> Listener:
    """Open a listening TCP socket, non-blocking.

    Args:
        address: The IPv4 or IPv6 address.
        port: The TCP port, 0 for any free one.
        dual_stack: Whether `::` takes IPv4 connections too; other IPv6 addresses never do.
        listens: Whether it listens; a socket that does not keeps no other from the place.

    Returns:
        The socket; connections to it are held by the kernel from now on.

    Raises:
        ListenError: If the port is taken or reserved, the address is not this machine's, or the
            machine has no IPv6.
    """
    family = socket.AF_INET6 if is_ipv6(address) else socket.AF_INET
    try:
        listener = Listener(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _explain(error, address, port) from error
    try:
        # A port whose old connections linger in TIME_WAIT can be bound again at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only = not (dual_stack and address.is_unspecified)
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        listener.bind((str(address), port))
        if listens:
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
    client that comes in between gets no answer, tries again after a second as TCP does, and is
    refused.

    Nothing is done to a listener that `outlives` the service: it stays open, so closing it here
    resets nothing, and what would turn clients away would be there for the next service too.
    """
    if isinstance(listener, Listener) and listener.outlives:
        return
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return  # a Unix socket's connections are complete at once
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
    return ListenError(join(address, port), cause, remedy)


PRIVATE = 0o177
"""The umask while a socket's file is made whose permissions or owner are yet to be set."""


def bind_unix(path: str, mode: int | None = None, owner: str | None = None) -> Listener:
    """Open a listening Unix socket, non-blocking.

    A file that a service left there which did not end in order is replaced.

    Args:
        path: The socket's file.
        mode: Its permissions; None leaves what the umask gives.
        owner: Its owner, `user` or `user:group`, by name or number; None leaves it.

    Raises:
        ListenError: If a service listens there, the file is no socket, the folder is missing or may
            not be written to, or the owner cannot be set.
    """
    where = f"unix:{path}"
    listener = Listener(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        umask = os.umask(PRIVATE) if mode is not None or owner is not None else None
        try:
            listener.bind(path)
        finally:
            if umask is not None:
                os.umask(umask)
        if owner is not None:
            os.chown(path, *_ids(owner), follow_symlinks=False)
        if umask is not None:
            os.chmod(path, 0o777 & ~umask if mode is None else mode)
        listener.listen(BACKLOG)
        listener.settimeout(0)
    except LookupError as error:
        listener.close()
        remove_socket(path)
        raise ListenError(where, str(error.args[0]), "set another `owner`") from None
    except OSError as error:
        listener.close()
        raise _explain_unix(error, where) from error
    return listener


def _remove_stale(path: str) -> None:
    """Remove a socket's file that no process listens on.

    Raises:
        OSError: EADDRINUSE if one does, EEXIST if the file is no socket.
    """
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0)  # a full backlog is an answer too
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            remove_socket(path)
            return
        except BlockingIOError:
            pass
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def remove_socket(path: str) -> None:
    """Remove a socket's file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _ids(owner: str) -> tuple[int, int]:
    """Return the numbers of `user` or `user:group`; -1 for a group that is not named.

    Raises:
        LookupError: If there is no such user or group.
    """
    user, _, group = owner.partition(":")
    return _id(user, "user"), _id(group, "group") if group else -1


def _id(name: str, kind: str) -> int:
    if name.isascii() and name.isdigit():
        return int(name)
    import grp
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        raise LookupError(f"there is no {kind} `{name}`") from None


def _explain_unix(error: OSError, where: str) -> ListenError:
    match error.errno:
        case errno.EADDRINUSE:
            cause, remedy = "another process listens there", "stop that one or set another path"
        case errno.EEXIST:
            cause, remedy = "the file is no socket", "remove it or set another path"
        case errno.ENOENT:
            cause, remedy = "the folder does not exist", "make it or set another path"
        case errno.EPERM if error.filename is not None:
            cause, remedy = "only root may give a file away", "leave `owner` out, or run as root"
        case _:
            cause, remedy = (error.strerror or str(error)).lower(), "set another path"
    return ListenError(where, cause, remedy)


def adopt(descriptor: int) -> Listener:
    """Take over an open listening socket, as systemd or another program hands it to a service.

    Raises:
        ListenError: If the descriptor is no listening stream socket.
    """
    where, remedy = f"fd:{descriptor}", "hand the service a listening stream socket there"
    try:
        listener = Listener(fileno=descriptor)
        listener.outlives = True
    except OSError as error:
        raise ListenError(where, (error.strerror or str(error)).lower(), remedy) from error
    try:
        accepts = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listener.type != socket.SOCK_STREAM or not accepts:
            listener.detach()  # it belongs to another
            raise ListenError(where, "it is no listening stream socket", remedy)
        listener.set_inheritable(False)
        listener.settimeout(0)
    except OSError as error:
        listener.detach()
        raise ListenError(where, (error.strerror or str(error)).lower(), remedy) from error
    return listener


def place_of(listener: socket.socket) -> str:
    """Return where a listener really is: `127.0.0.1:8000`, `[::1]:80`, `unix:/run/app.sock`."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{os.fsdecode(listener.getsockname())}"
    return join(*address_of(listener))
