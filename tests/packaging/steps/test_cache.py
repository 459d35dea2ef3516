"""A result is made once for the same inputs, by one process, and only whole."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.steps.cache import (
    Cache,
    default_root,
    digest,
    disk_errors,
    file_digest,
    tree_digest,
)
from rocketpy.packaging.steps.progress import Progress

WAIT_SECONDS = 60.0


def make(root: Path) -> tuple[Cache, io.StringIO]:
    shown = io.StringIO()
    return Cache(str(root), Progress(shown)), shown


def writes(text: str, made: list[str]) -> object:
    def step(folder: str) -> None:
        made.append(text)
        with open(f"{folder}/file", "w", encoding="utf-8") as file:
            file.write(text)

    return step


def test_made_once(tmp_path: Path) -> None:
    """The second time takes what is there and says so."""
    cache, shown = make(tmp_path)
    made: list[str] = []
    first = cache.result("Some step", ["a", 1], writes("x", made), note="1.2")  # type: ignore[arg-type]
    assert cache.result("Some step", ["a", 1], writes("y", made)) == first  # type: ignore[arg-type]
    assert made == ["x"]
    assert "Some step 1.2" in shown.getvalue()
    assert "cached  Some step" in shown.getvalue()


def test_other_inputs_other_result(tmp_path: Path) -> None:
    """Any input that differs leads to another folder; so does the step's name."""
    cache, _ = make(tmp_path)
    made: list[str] = []
    folders = {
        cache.result(step, inputs, writes("x", made))  # type: ignore[arg-type]
        for step in ("one", "two")
        for inputs in (["a"], ["b"], ["a", None], {"a": 1}, {"a": 2})
    }
    assert len(folders) == len(made) == 10


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_step_that_fails_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    """Neither an interrupt nor a full disk leaves gigabytes of objects."""
    cache, _ = make(tmp_path)

    def fill(folder: str) -> None:
        (Path(folder) / "object.o").write_bytes(bytes(1000))
        raise error

    with pytest.raises((KeyboardInterrupt, OSError)):
        cache.result("Some step", [], fill)
    assert [
        file for file in tmp_path.rglob("*") if file.is_file() and "locks" not in str(file)
    ] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            errno.ENOSPC,
            r"/a/b: No space left on device\nhelp: free some space, or set ROCKETPY_CAC",
        ),
        (errno.EROFS, r"/a/b: Read-only file system\nhelp: set ROCKETPY_CACHE_DIR or --output"),
        (errno.EACCES, r"/a/b: Permission denied\nhelp: set ROCKETPY_CACHE_DIR or --output"),
    ],
)
def test_errors_of_a_disk(code: int, text: str) -> None:
    """They are one error with the path and the remedy, and no traceback."""

    @disk_errors()
    def fail() -> None:
        raise OSError(code, os.strerror(code), "/a/b")

    with pytest.raises(BuildError, match=text):
        fail()


def test_other_errors_of_the_system() -> None:
    """An error that is none of the disk's is not hidden."""
    with pytest.raises(ConnectionResetError), disk_errors():
        raise ConnectionResetError(errno.ECONNRESET, "reset")


def test_interrupted_step_begins_again(tmp_path: Path) -> None:
    """What a step left when it failed is not taken for its result, nor found by the next."""
    cache, shown = make(tmp_path)

    def fails(folder: str) -> None:
        with open(f"{folder}/half", "w", encoding="utf-8"):
            pass
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.result("step", [], fails)
    assert "failed after" in shown.getvalue()

    def again(folder: str) -> None:
        assert os.listdir(folder) == []

    cache.result("step", [], again)


def test_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    """A build that was killed in a step does not keep the next one out."""
    cache, _ = make(tmp_path)
    program = (
        "import sys, time\n"
        "from rocketpy.packaging.steps.cache import Cache\n"
        "from rocketpy.packaging.steps.progress import Progress\n"
        "def make(folder):\n"
        "    open(folder + '/half', 'w').close()\n"
        "    print('in it', flush=True)\n"
        "    time.sleep(600)\n"
        "Cache(sys.argv[1], Progress()).result('step', [], make)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "in it\n"
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
    process.stdout.close()
    made: list[str] = []
    cache.result("step", [], writes("whole", made))  # type: ignore[arg-type]
    assert made == ["whole"]


def test_two_at_once_make_one(tmp_path: Path) -> None:
    """Of two builds that want the same result, the second waits for the first and takes its."""
    made: list[str] = []
    entered, go = threading.Event(), threading.Event()
    first_cache, _ = make(tmp_path)
    second_cache, shown = make(tmp_path)

    def slow(folder: str) -> None:
        entered.set()
        assert go.wait(WAIT_SECONDS)
        made.append(folder)

    class Waits(io.StringIO):
        def write(self, text: str) -> int:
            if "waiting for another build" in text:
                go.set()
            return shown.write(text)

    second_cache.progress = Progress(Waits())
    results: list[str] = []
    first = threading.Thread(target=lambda: results.append(first_cache.result("step", [], slow)))
    first.start()
    assert entered.wait(WAIT_SECONDS)
    results.append(second_cache.result("step", [], slow))
    first.join(WAIT_SECONDS)
    assert len(made) == 1
    assert len(set(results)) == 1
    assert "waiting for another build" in shown.getvalue()


def test_digests(tmp_path: Path) -> None:
    """Files and folders have a digest of their content, names included, bytecode apart."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_text("1")
    before = tree_digest(str(tmp_path))
    (tmp_path / "a" / "__pycache__").mkdir()
    (tmp_path / "a" / "__pycache__" / "x.pyc").write_text("bytecode")
    assert tree_digest(str(tmp_path)) == before
    (tmp_path / "a" / "x.py").rename(tmp_path / "a" / "y.py")
    assert tree_digest(str(tmp_path)) != before
    assert file_digest(str(tmp_path / "a" / "y.py")).startswith("6b86b273ff34fce1")
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})


def test_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROCKETPY_CACHE_DIR, else the user's cache folder."""
    monkeypatch.setenv("ROCKETPY_CACHE_DIR", "/x")
    assert default_root() == "/x"
    monkeypatch.delenv("ROCKETPY_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/y")
    assert default_root() == "/y/rocketpy"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/z")
    assert default_root() == "/z/.cache/rocketpy"
