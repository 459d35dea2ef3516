"""Find the process that listens on an address: a service is found from its configuration alone.

A file with a process id can be out of date and has to be written somewhere; the kernel's own tables
cannot and need not.
"""

from __future__ import annotations

import os
import signal
import struct
from typing import TYPE_CHECKING

from rocketpy.config.keys.extra_keys import listen_of
from rocketpy.server.listener import is_ipv6, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.keys.address import Address
    from rocketpy.config.rocket_config import ServiceConfig

_LISTENING = "0A"
"""The kernel's number for the state, in /proc/net/tcp."""

_UNIX_LISTENING = b"00010000"
"""The kernel's flag for it, in /proc/net/unix: __SO_ACCEPTCON."""


def find_service(config: ServiceConfig) -> int | None:
    """Return the process that listens where a configuration says.

    Of several that share the listeners, it is the one that started the others.

    Returns:
        Its process id; None if nothing listens there, or nothing that this user may look into.
    """
    entries = listen_of(config)
    inodes = [
        inode
        for entry in entries
        for inode in (
            _unix_inodes(entry.path)
            if entry.path is not None
            else _inodes(entry.address, entry.port)
            if entry.address is not None
            else ()
        )
    ]
    if not entries:
        inodes.extend(_inodes(config.address, config.port))
    sockets = {f"socket:[{inode}]" for inode in inodes}
    holders = {process for process in _processes() if sockets and _holds(process, sockets)}
    return next((process for process in holders if _parent(process) not in holders), None)


def places_of(config: ServiceConfig) -> list[str]:
    """Return where a configuration says to listen, in words."""
    entries = listen_of(config)
    return [entry.text for entry in entries] or [join(config.address, config.port)]


def handles(process: int, number: signal.Signals) -> bool:
    """Return whether a process handles a signal, which otherwise may end it."""
    caught = _status(process, "SigCgt")
    return bool(caught and int(caught, 16) >> (number - 1) & 1)


def _inodes(address: Address, port: int) -> Iterator[str]:
    words = struct.iter_unpack("=I", address.packed)  # as the kernel prints it
    local = "".join(f"{word:08X}" for (word,) in words) + f":{port:04X}"
    table = "/proc/net/tcp6" if is_ipv6(address) else "/proc/net/tcp"
    try:
        with open(table, encoding="ascii") as file:
            for line in file:
                _, where, _, state, *rest = line.split()
                if where == local and state == _LISTENING:
                    yield rest[5]
    except FileNotFoundError:  # no /proc, or no IPv6
        return


def _unix_inodes(path: str) -> Iterator[str]:
    try:
        with open("/proc/net/unix", "rb") as file:
            for line in file:
                _, _, _, flags, _, _, inode, *where = line.rstrip(b"\n").split(None, 7)
                if where == [os.fsencode(path)] and flags == _UNIX_LISTENING:
                    yield inode.decode()
    except FileNotFoundError:  # no /proc
        return


def _processes() -> Iterator[int]:
    try:
        yield from (int(name) for name in os.listdir("/proc") if name.isdecimal())
    except FileNotFoundError:
        return


def _holds(process: int, sockets: set[str]) -> bool:
    folder = f"/proc/{process}/fd"
    try:
        return any(os.readlink(f"{folder}/{name}") in sockets for name in os.listdir(folder))
    except OSError:  # it ended, or is another user's
        return False


def _parent(process: int) -> int:
    return int(_status(process, "PPid") or 0)


def _status(process: int, field: str) -> str:
    try:
        with open(f"/proc/{process}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name == field:
                    return value.strip()
    except OSError:
        pass
    return ""
