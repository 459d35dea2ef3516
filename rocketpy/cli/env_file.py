"""`--env-file`: variables from a file, where the environment does not have them."""

from __future__ import annotations

import os
from io import StringIO
from typing import TYPE_CHECKING

from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.profile import DEFAULT, WHITE_SPACE, lower
from rocketpy.figment.value import Tag

if TYPE_CHECKING:
    import argparse

TAKEN = "ROCKETPY_ENV_FILE"
"""The variable that names what came from a file: a service that is reloaded reads it again."""


def add_env_file(command: argparse.ArgumentParser) -> None:
    """Add the option to a command."""
    command.add_argument(
        "--env-file",
        metavar="FILE",
        help="read variables from a file such as .env, where the environment does not set them",
    )


def read_env_file(path: str | None) -> None:
    """Set the variables of a file for this process; those that are set already stay.

    The form is that of python-dotenv: `NAME=value` lines, quotes, `export`, comments, `${NAME}`.
    Names of `ROCKET_*` variables compare without case, as Rocket compares them.

    Args:
        path: the file; None for none.

    Raises:
        Error: it cannot be read, or a line of it is no variable.
    """
    if path is None:
        return
    for name in os.environ.pop(TAKEN, "").split(","):
        os.environ.pop(name, None)
    present = {_compared(name) for name in os.environ}
    found = {
        name: value for name, value in _variables(path).items() if _compared(name) not in present
    }
    os.environ.update(found)
    os.environ[TAKEN] = ",".join(found)


def _compared(name: str) -> str:
    lowered = lower(name.strip(WHITE_SPACE))
    return lowered if lowered.startswith("rocket_") else name


def _variables(path: str) -> dict[str, str]:
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    tag = Tag(Metadata("env file", Source("file", os.path.abspath(path))), DEFAULT)
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        help_ = f"--env-file must name a file that user id {os.geteuid()} can read"
        raise Error(f"{error.strerror} (os error {error.errno})", tag=tag, help=help_) from None
    except UnicodeDecodeError:
        raise Error("the file does not contain valid UTF-8", tag=tag) from None
    errors = [
        Error(
            f"line {binding.original.line} is no variable",
            tag=tag,
            help="write NAME=value; a value with blanks, quotes or # in quotes",
        )
        for binding in parse_stream(StringIO(text))
        if binding.error or (binding.key is not None and binding.value is None)
    ]
    if errors:
        raise Error.chain(errors)
    values = dotenv_values(stream=StringIO(text))
    for name, value in values.items():
        if "\0" in f"{name}{value}":
            raise Error(f"the value of {name} holds a zero byte", tag=tag)
    return {name: value for name, value in values.items() if value is not None}
