"""The functional tests of waitress itself pass on our engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from rocketpy.packaging.fetch import archives, download, package_index
from tests.support import ROOT

EXPECTED = {
    # Its chunks have two bytes more than their sizes say, which is seen before the sum is known.
    "TcpTooLargeTests::test_request_body_too_large_chunked_encoding",
    # A connection is kept after an answer in chunks; waitress closes it.
    "TcpNoContentLengthTests::test_http11_generator",
    "TcpNoContentLengthTests::test_http11_listlentwo",
    "TcpFileWrapperTests::test_notfilelike_nocl_http11",
    # A str in the body is an error 500, before a byte is sent; waitress sends 200 and no body.
    "TcpInternalServerErrorTests::test_after_write_cb",
    "TcpInternalServerErrorTests::test_in_generator",
}
"""The tests that fail, since the server promises something else."""

LEAST = 60
"""Tests that there must be, or the suite is not what it was."""


def unpacked(folder: Path) -> Path:
    """Return waitress's sources as its authors published them, tests included."""
    version = metadata.version("waitress")
    kept = ROOT / ".cache" / "waitress"
    kept.mkdir(parents=True, exist_ok=True)
    try:
        archive = archives.fetch(package_index.sdist("waitress", version, str(kept)), str(kept))
    except download.UnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    archives.unpack(archive, str(folder))
    return folder


@pytest.mark.timeout(600)
def test_waitress_own_tests(tmp_path: Path) -> None:
    """But for those that are expected to fail, and those for Unix sockets."""
    source = unpacked(tmp_path / "waitress")
    here = os.path.dirname(__file__)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "-p", "waitress_on_engine"),
            *("-p", "no:randomly", "-p", "no:cacheprovider", "-o", "addopts=", "--timeout=30"),
            *("-k", "not Unix", "tests/test_functional.py"),
        ],
        cwd=source,
        # The package `tests` is theirs.
        env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join((str(source), here, str(ROOT)))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) \S+\.py::(\S+)", run.stdout, re.MULTILINE)
    failed = {name for outcome, name in outcomes if outcome != "PASSED"}
    assert failed == EXPECTED, run.stdout + run.stderr
    assert len(outcomes) >= LEAST
