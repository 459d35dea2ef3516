"""Writes the log's records so that no reader, however slow, holds up a thread that serves.

A record is one write(2), which does not block. What a pipe, a socket or a terminal does not take
at once waits in a buffer, and a thread writes it when the reader goes on. The buffer is bounded:
records that do not fit are dropped and counted, and the log says how many there were.

Invariants:
    - `_lock` guards all fields. It is never held during anything that can block.
    - A record of at most PIPE_BUF bytes (4,096) is never mixed with one of another process: the
      kernel writes it whole or not at all. A longer one is written when the pipe has room for it.
    - Records keep their order: while the buffer holds any, or the thread is writing one
      (`_writing`), a new record is put behind them.
    - `_waiting` is the size of the buffer in bytes, the record being written included, and at most
      BUFFER_BYTES.
    - After a fork the child has an empty buffer, no thread and a lock of its own: what waited
      belongs to the parent.
"""

from __future__ import annotations

import atexit
import collections
import contextlib
import fcntl
import os
import select
import stat
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

from rocketpy.common.forks import follow_forks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

BUFFER_BYTES = 1 << 20
"""Bytes of records that wait, in each process: some thousand requests' lines."""

_FIONREAD = 0x541B
"""Linux's number, see ioctl_tty(2); the module `termios` would be linked for it alone."""

_INT = struct.Struct("i")

EXIT_SECONDS = 1.0
"""How long the end of a process waits for the reader to take what is in the buffer."""

WRITER_IDLE_SECONDS = 5.0
"""How long the thread waits for another record before it ends."""

POLL_MILLISECONDS = 1000
"""How long the thread waits for the reader before it tries again in any case."""

ROOM_SECONDS = 1.0
ROOM_STEP_SECONDS = 0.01
"""How long a record longer than PIPE_BUF waits for room, and how often it looks. Then it is written
piece by piece, as the reader takes it."""


class Target(Protocol):
    """Something that takes records."""

    def send(self, data: bytes) -> int:
        """Write without blocking; return how many bytes were taken, 0 if none can be now.

        Raises:
            OSError: it cannot be written to.
            ValueError: it is closed.
        """

    def send_waiting(self, data: bytes) -> int:
        """Write, waiting for the reader if necessary; return how many bytes were taken."""


class LogWriter:
    """Writes records to the first of some streams that takes them.

    Args:
        streams: where to; normally standard output, and standard error in case that fails.
        dropped_record: makes the record that says how many were dropped.

    Attributes:
        dropped: how many records were dropped in this process.
    """

    def __init__(self, streams: Sequence[TextIO], dropped_record: Callable[[int], str]) -> None:
        self.dropped: int = 0
        self._targets = [_target_of(stream) for stream in streams]
        self._encoding = (streams and getattr(streams[0], "encoding", None)) or "utf-8"
        self._dropped_record = dropped_record
        self._unreported = 0
        self._buffer: collections.deque[bytes] = collections.deque()
        self._waiting = 0
        self._writing = False
        self._thread: threading.Thread | None = None
        self._reset_lock()
        follow_forks(self)

    def _reset_lock(self) -> None:
        # Reentrant: a finalizer that logs may run in the middle of a write of the same thread.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)

    def write(self, record: str) -> None:
        """Write a record, its end of line included; never raises, never blocks."""
        # What the encoding lacks (and half of a surrogate pair) is written as an escape.
        data = record.encode(self._encoding, "backslashreplace")
        with self._lock:
            rest = data if self._buffer or self._writing else self._send(data)
            if rest:
                self._keep(rest)

    def flush(self, seconds: float = EXIT_SECONDS) -> bool:
        """Wait until all is written, for so many seconds at most; return whether it is."""
        with self._lock:
            if self._buffer:
                self._start_thread()
            return self._changed.wait_for(lambda: not (self._buffer or self._writing), seconds)

    def _send(self, data: bytes) -> bytes:
        """Write to the first target that can be written to; return what it does not take now."""
        for target in self._targets:
            try:
                return data[target.send(data) :]
            except (OSError, ValueError):  # closed, its reader is gone, or its disk is full
                continue
        self._drop()
        return b""

    def _keep(self, data: bytes) -> None:
        if self._waiting + len(data) > BUFFER_BYTES:
            self._drop()
            return
        self._buffer.append(data)
        self._waiting += len(data)
        self._start_thread()
        self._changed.notify_all()

    def _drop(self) -> None:
        self.dropped += 1
        self._unreported += 1

    def _start_thread(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="rocketpy-log", daemon=True)
        with contextlib.suppress(RuntimeError):  # no more threads: the next record tries again
            thread.start()
            self._thread = thread
            atexit.register(self.flush)

    def _run(self) -> None:
        """Write what is in the buffer; end after some idle seconds."""
        while True:
            with self._lock:
                while not self._buffer:
                    if not self._changed.wait(WRITER_IDLE_SECONDS) and not self._buffer:
                        self._thread = None
                        atexit.unregister(self.flush)
                        return
                data = self._buffer.popleft()
                self._writing = True
            written = self._send_waiting(data)
            with self._lock:
                self._writing = False
                self._waiting -= len(data)
                if not written:
                    self._drop()
                elif self._unreported:
                    self._report_dropped()
                self._changed.notify_all()

    def _report_dropped(self) -> None:
        record = self._dropped_record(self._unreported).encode(self._encoding, "backslashreplace")
        if self._waiting + len(record) <= BUFFER_BYTES:
            self._unreported = 0
            self._buffer.append(record)
            self._waiting += len(record)

    def _send_waiting(self, data: bytes) -> bool:
        """Write all of a record, however long it takes; return whether any target took it."""
        for target in self._targets:
            with contextlib.suppress(OSError, ValueError):
                while data:
                    data = data[target.send_waiting(data) :]
                return True
        return False

    # Around a fork: see `rocketpy.common.forks`.

    def hold(self) -> None:
        """Take the lock, before a fork."""
        self._lock.acquire()

    def release(self) -> None:
        """Release the lock, in the parent."""
        self._lock.release()

    def begin_anew(self) -> None:
        """Forget, in the child, what belongs to the parent."""
        self._buffer.clear()
        self._waiting = self._unreported = self.dropped = 0
        self._writing = False
        self._thread = None
        atexit.unregister(self.flush)  # of the parent's thread; two would wait twice
        self._reset_lock()


def standard_streams() -> list[TextIO]:
    """Return standard output and standard error, as far as they are open."""
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def _target_of(stream: TextIO) -> Target:
    try:
        descriptor = stream.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError, AttributeError):  # a stream in memory, or closed
        return _Stream(stream)
    if stat.S_ISSOCK(mode):
        return _Socket(descriptor)
    if stat.S_ISFIFO(mode) or os.isatty(descriptor):
        try:
            return _Pipe(descriptor)
        except OSError:  # no /proc, or the pipe belongs to another user
            return _SharedPipe(descriptor)
    return _File(descriptor)


class _Stream:
    """A stream without a descriptor."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"

    def send(self, data: bytes) -> int:
        self._stream.write(data.decode(self._encoding))
        self._stream.flush()
        return len(data)

    send_waiting = send


class _File:
    """A file, or a device such as /dev/null: it does not block for a reader."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    send_waiting = send


class _Pipe:
    """A pipe or a terminal, opened once more so that this process alone does not block on it.

    O_NONBLOCK belongs to the open file, which other processes share with us: to set it there would
    change theirs.
    """

    def __init__(self, descriptor: int) -> None:
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        self._descriptor = os.open(f"/proc/self/fd/{descriptor}", flags)

    def send(self, data: bytes) -> int:
        if len(data) > select.PIPE_BUF and not _has_room(self._descriptor, len(data)):
            return 0
        return self._write(data)

    def send_waiting(self, data: bytes) -> int:
        _wait(self._descriptor, len(data))
        return self._write(data)

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # it was never opened
            os.close(self._descriptor)


class _SharedPipe:
    """A pipe or a terminal that cannot be opened once more.

    Any write to it may block, so the thread alone writes, without holding the lock.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, _data: bytes) -> int:
        return 0

    def send_waiting(self, data: bytes) -> int:
        _wait(self._descriptor, len(data))
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # another process has made it so
            return 0


class _Socket:
    """A socket, as of systemd's journal."""

    def __init__(self, descriptor: int) -> None:
        import socket

        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL

    def send(self, data: bytes) -> int:
        try:
            return self._socket.send(data, self._flags)
        except BlockingIOError:
            return 0

    def send_waiting(self, data: bytes) -> int:
        _wait(self._socket.fileno(), 0)
        return self.send(data)

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            self._socket.close()


def _wait(descriptor: int, size: int) -> None:
    """Wait until something can be written, or the reader is gone; if it is long, for room."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll(POLL_MILLISECONDS)
    if size > select.PIPE_BUF:
        deadline = time.monotonic() + ROOM_SECONDS
        while not _has_room(descriptor, size) and time.monotonic() < deadline:
            time.sleep(ROOM_STEP_SECONDS)


def _has_room(descriptor: int, size: int) -> bool:
    """Return whether a pipe takes so many bytes at once; True where waiting does not help."""
    try:
        capacity = fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)
        unread = fcntl.ioctl(descriptor, _FIONREAD, bytes(_INT.size))
    except OSError:
        return True
    # Records share pages only in part, so half of the pipe is what surely has room.
    room: int = capacity // 2
    return size > room or size <= room - _INT.unpack(unread)[0]
