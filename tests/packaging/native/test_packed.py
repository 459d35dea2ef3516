"""The packed form, with a small program of C in the place of the executable."""

from __future__ import annotations

import fcntl
import io
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.native import packed
from rocketpy.packaging.steps.cache import Cache, default_root
from rocketpy.packaging.steps.progress import Progress
from tests.support import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;
static void leave(int number) { _exit(number + 30); }

int main(int count, char **arguments) {
    const char *task = count > 1 ? arguments[1] : "";
    if (!strcmp(task, "arguments"))
        for (int i = 0; i < count; i++) printf("%s\n", arguments[i]);
    else if (!strcmp(task, "environment"))
        for (char **at = environ; *at; at++) printf("%s\n", *at);
    else if (!strcmp(task, "exit")) return atoi(arguments[2]);
    else if (!strcmp(task, "files")) {
        for (int fd = 0; fd < 64; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("%d\n", fd);
    } else if (!strcmp(task, "copy")) {
        for (int c; (c = getchar()) != EOF;) putchar(c);
    } else if (!strcmp(task, "wait")) {
        signal(SIGTERM, leave);
        printf("%d %d\n", getpid(), signal(SIGUSR1, SIG_DFL) == SIG_IGN);
        fflush(stdout);
        for (;;) pause();
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def cache() -> Cache:
    """Keep the decoder where builds keep it, so that it is fetched and compiled once."""
    return Cache(default_root(), Progress(io.StringIO()))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a static program."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "program.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-static", "-o", "plain", "program.c"], cwd=folder, check=True)
    return folder / "plain"


@pytest.fixture(scope="module")
def program(plain: Path, cache: Cache) -> Path:
    """Return its packed form."""
    path = plain.parent / "packed"
    packed.pack(str(plain), str(path), cache)
    return path


def run(
    program: Path,
    *arguments: str,
    given: bytes = b"",
    env: dict[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end."""
    return subprocess.run(
        [program, *arguments],
        input=given,
        env=env,
        pass_fds=pass_fds,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def test_arguments(program: Path) -> None:
    """Arguments arrive as they were given, the first, the empty and the odd ones too."""
    given = ["another name", "arguments", "", "two words", "ü\udcff", "-x"]
    done = subprocess.run(
        given, executable=program, capture_output=True, timeout=SECONDS, check=True
    )
    assert done.stdout.split(b"\n")[:-1] == [os.fsencode(text) for text in given]


def test_many_arguments(program: Path) -> None:
    """There is room for as many as the kernel takes."""
    given = ["arguments", *(str(number) for number in range(20_000))]
    assert run(program, *given).stdout.split()[1:] == [text.encode() for text in given]


def test_environment(program: Path) -> None:
    """The environment arrives whole and in its order."""
    variables = {"B": "1", "A": "two words", "LD_PRELOAD": "/nothing", "EMPTY": ""}
    done = run(program, "environment", env=variables)
    assert done.stdout.decode().splitlines() == [f"{k}={v}" for k, v in variables.items()]


@pytest.mark.parametrize("code", [0, 1, 78, 255])
def test_exit_code(program: Path, code: int) -> None:
    """The exit code is the program's."""
    assert run(program, "exit", str(code)).returncode == code


def test_standard_input(program: Path) -> None:
    """Standard input and output are the program's."""
    data = os.urandom(300_000)
    assert run(program, "copy", given=data).stdout == data


def test_files(program: Path) -> None:
    """No file of the unpacking stays open, and one handed down does."""
    assert run(program, "files").stdout.split() == [b"0", b"1", b"2"]
    reader, writer = os.pipe()
    try:
        found = run(program, "files", pass_fds=(reader,)).stdout.split()
    finally:
        os.close(reader)
        os.close(writer)
    assert found == [b"0", b"1", b"2", str(reader).encode()]


def test_no_files(program: Path) -> None:
    """It starts with standard input and error closed."""
    command = 'exec "$0" files <&- 2>&-'
    done = subprocess.run(
        ["sh", "-c", command, program], stdout=subprocess.PIPE, timeout=SECONDS, check=True
    )
    assert done.stdout.split() == [b"1"]


def test_process(program: Path) -> None:
    """It stays one process: the id, what signals do, and who receives them."""
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" USR1; exec "$0" wait', program], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().split() == [str(process.pid), "1"]
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(SECONDS) == signal.SIGTERM + 30
    finally:
        process.kill()
        process.communicate()


def test_sealed(program: Path) -> None:
    """What runs is the plain executable, in memory that is sealed against changes."""
    process = subprocess.Popen([program, "wait"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        with open(f"/proc/{process.pid}/exe", "rb") as file:
            assert file.read() == (program.parent / "plain").read_bytes()
            seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
    finally:
        process.kill()
        process.communicate()
    wanted = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    assert seals == wanted


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its root")
def test_nothing_around(program: Path, tmp_path: Path) -> None:
    """It needs no /proc, no /tmp, no /dev and no right to write."""
    (tmp_path / "app").write_bytes(program.read_bytes())
    (tmp_path / "app").chmod(0o555)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        ["chroot", "--userspec=12345:12345", tmp_path, "/app", "exit", "7"],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, b"")


@pytest.mark.parametrize("where", ["start", "middle", "checksum"])
def test_damaged(program: Path, tmp_path: Path, where: str) -> None:
    """Damage is noticed, wherever it is, before anything runs."""
    content = bytearray(program.read_bytes())
    payload = packed.compress((program.parent / "plain").read_bytes())
    start = content.index(payload)
    place = {"start": 100, "middle": len(payload) // 2, "checksum": len(payload) - 3}
    content[start + place[where]] ^= 0x10
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)
    damaged.chmod(0o755)
    done = run(damaged, "exit", "7")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"Error: cannot unpack the executable: its content is damaged")
    assert done.stderr.count(b"\n") == 1


def test_no_memory(program: Path) -> None:
    """Too little memory is reported in a line."""
    command = 'ulimit -v 900; exec "$0" exit 7'
    done = subprocess.run(
        ["sh", "-c", command, program], capture_output=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: cannot unpack the executable: not enough memory")


def test_size(program: Path) -> None:
    """The unpacking program takes less than 64 KB."""
    plain = (program.parent / "plain").read_bytes()
    assert len(program.read_bytes()) - len(packed.compress(plain)) < 64_000


def test_same_bytes(plain: Path, program: Path, cache: Cache, tmp_path: Path) -> None:
    """Two machines that pack the same executable get the same file."""
    downloads = cache.work("downloads")
    elsewhere = Cache(str(tmp_path / "a" / "cache"), Progress(io.StringIO()))
    os.rmdir(elsewhere.work("downloads"))
    os.symlink(downloads, os.path.join(elsewhere.root, "work", "downloads"))
    packed.pack(str(plain), str(tmp_path / "again"), elsewhere)
    assert (tmp_path / "again").read_bytes() == program.read_bytes()


def test_output(plain: Path, cache: Cache, tmp_path: Path) -> None:
    """The output replaces what was there, even while it runs, and is a program."""
    target = tmp_path / "new" / "app"
    packed.pack(str(plain), str(target), cache)
    process = subprocess.Popen([target, "wait"], stdout=subprocess.PIPE)
    try:
        packed.pack(str(plain), str(target), cache)
    finally:
        process.kill()
        process.communicate()
    assert run(target, "exit", "3").returncode == 3
    assert os.listdir(target.parent) == ["app"]


def test_another_machine(
    plain: Path, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that it is not made for it says so, with the remedy."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(BuildError, match=r"riscv64: build without --packed"):
        packed.pack(str(plain), str(tmp_path / "app"), cache)
