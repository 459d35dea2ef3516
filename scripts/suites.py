"""Run other projects' tests under the static interpreter that `rocketpy build` makes.

Usage: python scripts/suites.py [--quick] [waitress | falcon | cpython | a test_… of CPython ...]

Without names all are run. With --quick the interpreter is that of `rocketpy build --quick`. Exits
with 1 when a test fails that EXPECTED does not name.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch.archives import fetch, unpack
from rocketpy.packaging.fetch.pins import on_pypi
from rocketpy.packaging.interpreter.cpython import Recipe, cpython
from rocketpy.packaging.interpreter.python_source import source
from rocketpy.packaging.native.pydantic_core import pydantic_core
from rocketpy.packaging.steps.cache import Cache, default_root, file_digest
from rocketpy.packaging.steps.programs import run
from rocketpy.packaging.steps.progress import Progress

REQUIREMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "suites/requirements.txt")
BOUND = 300
"""Seconds that a suite may take; then its processes are killed, and that is a failure."""
SINGLE = 100
"""Seconds that one test may take."""


SDISTS = {
    "waitress": on_pypi(
        "bf/cb/04ddb054f45faa306a230769e868c28b8065ea196891f09004ebace5b184",
        "waitress-3.0.2.tar.gz",
        "682aaaf2af0c44ada4abfb70ded36393f0e307f4ab9456a215ce0020baefc31f",
    ),
    "falcon": on_pypi(
        "a4/c7/a0584e932cdb42ab6e5dc3baab16352471dda1ba2215311c65d79ea3c0de",
        "falcon-4.4.0.tar.gz",
        "9f3ffbddc8baed4573295642eddb18a37eea37baba9f20c5be379c8b3d3d79e6",
    ),
}
"""The projects' sources, tests included; the digests are those that PyPI's index states."""

# fmt: off
CPYTHON = (
    "test_asyncio", "test_subprocess", "test_importlib", "test_socket", "test_threading",
    "test_signal", "test_json", "test_tomllib", "test_os", "test_re", "test_struct", "test_time",
    "test_datetime", "test_select", "test_selectors", "test_http_cookies", "test_httplib",
    "test_urlparse", "test_email", "test_logging", "test_hashlib", "test_unicodedata",
    "test_codecs", "test_io", "test_marshal", "test_zlib", "test_random", "test_math",
    "test_decimal",
)
# fmt: on
"""Those of CPython, the slowest first."""

NAMES_OF_ROOT = "test_os*"
"""test_os once more, with one user's name instead of all users': see EXPECTED."""
WITHOUT_ALL_USERS = """\
import pwd
pwd.getpwall = lambda: [pwd.getpwuid(0)]
from test.libregrtest import main
main()
"""

LEFT_OUT = {
    "test.test_socket.ThreadedVSOCKSocketStreamTest.*": (
        "does not end where the kernel has AF_VSOCK and no peer answers; under a usual CPython"
        " neither"
    ),
}
"""Tests that are not run, with the reason."""

NO_TESTCAPI = "needs _testcapi, a module for CPython's own tests (--disable-test-modules)"
NO_HELLO = "needs __hello__ and __phello__ frozen; c/frozen.c has only what a start needs"
_FROZEN = "test.test_importlib.frozen.test_"
EXPECTED = {
    "test_os: ended by SIGSEGV": (
        "getpwall in a static glibc loads libnss_systemd where nsswitch.conf names `systemd`, and"
        " that crashes; so does any static C program. A fault for executables on such machines"
    ),
    "test.test_os.URandomFDTests.test_urandom_failure": (
        "meant for systems without getrandom; it asks sysconfig, which does not say here that"
        " there is one (the module is written by cpython.py)"
    ),
    "test.test_subprocess.ProcessTestCase*.test_executable_without_cwd": (
        "gives a false argv[0]; the interpreter was moved from its prefix /install, and finds its"
        " library by argv[0] alone. The executable has its library inside"
    ),
    "test.test_threading.ThreadTests.test_frame_tstate_tracing": NO_TESTCAPI,
    "test.test_threading.SubinterpThreadingTests.test_threads_join": NO_TESTCAPI,
    "test.test_threading.SubinterpThreadingTests.test_threads_join_2": NO_TESTCAPI,
    "test.test_threading.SubinterpThreadingTests.test_daemon_threads_fatal_error": NO_TESTCAPI,
    "test.test_socket.BasicTCPTest*.testShutdown_overflow": NO_TESTCAPI,
    "test.test_socket.GeneralModuleTests.testNtoHErrors": NO_TESTCAPI,
    "test.test_socket.GeneralModuleTests.test_listen_backlog_overflow": NO_TESTCAPI,
    "test.test_socket.NonBlockingTCPTests.testSetBlocking_overflow": NO_TESTCAPI,
    **dict.fromkeys(
        (
            f"{_FROZEN}finder.*_FindSpecTests.test_module",
            f"{_FROZEN}finder.*_FindSpecTests.test_package",
            f"{_FROZEN}finder.*_FinderTests.test_module",
            f"{_FROZEN}finder.*_FinderTests.test_module_in_package",
            f"{_FROZEN}finder.*_FinderTests.test_package",
            f"{_FROZEN}loader.*_ExecModuleTests.test_lacking_parent",
            f"{_FROZEN}loader.*_ExecModuleTests.test_module",
            f"{_FROZEN}loader.*_ExecModuleTests.test_module_repr",
            f"{_FROZEN}loader.*_ExecModuleTests.test_module_repr_indirect",
            f"{_FROZEN}loader.*_ExecModuleTests.test_package",
            f"{_FROZEN}loader.*_InspectLoaderTests.test_get_code",
            f"{_FROZEN}loader.*_InspectLoaderTests.test_get_source",
            f"{_FROZEN}loader.*_InspectLoaderTests.test_is_package",
            f"{_FROZEN}loader.*_LoaderTests.test_lacking_parent",
            f"{_FROZEN}loader.*_LoaderTests.test_module",
            f"{_FROZEN}loader.*_LoaderTests.test_module_repr",
            f"{_FROZEN}loader.*_LoaderTests.test_module_reuse",
            f"{_FROZEN}loader.*_LoaderTests.test_package",
        ),
        NO_HELLO,
    ),
}
"""Failures that are no surprise, each with its reason; `*` stands for any text."""

# A failed subtest stands in CPython's text alone, not in its XML.
FAILURE = re.compile(r"^(?:ERROR|FAIL): (?P<title>.+?) \((?P<name>[\w.]+)\)", re.MULTILINE)


@dataclass
class Outcome:
    """What a suite came to: the names of its tests by what became of them, and its seconds."""

    suite: str
    seconds: float
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: int = 0
    end: str = ""
    """The last lines of the output, for a failure that is not expected."""


@dataclass(frozen=True)
class Place:
    """Where everything is: the interpreter, the pure-Python packages, and the sdists unpacked."""

    python: str
    packages: str
    sources: dict[str, str]


def prepare(suites: list[str], *, quick: bool) -> Place:
    """Fetch and build what the suites need, or take it from the cache."""
    cache = Cache(default_root(), Progress())
    python = cpython(cache, Recipe(quick=quick), source(cache), pydantic_core(cache)).executable
    sources = {}
    for name in SDISTS.keys() & set(suites):
        pin, installed = SDISTS[name], metadata.version(name)
        if pin.name != f"{name}-{installed}.tar.gz":
            raise BuildError(f"{name} {installed} is installed, and SDISTS has {pin.name}: pin it")
        archive = fetch(pin, cache.work("downloads"))
        sources[name] = cache.result(
            "test source", [pin.name, pin.sha256], partial(unpack, archive), note=name
        )
    if not sources:
        return Place(python, "", sources)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--require-hashes"]
    pip += ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
    packages = cache.result(
        "test packages",
        file_digest(REQUIREMENTS),
        lambda out: run([*pip, "-r", REQUIREMENTS, "--target", out], log=cache.log("suites")),
    )
    return Place(python, packages, sources)


def perform(suite: str, place: Place) -> Outcome:
    """Run one suite to its end, or to its bound."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        # Nothing of this process's environment: no locale's language, no PYTHON* variable.
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder}
        if suite in SDISTS:
            cwd = place.sources[suite]
            env["PYTHONPATH"] = os.pathsep.join((os.path.join(cwd, "src"), place.packages))
            # `addopts=`: waitress's ask for a measurement of coverage.
            command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "tests"]
            command += [f"--timeout={SINGLE}", f"--junit-xml={report}"]
        else:
            cwd = folder
            command = ["-c", WITHOUT_ALL_USERS] if suite == NAMES_OF_ROOT else ["-m", "test"]
            command += ["-v", "--timeout", str(SINGLE), "--junit-xml", report]
            command += [word for name in LEFT_OUT for word in ("-i", name)]
            command += [suite.rstrip("*")]
        start = time.monotonic()
        code, text = bounded([place.python, "-B", *command], cwd, env)
        outcome = Outcome(suite, time.monotonic() - start, end="\n".join(text.splitlines()[-15:]))
        if os.path.exists(report):
            read(report, outcome)
        if suite not in SDISTS:
            outcome.failed |= {match["name"] for match in FAILURE.finditer(text)}
            outcome.passed -= outcome.failed
        if code < 0:
            outcome.failed.add(f"{suite}: ended by {signal.Signals(-code).name}")
        elif code and not outcome.failed:
            outcome.failed.add(f"{suite}: exit code {code}")
        elif not os.path.exists(report):
            outcome.failed.add(f"{suite}: no report")
    return outcome


def bounded(command: list[str], cwd: str, env: dict[str, str]) -> tuple[int, str]:
    """Run a program in a session of its own; return its exit code and what it printed.

    All of its process group is killed when its time is up.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=BOUND)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        out.seek(0)
        return code, out.read()


def read(report: str, outcome: Outcome) -> None:
    """Add a report in JUnit's format, as pytest and CPython's `test` write it, to an outcome."""
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  (written just now)
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            outcome.failed.add(name)
        elif "skipped" in kinds:
            outcome.skipped += 1
        else:
            outcome.passed.add(name)


def tell(outcome: Outcome) -> bool:
    """Print what a suite came to; return whether nothing unexpected failed."""
    print(
        f"{outcome.suite}: {len(outcome.passed)} passed, {len(outcome.failed)} failed,"
        f" {outcome.skipped} skipped, {outcome.seconds:.1f} s"
    )
    if not outcome.passed | outcome.failed:
        # Such as a module of CPython's own tests that it cannot be imported without.
        why = [line for line in outcome.end.splitlines() if " skipped" in line][:1]
        print(f"  not one test was run: {''.join(why) or 'no reason given'}")
    surprises = False
    for name in sorted(outcome.failed):
        reasons = [why for what, why in EXPECTED.items() if fnmatch.fnmatchcase(name, what)]
        print(f"  {'expected' if reasons else 'FAILED'}: {name}")
        if reasons:
            print(f"    {reasons[0]}")
        surprises = surprises or not reasons
    for what in EXPECTED:
        for name in sorted(fnmatch.filter(outcome.passed, what)):
            print(f"  passed, though a failure is expected: {name}")
    if outcome.suite == "test_os" and not outcome.failed:
        print("  ended well, though a crash is expected")
    if surprises:
        print(outcome.end)
    return not surprises


def main() -> int:
    """Run the suites that are named, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the interpreter without training")
    parser.add_argument("suites", nargs="*", metavar="suite", help="waitress, falcon, cpython, …")
    told = parser.parse_args()
    groups = {"cpython": [*CPYTHON, NAMES_OF_ROOT]}
    known = {*SDISTS, *CPYTHON, *groups}
    if unknown := set(told.suites) - known:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    named = told.suites or [*SDISTS, "cpython"]
    suites = [suite for name in named for suite in groups.get(name, [name])]
    try:
        place = prepare(suites, quick=told.quick)
    except BuildError as error:
        sys.exit(f"Error: {error}")
    for name, why in LEFT_OUT.items():
        print(f"not run: {name}\n  {why}")
    good = True
    with ThreadPoolExecutor(2) as pool:
        for outcome in pool.map(lambda suite: perform(suite, place), suites):
            good = tell(outcome) and good
            sys.stdout.flush()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
