"""The image from scratch, run by docker."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.image import container_engine as engines
from rocketpy.packaging.image import image as images
from tests.processes import wait_for
from tests.support import ROOT, SECONDS, get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rocketpy.packaging.executable import Built

NAME = f"rocketpy-test-{uuid.uuid4().hex[:12]}"


def docker(*arguments: str, check: bool = True) -> str:
    """Run docker to its end, and return what it prints."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).strip()


@pytest.fixture(scope="module")
def demo(executable: Built) -> Iterator[str]:
    """Make the demo's image; it is removed in the end."""
    try:
        engines.find("docker")
    except BuildError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    made = images.image(executable.path, str(ROOT), names=[NAME])
    assert not made.warnings
    engines.load("docker", made.archive)
    yield NAME
    docker("image", "rm", "--force", NAME)


@pytest.fixture
def containers() -> Iterator[list[str]]:
    """Remove afterwards what a test has started."""
    started: list[str] = []
    yield started
    for container in started:
        docker("rm", "--force", container, check=False)


def start(containers: list[str], demo: str, *options: str, port: int = 8000) -> tuple[str, str]:
    """Start a container; return its identifier and its URL."""
    published = ("--publish", f"127.0.0.1::{port}")
    container = docker("run", "--detach", *published, *options, demo).splitlines()[-1]
    containers.append(container)
    address = docker("port", container, str(port)).splitlines()[0]
    return container, f"http://{address}"


def exit_code(container: str) -> int:
    """Wait for a container's end, and return its exit code."""
    return int(docker("wait", container))


def test_it_holds_nothing_else(demo: str) -> None:
    """The executable, Rocket.toml and profiles/; a user without rights, a health check, labels."""
    saved = subprocess.run(
        ["docker", "save", demo], capture_output=True, timeout=SECONDS, check=True
    ).stdout
    names = set()
    with tarfile.open(fileobj=io.BytesIO(saved)) as tar:
        manifest = json.loads(_read(tar, "manifest.json"))
        for layer in manifest[0]["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(_read(tar, layer))) as inner:
                names |= {member.name.rstrip("/") for member in inner}
    profiles = {f"profiles/{name}" for name in os.listdir(ROOT / "profiles")}
    assert names - {"", "."} == {"app", "Rocket.toml", "profiles"} | profiles
    [inspected] = json.loads(docker("image", "inspect", demo))
    assert inspected["Config"]["User"] == images.USER
    assert inspected["Config"]["Entrypoint"] == ["/app"]
    assert inspected["Config"]["Healthcheck"]["Test"] == ["CMD", "/app", "health"]
    assert inspected["Config"]["ExposedPorts"] == {"8000/tcp": {}}
    assert inspected["Config"]["Labels"]["org.opencontainers.image.title"]


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def test_the_demo_answers(demo: str, containers: list[str]) -> None:
    """As it does from source; `docker stop` ends it with 0, well before docker would kill it."""
    container, url = start(containers, demo)
    assert get(f"{url}/")[2].startswith("This is a dummy landing page")
    assert get(f"{url}/api/hello?name=A&occupation=B")[2] == "Hello A, you are a B.\n"
    assert docker("exec", container, "/app", "health").startswith("healthy: ")
    docker("stop", "--time", str(SECONDS), container)
    assert exit_code(container) == 0


def test_it_gets_healthy(demo: str, containers: list[str]) -> None:
    """By its own health check, as any user."""
    container, _ = start(containers, demo, "--health-interval=1s")
    status = ("inspect", "--format", "{{.State.Health.Status}}", container)
    wait_for(lambda: docker(*status) == "healthy")


def test_it_runs_with_nothing_around(demo: str, containers: list[str]) -> None:
    """On a root that cannot be written, as any user, without capabilities."""
    bare = ("--read-only", "--user=12345:12345", "--cap-drop=ALL")
    _, url = start(containers, demo, *bare)
    assert get(f"{url}/api/hello?name=A")[0] == 200


def test_variables_configure_it(demo: str, containers: list[str]) -> None:
    """ROCKET_PORT and ROCKET_PROFILE, by -e."""
    variables = ("--env=ROCKET_PORT=9001", "--env=ROCKET_PROFILE=debug")
    container, url = start(containers, demo, *variables, port=9001)
    assert get(f"{url}/api/hello?name=A")[0] == 200
    shown = docker("exec", container, "/app", "config", "show")
    assert shown.startswith("profile: debug\n")


def test_a_mounted_file_configures_it(demo: str, containers: list[str], tmp_path: Path) -> None:
    """It replaces the one inside; a wrong one is reported with its line, and ends with 78."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[default]\naddress = "0.0.0.0"\nport = 9002\n')
    bad.write_text("[default]\nport = 70000\n")
    _, url = start(containers, demo, f"--volume={good}:/Rocket.toml:ro", port=9002)
    assert get(f"{url}/api/hello?name=A")[0] == 200
    container = docker("create", f"--volume={bad}:/Rocket.toml:ro", demo)
    containers.append(container)
    docker("start", container)
    assert exit_code(container) == 78
    assert "Rocket.toml:2:8" in docker("logs", container)


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without docker and podman, the error names both."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuildError, match=r"docker: not installed\n  podman: not installed"):
        engines.find()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[default", "Rocket.toml cannot be used"),
        ("address = '\x00'", "Rocket.toml cannot be used"),
    ],
)
def test_invalid_toml(tmp_path: Path, text: str, problem: str) -> None:
    """An image that could not start is not made."""
    (tmp_path / "Rocket.toml").write_text(text)
    (tmp_path / "program").write_text("")
    with pytest.raises(BuildError, match=problem):
        images.image(str(tmp_path / "program"), str(tmp_path))


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("[default]\naddress = '0.0.0.0'", []),
        ("[default]\nport = 1", ["the service listens on 127.0.0.1 alone"]),
        (
            "[default]\naddress = '::'\ndb.password = 'x'",
            ["Rocket.toml contains the secret `default.db.password`"],
        ),
    ],
)
def test_warnings(tmp_path: Path, text: str, warnings: list[str]) -> None:
    """An address that accepts no connection from outside, and secrets that everyone can read."""
    (tmp_path / "Rocket.toml").write_text(text)
    (tmp_path / "program").write_text("")
    made = images.image(str(tmp_path / "program"), str(tmp_path))
    assert [text[: len(start)] for text, start in zip(made.warnings, warnings, strict=True)] == (
        warnings
    )


def test_an_image_is_the_same_again(tmp_path: Path) -> None:
    """The same content makes the same image; a name that cannot be one is refused."""
    (tmp_path / "program").write_text("x")
    first, second = (images.image(str(tmp_path / "program"), str(tmp_path)) for _ in range(2))
    assert (first.id, first.archive) == (second.id, second.archive)
    with pytest.raises(BuildError, match="is no valid name of an image"):
        images.image(str(tmp_path / "program"), str(tmp_path), names=["No Name"])


def config(image: images.Image) -> dict[str, Any]:
    """Return an image's configuration, from its archive."""
    with tarfile.open(fileobj=io.BytesIO(image.archive)) as tar:
        name = json.loads(_read(tar, "manifest.json"))[0]["Config"]
        found: dict[str, Any] = json.loads(_read(tar, name))
    return found


def contents(image: images.Image) -> dict[str, tuple[bytes, int]]:
    """Return the files of an image by their paths, with their modes."""
    found: dict[str, tuple[bytes, int]] = {}
    with tarfile.open(fileobj=io.BytesIO(image.archive)) as tar:
        for layer in json.loads(_read(tar, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(_read(tar, layer))) as inner:
                files = [member for member in inner if member.isfile()]
                found |= {m.name: (_read(inner, m.name), m.mode) for m in files}
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project's folder with a program and no repository around it."""
    (tmp_path / "program").write_text("x")
    (tmp_path / "app.py").touch()
    os.utime(tmp_path / "app.py", (1_000_000_000, 1_000_000_000))
    return tmp_path


def made(folder: Path, *add: str) -> images.Image:
    return images.image(str(folder / "program"), str(folder), add=add)


def test_added_files(folder: Path) -> None:
    """Files and folders stand where the option says, or where they are in the project."""
    (folder / "data" / "inner").mkdir(parents=True)
    (folder / "data" / "inner" / "list.txt").write_text("1")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o755)
    (folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    image = made(folder, "data", "run.sh:/bin/run", f"{folder}/ca.pem:/etc/ssl/cert.pem")
    assert contents(image) == {
        "app": (b"x", 0o555),
        "data/inner/list.txt": (b"1", 0o444),
        "bin/run": (b"#!/bin/sh", 0o555),
        "etc/ssl/cert.pem": (b"-----BEGIN CERTIFICATE-----", 0o444),
    }
    assert not any("is left out" in warning for warning in image.warnings)


def test_secrets_do_not_go_in_unnoticed(folder: Path) -> None:
    """From a folder they are left out; one that is named itself is added; both with a warning."""
    (folder / "data").mkdir()
    for name, text in {
        ".env": "A=1",
        "prod.env": "A=1",
        "id_ed25519": "",
        "tls.pem": "-----BEGIN RSA PRIVATE KEY-----\n",
        "list.txt": "",
    }.items():
        (folder / "data" / name).write_text(text)
    image = made(folder, "data")
    assert set(contents(image)) == {"app", "data/list.txt"}
    left_out = [warning for warning in image.warnings if "is left out of the image" in warning]
    assert [warning.partition(" ")[0].rpartition("/")[2] for warning in left_out] == [
        ".env",
        "id_ed25519",
        "prod.env",
        "tls.pem",
    ]
    named = made(folder, "data/tls.pem:/tls.pem")
    assert "tls.pem" in contents(named)
    assert any("is in the image" in w and "a private key" in w for w in named.warnings)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("missing", "--add missing: No such file or directory"),
        ("app.py:data", "must be absolute"),
        ("app.py:/a/../b", "must be absolute"),
        ("app.py:/app", "/app is the image's own"),
        ("app.py:/Rocket.toml", "/Rocket.toml is the image's own"),
    ],
)
def test_files_that_cannot_be_added(folder: Path, word: str, problem: str) -> None:
    """The error has the argument and the reason."""
    with pytest.raises(BuildError, match=problem):
        made(folder, word)


def test_the_time_of_an_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH, else the last commit, else the newest of the sources; never 1970."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert config(made(folder))["created"] == "2001-09-09T01:46:40Z"
    environment = {**os.environ, "GIT_COMMITTER_DATE": "1100000000 +0000"}
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    commit = [*git, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=folder, env=environment, check=True)
    assert config(made(folder))["created"] == "2004-11-09T11:33:20Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1200000000")
    assert config(made(folder))["created"] == "2008-01-10T21:20:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH is 'soon'"):
        made(folder)


@pytest.mark.parametrize(
    ("text", "overlay", "port"),
    [
        ("", "", 8000),
        ("[default]\nport = 1", "", 1),
        ("[default]\nport = 1\n[release]\nport = 2\n[debug]\nport = 3", "", 2),
        ("[default]\nport = 1\n[release]\nport = 2", "port = 4", 4),
        ("[global]\nport = 5\n[release]\nport = 2", "port = 4", 5),
        ("[default]\nport = '1'", "", 8000),
    ],
)
def test_the_port_of_an_image(folder: Path, text: str, overlay: str, port: int) -> None:
    """The image exposes the port that the profile `release` has."""
    (folder / "Rocket.toml").write_text(text)
    if overlay:
        (folder / "profiles").mkdir()
        (folder / "profiles" / "release.toml").write_text(overlay)
    assert config(made(folder))["config"]["ExposedPorts"] == {f"{port}/tcp": {}}
