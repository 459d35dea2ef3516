"""The container engine of this machine: docker or podman."""

from __future__ import annotations

import shutil
import subprocess

from rocketpy.packaging import BuildError

ENGINES = ("docker", "podman")
"""In order of preference."""
ANSWER_SECONDS = 60
"""Seconds after which an engine that has not printed its version counts as missing."""


def find(wanted: str | None = None) -> str:
    """Return the engine to use.

    Args:
        wanted: its name; None for the first that works.

    Raises:
        BuildError: none works; the message contains the reason for each.
    """
    reasons = []
    for name in ENGINES if wanted is None else (wanted,):
        reason = _failure(name)
        if not reason:
            return name
        reasons.append(f"  {name}: {reason}")
    raise BuildError(
        "no container engine works:\n"
        + "\n".join(reasons)
        + "\nInstall one (apt-get install podman) and start it,"
        " or write the image to a file with --save"
    )


def _failure(name: str) -> str:
    """Return why an engine cannot be used; empty when it can."""
    if shutil.which(name) is None:
        return "not installed"
    try:
        # `version` contacts docker's daemon as well, and fails if it does not run.
        done = subprocess.run(
            [name, "version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {ANSWER_SECONDS} s"
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""


def load(engine: str, archive: bytes) -> None:
    """Give an image to an engine.

    Raises:
        BuildError: the engine fails.
    """
    done = subprocess.run([engine, "load"], input=archive, capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        raise BuildError(f"{engine} load failed (exit code {done.returncode}): {reason}")
