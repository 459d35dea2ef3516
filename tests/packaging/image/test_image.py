"""The image from scratch, under docker or podman's own engine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import uuid
from typing import TYPE_CHECKING

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
    [told] = json.loads(docker("image", "inspect", demo))
    assert told["Config"]["User"] == images.USER
    assert told["Config"]["Entrypoint"] == ["/app"]
    assert told["Config"]["Healthcheck"]["Test"] == ["CMD", "/app", "health"]
    assert told["Config"]["Labels"]["org.opencontainers.image.title"]


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
    """By its own probe, as whoever runs it."""
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
    told = docker("exec", container, "/app", "config", "show")
    assert told.startswith("profile: debug\n")


def test_a_mounted_file_configures_it(demo: str, containers: list[str], tmp_path: Path) -> None:
    """In the place of the one inside; a wrong one is told with its line, and ends with 78."""
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


def test_who_has_images_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is neither docker nor podman, both are named."""
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
def test_what_is_no_toml_makes_no_image(tmp_path: Path, text: str, problem: str) -> None:
    """What would not start is not built."""
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
            ["Rocket.toml holds the secret `default.db.password`"],
        ),
    ],
)
def test_what_will_go_wrong_is_told(tmp_path: Path, text: str, warnings: list[str]) -> None:
    """An address that nobody reaches, and secrets that everybody reads."""
    (tmp_path / "Rocket.toml").write_text(text)
    (tmp_path / "program").write_text("")
    made = images.image(str(tmp_path / "program"), str(tmp_path))
    assert [told[: len(start)] for told, start in zip(made.warnings, warnings, strict=True)] == (
        warnings
    )


def test_an_image_is_the_same_again(tmp_path: Path) -> None:
    """The same content makes the same image; a name that cannot be one is refused."""
    (tmp_path / "program").write_text("x")
    first, second = (images.image(str(tmp_path / "program"), str(tmp_path)) for _ in range(2))
    assert (first.id, first.archive) == (second.id, second.archive)
    with pytest.raises(BuildError, match="cannot be an image's name"):
        images.image(str(tmp_path / "program"), str(tmp_path), names=["No Name"])
