"""Records reach their reader whole and in order, and a reader that stops delays no writer."""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from rocketpy.common import log_writer
from rocketpy.common.log_writer import BUFFER_BYTES, LogWriter
from tests.processes import wait_for
from tests.support import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator


def dropped(count: int) -> str:
    return f"dropped {count}\n"


RECORDS = 100
"""How many records `Pipe.fill` writes."""


class Pipe:
    """A pipe and a writer to it."""

    def __init__(self, *, encoding: str = "utf-8") -> None:
        self.reader, end = os.pipe()
        self.stream = open(end, "w", encoding=encoding)  # noqa: SIM115  (closed by `close`)
        self.writer = LogWriter([self.stream], dropped)

    def fill(self) -> None:
        """Fill the pipe to its last byte, so that records wait; then write some."""
        end = self.stream.fileno()
        os.set_blocking(end, False)
        for size in (select.PIPE_BUF, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(end, b"-" * size)
        os.set_blocking(end, True)
        for number in range(RECORDS):
            self.writer.write(f"{number}\n")
        assert self.writer._waiting

    def read_all(self) -> str:
        """Read until everything is written; return it."""
        os.set_blocking(self.reader, False)
        parts: list[bytes] = []
        deadline = time.monotonic() + SECONDS
        while True:
            is_written = self.writer.flush(0.001)
            try:
                parts.append(os.read(self.reader, 65536))
            except BlockingIOError:
                if is_written:
                    return b"".join(parts).decode()
            assert time.monotonic() < deadline

    def close(self) -> None:
        os.close(self.reader)
        self.writer.flush(SECONDS)  # nothing reads, so it returns at once
        self.stream.close()


@pytest.fixture(params=["opened once more", "shared"])
def pipe(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """A pipe in both ways of writing to it: also where it cannot be opened once more."""
    if request.param == "shared":

        def refuse(path: str, flags: int) -> int:
            raise PermissionError(path)

        monkeypatch.setattr(os, "open", refuse)
    pipe = Pipe()
    monkeypatch.undo()
    yield pipe
    pipe.close()


def test_records_are_whole(pipe: Pipe) -> None:
    """Records of many threads never mix."""

    def write(name: str) -> None:
        for number in range(200):
            pipe.writer.write(f"{name * 100} {number}\n")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    lines = pipe.read_all().splitlines()  # more than a pipe holds
    assert len(lines) == 800
    for name in "abcd":
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name * 100} {number}" for number in range(200)]


def test_nobody_reads(pipe: Pipe) -> None:
    """Writing goes on; what does not fit is counted, and reported when the reader goes on."""
    record = "x" * 999 + "\n"
    count = 2 * BUFFER_BYTES // len(record)
    for _ in range(count):
        pipe.writer.write(record)
    assert 0 < pipe.writer.dropped < count
    assert pipe.writer._waiting <= BUFFER_BYTES
    assert not pipe.writer.flush(0.05)
    lost = pipe.writer.dropped
    lines = pipe.read_all().splitlines()
    assert lines.count("x" * 999) == count - lost
    # More than one report, if the thread wrote something in the middle.
    reports = [line for line in lines if "x" not in line]
    assert sum(int(report.removeprefix("dropped ")) for report in reports) == lost


def test_order(pipe: Pipe) -> None:
    """What waited comes first."""
    pipe.fill()
    pipe.writer.write("last\n")
    assert pipe.read_all().lstrip("-").splitlines() == [*map(str, range(RECORDS)), "last"]


def test_long_record(pipe: Pipe) -> None:
    """A record that is longer than a pipe holds arrives whole."""
    pipe.writer.write("y" * 500_000 + "\n")
    pipe.writer.write("end\n")
    assert pipe.read_all() == "y" * 500_000 + "\nend\n"


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork(pipe: Pipe) -> None:
    """What waits is written by the parent alone; the child writes what is its own."""
    pipe.fill()
    process = os.fork()
    if not process:  # the child
        waiting = pipe.writer._waiting
        pipe.writer.write("child\n")
        os._exit(0 if not waiting and pipe.writer._waiting else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert pipe.read_all().lstrip("-").splitlines() == [*map(str, range(RECORDS))]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork_while_others_write(pipe: Pipe) -> None:
    """A child never finds the lock taken by a thread that it lacks."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            pipe.writer.write("a" * 100 + "\n")

    def read() -> None:
        while not stop.is_set():
            os.read(pipe.reader, 65536)

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            process = os.fork()
            if not process:  # the child
                pipe.writer.write("child\n")
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    finally:
        stop.set()
        pipe.writer.write("end\n")  # the reader may be waiting
        for thread in threads:
            thread.join(SECONDS)


def test_thread_ends(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread leaves when there is nothing to do, and comes back."""
    monkeypatch.setattr(log_writer, "WRITER_IDLE_SECONDS", 0.01)
    for _ in range(2):
        pipe.fill()
        os.read(pipe.reader, 1 << 20)
        wait_for(lambda: pipe.writer._thread is None)


def test_encoding() -> None:
    """What a stream's encoding lacks is escaped; the log goes on."""
    pipe = Pipe(encoding="ascii")
    pipe.writer.write("Ünï 🚀 \udc80\n")
    pipe.writer.write("b\n")
    assert pipe.read_all() == "\\xdcn\\xef \\U0001f680 \\udc80\nb\n"
    pipe.close()


def test_reader_is_gone() -> None:
    """Without a reader records go to the next stream."""
    pipe = Pipe()
    fallback = io.StringIO()
    writer = LogWriter([pipe.stream, fallback], dropped)
    os.close(pipe.reader)
    writer.write("a\n")
    writer.write("b\n")
    assert fallback.getvalue() == "a\nb\n"
    assert writer.dropped == 0
    pipe.stream.close()


def test_one_failure_does_not_silence() -> None:
    """A record that fails is lost, and the next is written."""

    class Failing(io.StringIO):
        fails = True

        def write(self, text: str) -> int:
            if self.fails:
                raise OSError("no space left")
            return super().write(text)

    stream = Failing()
    writer = LogWriter([stream], dropped)
    writer.write("a\n")
    stream.fails = False
    writer.write("b\n")
    assert stream.getvalue() == "b\n"
    assert writer.dropped == 1


def test_full_disk() -> None:
    """A disk that is full loses records, and nothing is raised."""
    with open("/dev/full", "w", encoding="utf-8") as stream:
        writer = LogWriter([stream], dropped)
        writer.write("a\n")
        assert writer.dropped == 1


def test_closed_streams() -> None:
    """Where all streams are closed, nothing is raised."""
    stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (it is to be closed)
    stream.close()
    for streams in ([stream], []):
        writer = LogWriter(streams, dropped)
        writer.write("a\n")
        assert writer.dropped == 1


def test_socket() -> None:
    """A socket is written to as a pipe is, without blocking."""
    ours, theirs = socket.socketpair()
    with ours, theirs, open(ours.fileno(), "w", encoding="utf-8", closefd=False) as stream:
        writer = LogWriter([stream], dropped)
        count = 0
        while not writer._waiting:
            writer.write(f"{count}\n")
            count += 1
        received = b""
        while not received.endswith(f"\n{count - 1}\n".encode()):
            received += theirs.recv(1 << 20)
        assert re.findall(rb"\d+", received) == [b"%d" % number for number in range(count)]
        assert writer.flush(SECONDS)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_long_records_of_several_processes() -> None:
    """Records that are longer than a pipe's atomic writes do not mix with other processes'."""
    pipe = Pipe()
    processes = []
    for name in ("a", "b"):
        process = os.fork()
        if not process:  # a child
            for number in range(200):
                pipe.writer.write(f"{name * (6000 if number % 3 == 0 else 90)}\n")
            os._exit(0 if pipe.writer.flush(SECONDS) else 1)
        processes.append(process)
    received = b""
    while received.count(b"\n") < 400:
        received += os.read(pipe.reader, 8192)
    for process in processes:
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert {(line[:1], len(line)) for line in received.splitlines()} == {
        (name, size) for name in (b"a", b"b") for size in (6000, 90)
    }
    pipe.close()
