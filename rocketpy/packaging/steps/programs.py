"""Runs other programs: their output goes to a log, and an error shows the end of it."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 25
"""Lines of a failed program's output in the error: a screenful."""


def run(
    command: Sequence[str],
    *,
    log: str,
    cwd: str | None = None,
    env: Mapping[str, str | None] | None = None,
) -> None:
    """Run a program to its end.

    Args:
        command: the program and its arguments.
        log: the file to append its output to.
        cwd: the folder that it runs in.
        env: variables added to those of this process; None removes one.

    Raises:
        BuildError: it failed; the message contains the end of its output.
    """
    variables: dict[str, str | None] = {**os.environ, **(env or {})}
    with open(log, "ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        try:
            code = subprocess.run(
                command,
                cwd=cwd,
                env={name: value for name, value in variables.items() if value is not None},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        except FileNotFoundError as error:
            raise BuildError(f"{command[0]}: no such program") from error
    if code:
        with open(log, encoding="utf-8", errors="replace") as file:
            end = "".join(deque(file, SHOWN))
        raise BuildError(f"{command[0]} failed (exit code {code}). The end of {log}:\n{end}")


def output(command: Sequence[str], *, cwd: str | None = None, errors: bool = False) -> str:
    """Return what a program prints, without the last newline.

    Args:
        command: the program and its arguments.
        cwd: the folder that it runs in.
        errors: return what it prints on stderr instead.

    Raises:
        BuildError: it failed.
    """
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]}: no such program") from error
    except subprocess.CalledProcessError as error:
        raise BuildError(f"{' '.join(command)} failed: {error.stderr.strip()}") from error
    return (done.stderr if errors else done.stdout).rstrip("\n")
