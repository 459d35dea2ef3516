"""Falcon's own tests pass when `falcon.App` is `rocketpy.App`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from rocketpy.packaging.fetch import archives, download, package_index
from tests.support import ROOT

HEAD = "A route that answers GET answers HEAD too, and says so in Allow, as in Rocket."

CORS = "test_cors_middleware.py::TestCorsMiddleware"

EXPECTED = {
    f"{CORS}::test_enabled_cors_handles_preflighting[wsgi]": HEAD,
    f"{CORS}::test_enabled_cors_handles_preflighting_no_headers_in_req[wsgi]": HEAD,
    "test_http_method_routing.py::TestHttpMethodRouting::"
    "test_method_not_allowed_with_param[wsgi]": HEAD,
    "test_wsgi.py::TestWSGIServer::test_head_405": HEAD,
    "test_utils.py::TestSetupApi::test_something": (
        "The deprecated falcon.API is no rocketpy.App, which this test calls falcon.App."
    ),
}
"""The tests that fail, each with the decision that it fails by: see docs/differences.md."""

LEAST = 2250
"""Tests that there must be, or the suite is not what it was."""

SUITE_SECONDS = 280


def unpacked(folder: Path) -> Path:
    """Return Falcon's sources as its authors published them, tests and examples included."""
    version = metadata.version("falcon")
    kept = ROOT / ".cache" / "falcon"
    kept.mkdir(parents=True, exist_ok=True)
    try:
        archive = archives.fetch(package_index.sdist("falcon", version, str(kept)), str(kept))
    except download.UnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    archives.unpack(archive, str(folder))
    shutil.rmtree(folder / "falcon")  # the installed one is tested
    return folder


@pytest.mark.timeout(SUITE_SECONDS + 20)
def test_falcon_own_tests(tmp_path: Path) -> None:
    """All for WSGI pass, except those that differ by decision; one of these that passes fails."""
    source = unpacked(tmp_path / "falcon")
    here = os.path.dirname(__file__)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "-p", "falcon_on_rocketpy"),
            *("-p", "no:randomly", "-p", "no:cacheprovider", "-o", "addopts="),
            # The tests replace os.fstat, which pytest's other way of capturing calls.
            *("--capture=sys", "--timeout=60", "-k", "not asgi", "tests"),
        ],
        cwd=source,
        env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join((here, str(ROOT)))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SUITE_SECONDS,
        check=False,
    )
    outcomes = re.findall(
        r"^(PASSED|FAILED|ERROR) tests/(.+?)(?: - .*)?$", run.stdout, re.MULTILINE
    )
    failed = {name for result, name in outcomes if result != "PASSED"}
    assert failed == set(EXPECTED), run.stdout[-20_000:] + run.stderr
    assert len(outcomes) >= LEAST
