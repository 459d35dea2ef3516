"""The executable as its users meet it: started, sent requests, ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.executable import build
from tests.conformance import check
from tests.conformance.vectors import differences, load
from tests.packaging.conftest import QUICK, cache_root, required
from tests.processes import children
from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.packaging.executable import Built
    from tests.packaging.conftest import Project

BUDGET = tomllib.loads((Path(__file__).parent / "budget.toml").read_text(encoding="utf-8"))["quick"]
SAMPLE = [vector for vector in load() if vector.build == "release"][::4]


@contextmanager
def running(command: list[str], folder: Path, **env: str) -> Iterator[tuple[Any, str]]:
    """Run an executable with this environment alone; yield its process and its URL."""
    port = free_port()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={"ROCKET_PORT": str(port), "ROCKET_ADDRESS": "127.0.0.1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=SECONDS)


def run(command: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run an executable to its end."""
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def answer_of(url: str, what: str) -> Any:
    """Return what the project's service answers."""
    status, _, body = get(f"{url}/{what}")
    assert status == 200, body
    return json.loads(body)


def test_it_is_static(executable: Built) -> None:
    """It needs no loader and no library, and has no path to look for any."""
    headers = subprocess.run(
        ["readelf", "-lWd", executable.path], capture_output=True, text=True, check=True
    ).stdout
    assert "INTERP" not in headers
    assert not {"(NEEDED)", "(RPATH)", "(RUNPATH)"} & set(headers.split())
    shown = subprocess.run(["ldd", executable.path], capture_output=True, text=True, check=False)
    assert "statically linked" in shown.stdout + shown.stderr


def test_it_keeps_to_its_budget(executable: Built, packed: Built) -> None:
    """In both forms."""
    assert executable.size == Path(executable.path).stat().st_size <= BUDGET["plain"]
    assert packed.size == Path(packed.path).stat().st_size <= BUDGET["packed"]


def test_the_packed_form_is_the_same(packed: Built, tmp_path: Path) -> None:
    """It serves, takes arguments and variables, and ends on SIGTERM."""
    shown = run([packed.path, "config", "get", "port"], tmp_path, ROCKET_PORT="9")
    assert shown.stdout == "9\n"
    with running([packed.path], tmp_path) as (process, url):
        assert get(f"{url}/api/hello?name=A&occupation=B")[2] == "Hello A, you are a B.\n"
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 0


@pytest.mark.parametrize("vector", SAMPLE, ids=lambda vector: vector.name)
def test_it_agrees_with_rocket(executable: Built, vector: Any, tmp_path: Path) -> None:
    """A sample of the recorded answers of a release build of Rocket."""
    base = tmp_path / "a" / "b"
    base.mkdir(parents=True)
    answer = check.answer_of(vector, [executable.path, *check.DUMP], str(base))
    assert not differences(vector, answer)


def test_it_serves_when_it_is_run(executable: Built, tmp_path: Path) -> None:
    """The demo, with no Rocket.toml and nothing around it; SIGTERM ends it with 0."""
    with running([executable.path], tmp_path) as (process, url):
        assert get(f"{url}/")[2].startswith("This is a dummy landing page")
        hello = get(f"{url}/api/hello?name=Zo%C3%AB&occupation=%E7%8C%AB")
        assert hello == (200, "text/plain; charset=utf-8", "Hello Zoë, you are a 猫.\n")
        assert get(f"{url}/api/hello", accept="application/json")[0] == 422
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 0


def test_it_is_the_command(executable: Built, tmp_path: Path) -> None:
    """The same verbs, less those that build."""
    shown = run([executable.path, "--help"], tmp_path).stdout
    assert "config" in shown
    assert " build " not in shown
    assert (
        run([executable.path, "config", "get", "port"], tmp_path, ROCKET_PORT="9").stdout == "9\n"
    )
    assert run([executable.path, "build"], tmp_path).returncode == 2
    assert run([executable.path, "config", "get", "log_level"], tmp_path).stdout == "critical\n"


def test_a_bad_configuration_is_refused(executable: Built, tmp_path: Path) -> None:
    """With the line, and 78; nothing is served."""
    (tmp_path / "Rocket.toml").write_text("[default]\nport = 70000\nworkers = 'x'\n")
    done = run([executable.path], tmp_path)
    assert done.returncode == 78
    assert "Rocket.toml:2:8" in done.stderr
    assert "Rocket.toml:3:11" in done.stderr


def test_nothing_around_it_changes_what_it_does(away: Path) -> None:
    """Neither Python's variables, nor modules that lie about, nor a folder that is not there."""
    (away / "json.py").write_text("raise SystemExit('a stray module')\n")
    (away / "sitecustomize.py").write_text("raise SystemExit('a stray module')\n")
    strange = {
        "PYTHONPATH": str(away),
        "PYTHONHOME": str(away),
        "PYTHONOPTIMIZE": "0",
        "PYTHONUTF8": "0",
        "PYTHONINSPECT": "1",
        "PYTHONSTARTUP": str(away / "json.py"),
        "LC_ALL": "tlh_KX.EBCDIC",
        "TMPDIR": "/nowhere",
    }
    with running([str(away / "asking")], away, **strange) as (_, url):
        assert answer_of(url, "flags") == [2, 1, 1, []]
        assert answer_of(url, "greeting") == "Hi"


def test_what_packages_bring_is_inside(away: Path, project: Project) -> None:
    """Their data, their metadata, what `include` names; encodings that no import names."""
    with running([str(away / "asking")], away) as (_, url):
        assert answer_of(url, "data") == ["circle\n", "1", ["names", "one.bin"]]
        assert answer_of(url, "version").startswith("4.")
        assert answer_of(url, "named") == ["shapes", "shapes"]
        assert answer_of(url, "encodings") == "ä€βόλοσ猫\\xe9"
    names = {
        part["name"] for part in json.loads(Path(project.built.sbom).read_text())["components"]
    }
    assert {"python", "pydantic-core", "falcon", "waitress", "pyembed", "glibc"} <= names
    licences = os.listdir(project.built.licences)
    assert any(name.startswith("falcon-") for name in licences)
    assert "python.txt" in licences


def test_what_was_left_out_says_so(away: Path) -> None:
    """By the name of the module, and of the key that brings it in."""
    with running([str(away / "asking")], away) as (_, url):
        shown = answer_of(url, "absent")
    assert shown.startswith("No module named 'antigravity' in this executable")
    assert "`include` in [tool.rocketpy.build]" in shown


NSSWITCH = "passwd: files systemd\ngroup: files systemd\nhosts: files myhostname dns\n"


def test_names_are_looked_up_inside(away: Path) -> None:
    """Libraries that nsswitch.conf names are not loaded: a static program crashes in them."""
    (away / "nsswitch.conf").write_text(NSSWITCH)
    mount = f"mount --bind {away}/nsswitch.conf /etc/nsswitch.conf && exec {away}/asking"
    apart = ["unshare", "--mount"]
    command = [*apart, "sh", "-c", mount]
    allowed = subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0
    if not allowed or not Path("/etc/nsswitch.conf").exists():
        command = [str(away / "asking")]  # then this machine's own decides
    with running(command, away, PATH=os.defpath) as (_, url):
        expected = ["127.0.0.1", "KeyError", "KeyError", "gaierror", "~nobody-here", True]
        assert answer_of(url, "names") == expected


def test_what_needs_a_feature_says_so(executable: Built, tmp_path: Path) -> None:
    """HTTPS is refused by the name of the feature, not by the name of a module."""
    (tmp_path / "Rocket.toml").write_text("[default.tls]\ncerts = 'c.pem'\nkey = 'k.pem'\n")
    done = run([executable.path], tmp_path)
    assert done.returncode == 78
    assert "tls" in done.stderr
    assert "Traceback" not in done.stderr


def test_tracebacks_show_files_and_lines(away: Path) -> None:
    """Of the application's modules, without the frames of imports."""
    with running([str(away / "asking")], away) as (process, url):
        assert get(f"{url}/crash")[0] == 500
        os.kill(process.pid, signal.SIGTERM)
        log, errors = process.communicate(timeout=SECONDS)
    assert 'File "<app>/shapes/left.py", line 2, in fail' in log
    assert "RuntimeError: here" in log
    assert "bootstrap" not in log
    assert errors == ""  # there is one log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change a process's root")
def test_a_bare_root_is_enough(away: Path) -> None:
    """It needs no /proc, /tmp, /etc or /dev, and no name for its user; as PID 1 it ends in time."""
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot"]
    command = [*alone, "--userspec=12345:12345", str(away), "/asking"]
    os.chmod(away, 0o755)  # noqa: S103  (another user is to see it)
    with running(command, away, PATH=os.environ["PATH"]) as (process, url):
        assert answer_of(url, "greeting") == "Hi"
        [service] = children(process.pid)
        assert not list(away.glob("proc"))
        os.kill(service, signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 0


def test_a_build_is_the_same_again(project: Project, tmp_path: Path) -> None:
    """The same project gives the same bytes."""
    again = build(
        str(project.folder),
        output=str(tmp_path / "again"),
        recipe=QUICK,
        cache_root=cache_root(),
    )
    assert again.sha256 == project.built.sha256


def test_processes(away: Path) -> None:
    """Each method of `multiprocessing` starts children in the executable, by its absolute path."""
    with running(["./asking"], away) as (_, url):
        assert answer_of(url, "program") == f"{away}/./asking"
        assert answer_of(url, "processes") == [[2, 4, 6]] * 3


def test_modules_beside_the_project(away: Path) -> None:
    """Modules on Python's path are included, as are those that C code imports."""
    with running([str(away / "asking")], away) as (_, url):
        assert answer_of(url, "time") == [2026, 5]


def test_an_encoding_that_was_left_out(away: Path) -> None:
    """It says how to include it."""
    with running([str(away / "asking")], away) as (_, url):
        assert "'encodings.iso2022_jp' to `include`" in answer_of(url, "missing_encoding")


def test_output_comes_at_once(away: Path) -> None:
    """Lines on stdout are not kept back until a buffer is full, as a service's log wants it."""
    with running([str(away / "asking")], away, ROCKET_LOG_LEVEL="normal") as (process, url):
        get(f"{url}/greeting")
        readable = select.select([process.stdout], [], [], SECONDS)[0]
        assert readable == [process.stdout]


BROKEN = {
    "import missing_package": "app → missing_package: No module named 'missing_package'",
    "import helper": "app → helper → missing_package: No module named 'missing_package'",
    "helper = 1": "the module app has no app",
}


@pytest.mark.parametrize("source", BROKEN)
def test_what_cannot_start_is_not_built(tmp_path: Path, source: str) -> None:
    """The executable is run once after it is linked: no file is written if an import fails."""
    required()
    (tmp_path / "app.py").write_text(source)
    (tmp_path / "helper.py").write_text("import missing_package")
    with pytest.raises(BuildError) as refused:
        build(
            str(tmp_path),
            output=str(tmp_path / "out" / "app"),
            recipe=QUICK,
            cache_root=cache_root(),
        )
    assert "the executable cannot start" in str(refused.value)
    assert BROKEN[source] in str(refused.value)
    assert not list((tmp_path / "out").iterdir())
