"""Find the process that listens on an address: a service is found from its configuration alone.

A file with a process id can be out of date and has to be written somewhere; the kernel's own tables
cannot and need not.
"""

from __future__ import annotations

import os
import signal
import struct
from typing import TYPE_CHECKING

from rocketpy.server.listener import is_ipv6

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.server.listener import Address

_LISTENING = "0A"
"""The kernel's number for the state, in /proc/net/tcp."""


def find_listener(address: Address, port: int) -> int | None:
    """Return the process that listens: of those that share the socket, the first of the family.

    Args:
        address: The address that it listens on.
        port: The TCP port.

    Returns:
        Its process id; None if nothing listens there, or nothing that this user may look into.
    """
    sockets = {f"socket:[{inode}]" for inode in _inodes(address, port)}
    holders = {process for process in _processes() if sockets and _holds(process, sockets)}
    return next((process for process in holders if _parent(process) not in holders), None)


def handles(process: int, number: signal.Signals) -> bool:
    """Tell whether a process handles a signal, which otherwise may end it."""
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
