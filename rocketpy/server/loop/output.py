"""What an answer has that its client has not taken yet.

Invariant: `_lock` guards every field. The handler's thread appends, the leader flushes, and either
may end it; `size` may be read without the lock, as a hint that is looked at again under it.
"""

from __future__ import annotations

import collections
import contextlib
import threading
from typing import TYPE_CHECKING, Any

from waitress.buffers import (
    OverflowableBuffer,
    ReadOnlyFileBasedBuffer,
)
from waitress.channel import ClientDisconnected

if TYPE_CHECKING:
    from collections.abc import Callable

    from waitress.adjustments import Adjustments

SEND_BYTES = 65536
"""Bytes that one system call is given at most."""


class Output:
    """Bytes and files that wait to be sent, in order.

    Args:
        send: Sends bytes and returns how many the client's system took; raises BlockingIOError if
            it takes none now, OSError if it never will again.
        adj: waitress's settings: what goes to a file, and how much may wait.

    Attributes:
        size: How many bytes wait.
    """

    __slots__ = ("_adj", "_appended", "_ended", "_lock", "_parts", "_send", "size")

    def __init__(self, send: Callable[[bytes], int], adj: Adjustments) -> None:
        self.size: int = 0
        self._send = send
        self._adj = adj
        self._lock = threading.Condition(threading.Lock())
        self._parts: collections.deque[Any] = collections.deque()
        self._appended = 0  # to the last part
        self._ended = False

    def write(self, data: Any) -> None:
        """Send bytes or a file, as much as is taken at once; keep the rest.

        It waits while more waits than may. Then the leader must be flushing already.

        Raises:
            ClientDisconnected: The client is gone.
            OSError: The file cannot be read, or there is no room for what is to be kept.
        """
        with self._lock:
            while self.size > self._adj.outbuf_high_watermark and not self._ended:
                self._lock.wait()
            if self._ended:
                if isinstance(data, ReadOnlyFileBasedBuffer):
                    data.close()
                raise ClientDisconnected
            if isinstance(data, ReadOnlyFileBasedBuffer):
                self._append_file(data)
                self._flush()
            else:
                rest = data if self._parts else self._send_some(data)
                if len(rest):
                    self._append(rest)

    def flush(self) -> bool:
        """Send what is taken now; return whether that was anything.

        Raises:
            ClientDisconnected: The client is gone.
            OSError: A file cannot be read.
        """
        with self._lock:
            before = self.size
            self._flush()
            if self.size <= self._adj.outbuf_high_watermark:
                self._lock.notify()
            return self.size < before

    def end(self) -> None:
        """Give up what waits; a thread that writes gets an error."""
        with self._lock:
            self._ended = True
            self.size = 0
            for part in self._parts:
                with contextlib.suppress(Exception):  # an application's file may do anything
                    part.close()
            self._parts.clear()
            self._lock.notify_all()

    # What holds the lock.

    def _append(self, data: bytes) -> None:
        parts, size = self._parts, len(data)
        if (
            not parts
            or isinstance(parts[-1], ReadOnlyFileBasedBuffer)
            or self._appended >= self._adj.outbuf_high_watermark
        ):
            parts.append(OverflowableBuffer(self._adj.outbuf_overflow))
            self._appended = 0
        parts[-1].append(bytes(data))
        self._appended += size
        self.size += size

    def _append_file(self, file: Any) -> None:
        self._parts.append(file)
        self.size += len(file)

    def _flush(self) -> None:
        parts = self._parts
        while parts:
            part = parts[0]
            while len(part):
                data = part.get(SEND_BYTES)[: len(part)]  # a file may read more than requested
                if not data:  # the file is shorter than it said: the client is to notice
                    raise OSError("a file has become shorter while it was sent")
                try:
                    sent = self._send(data)
                except BlockingIOError:
                    return
                except OSError:
                    raise ClientDisconnected from None
                part.skip(sent, True)  # noqa: FBT003  (waitress's)
                self.size -= sent
            parts.popleft()
            with contextlib.suppress(Exception):  # an application's file may do anything
                part.close()

    def _send_some(self, data: bytes) -> bytes:
        """Send what is taken at once; return the rest."""
        view = memoryview(data)
        while view:
            try:
                sent = self._send(view)  # type: ignore[arg-type]
            except BlockingIOError:
                break
            except OSError:
                raise ClientDisconnected from None
            view = view[sent:]
        return bytes(view)
