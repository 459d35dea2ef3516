"""A new generation takes over: what it takes with it, and what happens when it cannot."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from rocketpy.server.listener import Listener
from rocketpy.server.process.control import Children
from rocketpy.server.process.reload import Generation, own_command
from rocketpy.server.process.signal_queue import SignalQueue
from tests.processes import children, runs, wait_for
from tests.support import ROOT, SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from collections.abc import Callable

APP = """\
import os, time
import rocketpy

while os.path.exists("wait"):
    time.sleep(0.01)

class Settings(rocketpy.Config):
    greeting: str = "first"

class Index:
    def on_get(self, request, response):
        response.text = f"{app.config.greeting}"

class Slow:
    def on_get(self, request, response):
        open("began", "w").close()
        time.sleep(float(request.get_param("seconds")))
        response.text = f"slow {app.config.greeting}"

app = rocketpy.App(Settings)
app.add_route("/", Index())
app.add_route("/slow", Slow())

if __name__ == "__main__":
    raise SystemExit(rocketpy.launch(app))
"""


class Served:
    """A service, and what it printed; standard error goes with standard output."""

    def __init__(self, place: Place, workers: int = 1, **env: str) -> None:
        self.place = place
        place.write("app.py", APP)
        self.port = free_port()
        self.env = {"ROCKET_PORT": str(self.port), "ROCKET_WORKERS": str(workers)} | env
        self.command = [sys.executable, "-m", "rocketpy", "launch"]
        self.out = place.folder / "out"

    def start(self) -> Served:
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.place.folder,
                env=self.place.environment() | self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.wait_for("Rocket has launched")
        return self

    def get(self, path: str = "/") -> str:
        return get(f"http://127.0.0.1:{self.port}{path}")[2]

    def configure(self, *lines: str) -> None:
        self.place.write("Rocket.toml", "\n".join(["[default]", *lines, ""]))

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def wait_for(self, text: str, times: int = 1) -> None:
        wait_for(lambda: self.out.read_text().count(text) >= times)

    def reload(self, *lines: str, times: int = 1) -> None:
        """Write a configuration, request a reload, and wait until it has taken place."""
        self.configure(*lines)
        self.hang_up()
        self.wait_for("Rocket has been reloaded", times)

    def says(self, greeting: str) -> None:
        """Wait until new connections get this answer: the generations learn of it one by one."""
        wait_for(lambda: self.get() == greeting)

    def ask_slow(
        self, seconds: float, generation: str = "first"
    ) -> tuple[list[str], threading.Thread]:
        """Begin a request that takes so long; return where its answer will be, and when.

        Args:
            seconds: How long it takes.
            generation: which one is to answer, by its greeting.
        """
        answers: list[str] = []
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

        def greeting() -> str:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()

        # The greeting may be the old generation's for a moment; then that closes the connection.
        wait_for(lambda: greeting() == generation)

        def ask() -> None:
            try:
                connection.request("GET", f"/slow?seconds={seconds}")
                answers.append(connection.getresponse().read().decode())
            except (OSError, http.client.HTTPException) as error:
                answers.append(repr(error))
            connection.close()

        client = threading.Thread(target=ask, daemon=True)
        client.start()
        wait_for((self.place.folder / "began").exists)
        return answers, client

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it; return the exit code and all that was printed."""
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        return code, self.out.read_text()


@pytest.fixture
def served(place: Place, request: pytest.FixtureRequest) -> Callable[..., Served]:
    """Make services, and end what still runs of them after the test."""

    def serve(workers: int = 1, **env: str) -> Served:
        service = Served(place, workers, **env)
        request.addfinalizer(lambda: kill(service.process))
        return service

    return serve


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a service; its workers, and a newer generation, end when they see it gone."""
    if process.poll() is None:
        process.kill()
    process.wait(SECONDS)


FAILURES = [
    ("keep_alive = -1", APP, ["Rocket.toml:2:14", "the new process ended with exit code 78."]),
    ("", "import nowhere", ["No module named 'nowhere'", "ended with exit code 1."]),
    ("", "import os; os._exit(0)", ["ended with exit code 0."]),
    ("", "import os; os.kill(os.getpid(), 9)", ["was killed by SIGKILL."]),
]
"""A line of Rocket.toml and an app.py that cannot be launched, and what is reported."""

both = pytest.mark.parametrize("workers", [1, 2])


@both
def test_the_configuration_and_the_code_are_new(
    served: Callable[..., Served], place: Place, workers: int
) -> None:
    """What Rocket.toml says now holds, and the code that is there now runs; the pid stays."""
    service = served(workers).start()
    assert service.get() == "first"
    place.write("app.py", APP.replace("greeting}", "greeting} again"))
    service.reload("greeting = 'second'")
    service.says("second again")
    code, out = service.end()
    assert code == 0
    assert out.endswith("Graceful shutdown completed successfully.\n")
    assert out.count("Received SIGTERM") == 1


@both
def test_what_cannot_be_launched_changes_nothing(
    served: Callable[..., Served], place: Place, workers: int
) -> None:
    """The errors are reported as at a launch, and the old generation goes on."""
    service = served(workers).start()
    for times, (line, app, reported) in enumerate(FAILURES, start=1):
        place.write("app.py", app)
        service.configure(line)
        service.hang_up()
        service.wait_for("Reload failed", times)
        assert service.get() == "first"
        for text in reported:
            assert text in service.out.read_text()
    assert service.end()[0] == 0


def test_a_reload_can_change_how_many_work(served: Callable[..., Served]) -> None:
    """From one process to several, and back."""
    service = served()
    del service.env["ROCKET_WORKERS"]
    service.configure("workers = 1")
    service.start()
    for times, workers in enumerate((3, 1), start=1):
        service.reload(f"workers = {workers}", times=times)
        wait_for(lambda: len(children(service.process.pid)) == 1)
        generation = children(service.process.pid)[0]
        assert len(children(generation)) == (workers if workers > 1 else 0)
    assert service.end()[0] == 0


def test_the_address_stays(served: Callable[..., Served]) -> None:
    """A new port is not taken, and that is reported."""
    service = served()
    port = service.env.pop("ROCKET_PORT")
    service.configure(f"port = {port}")
    service.start()
    other = free_port()
    service.reload(f"port = {other}", "greeting = 'second'")
    service.says("second")
    reported = f"Warning: A reload cannot move the service to 127.0.0.1:{other}: a restart can.\n"
    assert reported in service.end()[1]


@both
def test_the_old_generation_takes_its_time(served: Callable[..., Served], workers: int) -> None:
    """A request that was begun is answered, though it takes longer than a shutdown would give."""
    service = served(workers, ROCKET_SHUTDOWN="{grace=0,mercy=0}").start()
    answers, client = service.ask_slow(2)
    service.reload("greeting = 'second'")
    service.says("second")
    client.join(SECONDS)
    assert answers == ["slow first"]
    assert service.end()[0] == 0


@both
def test_the_end_is_everybodys(served: Callable[..., Served], workers: int) -> None:
    """SIGTERM has all generations drain, and the exit code is that of all."""
    service = served(workers, ROCKET_SHUTDOWN="{grace=60,mercy=60}").start()
    answers, client = service.ask_slow(2)
    service.reload("greeting = 'second'")
    (service.place.folder / "began").unlink()
    more, other = service.ask_slow(0.5, "second")
    code, _ = service.end()
    assert code == 0
    client.join(SECONDS)
    other.join(SECONDS)
    assert (answers, more) == (["slow first"], ["slow second"])


def test_what_a_generation_cuts_off_is_in_the_exit_code(served: Callable[..., Served]) -> None:
    """It is 1 when the new generation cut a request off."""
    service = served(ROCKET_SHUTDOWN="{grace=0,mercy=0}").start()
    service.reload("greeting = 'second'")
    service.ask_slow(60, "second")
    assert service.end()[0] == 1


@both
def test_a_second_signal_ends_all_generations(served: Callable[..., Served], workers: int) -> None:
    """After a second signal no generation waits for its requests."""
    service = served(workers, ROCKET_SHUTDOWN="{grace=600,mercy=600}").start()
    service.reload("greeting = 'second'")
    service.ask_slow(600, "second")
    wait_for(lambda: len(children(service.process.pid)) == 1)
    generation = children(service.process.pid)[0]
    processes = [generation, *children(generation)]
    service.process.send_signal(signal.SIGTERM)
    service.wait_for("Received SIGTERM")
    assert service.end()[0] == 128 + signal.SIGTERM
    wait_for(lambda: not any(map(runs, processes)))


def test_the_end_does_not_wait_for_a_start(served: Callable[..., Served], place: Place) -> None:
    """SIGTERM while a new generation is being started ends that one too."""
    service = served().start()
    place.write("wait", "")
    service.hang_up()
    wait_for(lambda: children(service.process.pid))
    candidate = children(service.process.pid)[0]
    assert service.end()[0] == 0
    assert not runs(candidate)


def test_a_second_signal_cancels_a_reload(served: Callable[..., Served], place: Place) -> None:
    """SIGHUP ends a reload that hangs at an import, and starts another, as often as it comes."""
    service = served().start()
    place.write("wait", "")
    service.hang_up()
    wait_for(lambda: children(service.process.pid))
    hanging = children(service.process.pid)[0]
    service.hang_up()
    service.wait_for("Requesting reload. The one under way is cancelled.")
    wait_for(lambda: not runs(hanging) and children(service.process.pid))
    (place.folder / "wait").unlink()
    service.configure("greeting = 'third'")
    service.hang_up()
    service.wait_for("Rocket has been reloaded")
    service.says("third")
    code, out = service.end()
    assert code == 0
    assert "Reload failed" not in out


ONE_WORKER = """\
import os, time

def fail(supervisor=os.getpid()):
    try:
        os.mkdir("first")
    except FileExistsError:
        while os.path.exists("hang") and os.getppid() == supervisor:
            time.sleep(0.01)
        os._exit(3)

os.register_at_fork(after_in_child=fail)
"""
"""Of all workers that are forked, the first alone gets ready: the others hang, or end at once."""


def waits(process: int) -> bool:
    """Return whether a process has unblocked its signals and waits for something."""
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        status = {name: value.strip() for name, _, value in (line.partition(":") for line in file)}
    return int(status["SigBlk"], 16) == 0 and status["State"].startswith("S")


def test_a_cancelled_reload_leaves_the_listeners(
    served: Callable[..., Served], place: Place
) -> None:
    """A worker that was ready, but never served, ends without closing the port for all others."""
    service = served(2).start()
    place.write("app.py", ONE_WORKER + APP)
    place.write("hang", "")
    before = set(children(service.process.pid))
    service.hang_up()
    wait_for(lambda: set(children(service.process.pid)) - before)
    (candidate,) = set(children(service.process.pid)) - before
    wait_for(lambda: len(children(candidate)) == 2)
    workers = children(candidate)
    wait_for(lambda: any(map(waits, workers)))
    place.write("app.py", APP)
    service.configure("greeting = 'third'")
    service.hang_up()
    service.wait_for("Rocket has been reloaded")
    wait_for(lambda: not any(map(runs, [candidate, *workers])))
    service.says("third")
    assert service.end()[0] == 0


def test_workers_that_fail_in_a_reload_leave_the_listeners(
    served: Callable[..., Served], place: Place
) -> None:
    """When workers of a new generation cannot start, the others never serve, and the old do."""
    service = served(2).start()
    place.write("app.py", ONE_WORKER + APP)
    service.hang_up()
    service.wait_for("Reload failed: the new process ended with exit code 1.")
    service.says("first")
    code, out = service.end()
    assert code == 0
    assert "5 workers in a row failed at once" in out


def test_a_generation_that_dies_ends_the_service(served: Callable[..., Served]) -> None:
    """When what serves is killed, the service is over, and says so."""
    service = served().start()
    service.reload()
    wait_for(lambda: len(children(service.process.pid)) == 1)
    os.kill(children(service.process.pid)[0], signal.SIGKILL)
    assert service.process.wait(SECONDS) == 1


@both
def test_generations_end_when_the_first_process_is_gone(
    served: Callable[..., Served], workers: int
) -> None:
    """After SIGKILL of the first process, no generation goes on serving."""
    service = served(workers).start()
    service.reload()
    wait_for(lambda: len(children(service.process.pid)) == 1)
    generation = children(service.process.pid)[0]
    processes = [generation, *children(generation)]
    service.process.kill()
    wait_for(lambda: not any(map(runs, processes)))


def test_hang_up_ends_the_service_if_it_is_to(served: Callable[..., Served]) -> None:
    """With `hup` among the signals of a shutdown there is no reload, and `reload` says why."""
    service = served(ROCKET_SHUTDOWN="{signals=[hup]}").start()
    refused = service.place.run("reload", env=service.env)
    assert refused.returncode == 1
    assert "`shutdown.signals` has `hup`" in refused.stderr
    code, out = service.end(signal.SIGHUP)
    assert code == 0
    assert "Received SIGHUP. Requesting shutdown." in out


def test_a_script_reloads_itself(served: Callable[..., Served]) -> None:
    """`python app.py` is run again as it was."""
    service = served()
    service.command = [sys.executable, "-X", "utf8", "app.py"]
    service.env["PYTHONPATH"] = str(ROOT)
    service.start()
    service.reload("greeting = 'second'")
    service.says("second")
    assert service.end()[0] == 0


def test_a_program_in_memory_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An executable that has no path is named as the kernel names it."""
    arguments = sys.orig_argv[1:]
    assert own_command() == [sys.executable, *arguments]
    monkeypatch.setattr(sys, "executable", "/memfd:app (deleted)")
    program, *others = own_command()
    assert others == arguments
    assert os.path.samefile(program, f"/proc/{os.getpid()}/exe")


def test_a_program_that_cannot_be_run() -> None:
    """A command that is not there any more is reported like any other failure."""
    with Listener() as listener, SignalQueue(set()) as queue:
        generation = Generation(
            [listener], Children(queue.watch, queue.unwatch), ["/nowhere/app", "launch"]
        )
        generation.spawn()
        assert generation.is_over
        assert generation.outcome == "cannot be started (No such file or directory)"
        generation.close()


@both
def test_the_command_finds_the_service(served: Callable[..., Served], workers: int) -> None:
    """`rocketpy reload` signals the process that listens where the configuration says."""
    service = served(workers).start()
    for times in (1, 2):
        run = service.place.run("reload", env=service.env)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout == (
            f"sent SIGHUP to process {service.process.pid}; its log shows the result\n"
        )
        service.wait_for("Rocket has been reloaded", times)
    assert service.end()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "toml", "code", "reported"),
    [
        ((), "port = {free}", 1, "no service of this user listens on 127.0.0.1:{free}; "),
        ((), "port = 70000", 78, "Rocket.toml:2:8"),
        (("--pid", "{test}"), "", 1, "process {test} does not handle SIGHUP"),
    ],
)
def test_the_command_asks_nobody_else(
    place: Place, arguments: tuple[str, ...], toml: str, code: int, reported: str
) -> None:
    """Without a service, with a bad configuration or with another's process, no signal is sent."""
    facts = {"free": free_port(), "test": os.getpid()}
    place.write("Rocket.toml", f"[default]\n{toml.format(**facts)}\n")
    run = place.run("reload", *(argument.format(**facts) for argument in arguments))
    assert run.returncode == code
    assert reported.format(**facts) in run.stderr
