"""The container engine of this machine: docker or podman, whichever answers."""

from __future__ import annotations

import shutil
import subprocess

from rocketpy.packaging import BuildError

ENGINES = ("docker", "podman")
"""In the order in which they are asked."""
PATIENCE = 60
"""Seconds after which an engine that does not say its version counts as absent."""


def find(wanted: str | None = None) -> str:
    """Return the engine to use.

    Args:
        wanted: the one that was asked for; None for the first that answers.

    Raises:
        BuildError: none answers; the message holds what each of them said.
    """
    said = []
    for name in ENGINES if wanted is None else (wanted,):
        trouble = _trouble(name)
        if not trouble:
            return name
        said.append(f"  {name}: {trouble}")
    raise BuildError(
        "no container engine answers:\n"
        + "\n".join(said)
        + "\nInstall one (apt-get install podman) and start it,"
        " or write the image to a file with --save"
    )


def _trouble(name: str) -> str:
    """Return why an engine cannot be used; empty when it can."""
    if shutil.which(name) is None:
        return "not installed"
    try:
        # `version` asks docker's daemon too, and fails where it does not run.
        done = subprocess.run(  # noqa: S603  (one of the two names above)
            [name, "version"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE} s"
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""


def load(engine: str, archive: bytes) -> None:
    """Give an image to an engine.

    Raises:
        BuildError: it does not take it.
    """
    done = subprocess.run(  # noqa: S603  (one of the two names above)
        [engine, "load"], input=archive, capture_output=True, check=False
    )
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()
        raise BuildError(f"{engine} load failed (exit code {done.returncode}): {told}")
