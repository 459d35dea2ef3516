"""`rocketpy launch`: the lines that it prints, and how it fails."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.support import SECONDS, Place, free_port, get

APP = "import rocketpy\napp = rocketpy.App()\n"


def launched(place: Place, env: dict[str, str], *arguments: str) -> str:
    """Launch, stop the service after its first answer, and return what it printed."""
    port = free_port()
    process = place.start("launch", *arguments, env={"ROCKET_PORT": str(port)} | env)
    get(f"http://127.0.0.1:{port}/")
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    return out.replace(str(port), "PORT")


def test_the_lines_are_rockets(place: Place) -> None:
    """The launch lines are Rocket's, without colours where there is no terminal."""
    place.write("app.py", APP)
    variables = {"ROCKET_WORKERS": "2", "TMPDIR": "/tmp", "ROCKET_ACCESS_LOG": "off"}  # noqa: S108
    assert launched(place, variables) == (
        "Configured for debug.\n"
        "   >> address: 127.0.0.1\n"
        "   >> port: PORT\n"
        "   >> workers: 2\n"
        "   >> max blocking threads: 512\n"
        "   >> ident: Rocket\n"
        "   >> IP header: X-Real-IP\n"
        "   >> limits: bytes = 8KiB, data-form = 2MiB, file = 1MiB, form = 32KiB, json = 1MiB, "
        "msgpack = 1MiB, string = 8KiB\n"
        "   >> temp dir: /tmp\n"
        "   >> keep-alive: 5s\n"
        "   >> tls: disabled\n"
        "   >> shutdown: ctrlc = true, force = true, signals = [SIGTERM], grace = 2s, mercy = 3s\n"
        "   >> log level: normal\n"
        "   >> cli colors: true\n"
        "   >> secret key: [generated]\n"
        "Warning: secrets enabled without a stable `secret_key`\n"
        "   >> signed cookies end with this process: configure a `secret_key`\n"
        "Rocket has launched from http://127.0.0.1:PORT\n"
        "Warning: Received SIGTERM. Requesting shutdown.\n"
        "Shutdown requested. Waiting for pending I/O...\n"
        "Graceful shutdown completed successfully.\n"
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("off", ""),
        (
            "critical",
            (
                "Warning: secrets enabled without a stable `secret_key`\n"
                "Rocket has launched from http://127.0.0.1:PORT\n"
                "Warning: Received SIGTERM. Requesting shutdown.\n"
            ),
        ),
    ],
)
def test_the_level_is_obeyed(place: Place, level: str, expected: str) -> None:
    """`critical` prints warnings and the address; `off` nothing at all."""
    place.write("app.py", APP)
    assert launched(place, {"ROCKET_LOG_LEVEL": level}) == expected


def test_debug_shows_where_keys_are_from(place: Place) -> None:
    """At `debug` the source of every key is printed first."""
    place.write("app.py", APP)
    place.write("Rocket.toml", '[default]\nlog_level = "debug"\n')
    out = launched(place, {})
    assert out.startswith("-- configuration trace information --\n")
    assert '   >> "log_level" parameter source: TOML file (Rocket.toml)\n' in out


def test_what_is_deprecated_or_misspelt_is_warned_about(place: Place) -> None:
    """Deprecated keys and profiles are reported in Rocket's words, near misses with their line."""
    place.write("app.py", APP)
    place.write("Rocket.toml", '[default]\nlog = "x"\nworker = 1\n[development]\n')
    out = launched(place, {})
    assert "Warning: found value for deprecated config key `log`\n" in out
    assert "   >> key has been by replaced by `log_level`\n" in out
    assert "Warning: found set deprecated profile `development`\n" in out
    assert "did you mean `workers`?" in out
    assert "   >> at Rocket.toml:3:" in out


def test_any_wsgi_callable_can_be_launched(place: Place) -> None:
    """A WSGI application that is not a rocketpy.App is served with the same configuration."""
    place.write(
        "plain.py",
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '2')])\n"
        "    return [b'ok']\n",
    )
    assert "Rocket has launched" in launched(place, {}, "plain")


@pytest.mark.parametrize(
    ("files", "argument", "expected"),
    [
        ({}, "missing:app", "there is no module `missing`: looked for missing.py in "),
        ({"app.py": ""}, "app:app", "there is no `app` in the module `app`"),
        (
            {"app.py": "app = 5"},
            "app:app",
            "`app:app` is of the type int, which is not a WSGI application",
        ),
        ({"app.py": "1/0"}, "app:app", "ZeroDivisionError: division by zero"),
        ({"app.py": "import nowhere"}, "app:app", "No module named 'nowhere'"),
        ({}, "a b", "`a b` does not name an application: write module:app"),
    ],
)
def test_no_application(place: Place, files: dict[str, str], argument: str, expected: str) -> None:
    """A module or a name that does not exist is one clear error, and exit code 1."""
    for name, text in files.items():
        place.write(name, text)
    run = place.run("launch", argument)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("Error: ")
    assert expected in run.stderr
    assert "rocketpy/" not in run.stderr


def test_port_taken(place: Place) -> None:
    """A port that is in use is one clear error, and exit code 1."""
    place.write("app.py", APP)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = place.run("launch", env={"ROCKET_PORT": str(port)})
    assert run.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: the port is taken" in run.stderr


def test_address_not_ours(place: Place) -> None:
    """An address of another machine is one clear error, and exit code 1."""
    place.write("app.py", APP)
    run = place.run("launch", env={"ROCKET_ADDRESS": "192.0.2.1"})
    assert run.returncode == 1
    assert "the address is not on this machine" in run.stderr


@pytest.mark.parametrize("how", [("launch",), ("launch", "plain")])
def test_all_errors_at_once(place: Place, how: tuple[str, ...]) -> None:
    """All errors are printed with their lines; nothing is bound; the exit code is 78."""
    place.write("app.py", APP)
    place.write("plain.py", "def app(environ, start_response): ...\n")
    place.write("Rocket.toml", '[default]\nworkers = -1\nport = 70000\nkeep_alive = "x"\n')
    run = place.run(*how)
    assert (run.returncode, run.stdout) == (78, "")
    # Rocket's first, by the names of keys; then as the file has them.
    positions = [run.stderr.index(f"Rocket.toml:{line}:") for line in (4, 2, 3)]
    assert positions == sorted(positions)
    assert "    3 | port = 70000\n" in run.stderr.replace("         ", "    ")
    assert "Traceback" not in run.stderr


def test_a_script_of_its_own(place: Place) -> None:
    """`python app.py` ends with 78 and the same report."""
    import subprocess
    import sys

    place.write("app.py", APP + "raise SystemExit(rocketpy.launch(app))\n")
    place.write("Rocket.toml", "[default]\nport = 70000\n")
    run = subprocess.run(
        [sys.executable, "app.py"],
        cwd=place.folder,
        env=place.environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 78
    assert run.stderr.startswith("Error: Failed to extract valid configuration.\n")
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ("tls = { certs = 'c', key = 'k' }", "c cannot be read: No such file or directory"),
        ("workers = 0", "Worker threads cannot be set to 0"),
        ("max_blocking = 0", "Max blocking threads cannot be set to 0"),
    ],
)
def test_what_cannot_be_honoured_is_refused(place: Place, toml: str, text: str) -> None:
    """A key that the server cannot honour stops the start; it is not ignored."""
    place.write("app.py", APP)
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    run = place.run("launch")
    assert run.returncode == 78
    assert text in run.stderr
    assert "Rocket.toml:2:" in run.stderr


FACTORY = """
import falcon, falcon.asgi, rocketpy

def create_app():
    app = rocketpy.App()
    app.add_route("/", Index())
    return app

class Index:
    def on_get(self, request, response):
        response.text = "made"

def broken():
    raise RuntimeError("no database")

asgi = falcon.asgi.App()
"""


def test_factory(place: Place) -> None:
    """`module:create_app()` is the application that the function makes."""
    place.write("app.py", FACTORY)
    port = free_port()
    place.start("launch", "app:create_app()", env={"ROCKET_PORT": str(port)})
    assert get(f"http://127.0.0.1:{port}/")[2] == "made"
    assert "GET" in place.run("routes", "app:create_app()").stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("app:create_app", "`app:create_app` takes no arguments, so it makes an application"),
        ("app:asgi", "`app:asgi` is an ASGI application"),
        ("app:asgi()", "failed:"),
        ("app:broken()", "RuntimeError: no database"),
        ("app:Index", "`app:Index` is a class"),
    ],
)
def test_not_served(place: Place, name: str, words: str) -> None:
    """What cannot be served is refused in one sentence that says what to do."""
    place.write("app.py", FACTORY)
    done = place.run("launch", name)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--port", "9000"), "set ROCKET_PORT"),
        (("--workers=2",), "set ROCKET_WORKERS"),
        (("--host", "0.0.0.0"), "set ROCKET_ADDRESS"),
        (("app:app", "--log-level", "debug"), "set ROCKET_LOG_LEVEL"),
        (("--profile", "release"), "set by ROCKET_PROFILE"),
        (("--bind=0.0.0.0:80",), "set ROCKET_ADDRESS"),
        (("--threads", "4"), "set ROCKET_MAX_BLOCKING"),
        (("--config", "x.toml"), "named by ROCKET_CONFIG"),
        (("-p", "80"), "ROCKET_PORT is the port"),
        (("--reload",), "by `rocketpy reload`"),
    ],
)
def test_keys_are_no_options(place: Place, arguments: tuple[str, ...], expected: str) -> None:
    """Who looks for an option of that name learns where the key is set."""
    run = place.run("launch", *arguments)
    assert run.returncode == 2
    assert "unrecognized arguments" in run.stderr
    assert expected in run.stderr
