"""Import the application that a command line names: `module:app`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.common.application import refusal
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    import argparse

    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.figment.figment import Figment

DEFAULT: str = getattr(sys, "_rocketpy", {}).get("target", "app:app")
"""The application where the command line names none; an executable has its own."""


class LoadError(Exception):
    """The application cannot be imported; the message says what is missing, and where."""


def add_application(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names an application."""
    parser.add_argument(
        "app",
        nargs="?",
        default=DEFAULT,
        metavar="module:app",
        help=f"the WSGI application: a module and a name in it, or a function that makes it, "
        f"module:create_app() (default: {DEFAULT})",
    )


def load(name: str) -> Any:
    """Import an application.

    Args:
        name: a module and a name in it, `module:app`; the name is `app` where it is left out.
            With `()` at its end it is a function that makes the application: `module:create_app()`.

    Raises:
        LoadError: the module or the name in it does not exist, importing it failed, or what is
            there is not a WSGI application.
        Error: its configuration cannot be used.
    """
    module_name, _, attribute = name.partition(":")
    attribute = attribute or "app"
    is_factory = attribute.endswith("()")
    attribute = attribute.removesuffix("()")
    folder = os.getcwd()
    if folder not in sys.path and not getattr(sys, "frozen", False):
        sys.path.insert(0, folder)
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise LoadError(
            f"`{name}` does not name an application: write module:app, such as `app:app` "
            f"(in app.py)"
        )
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise LoadError(_failure(module_name)) from error
        file = f"{module_name.replace('.', '/')}.py"
        raise LoadError(
            f"there is no module `{module_name}`: looked for {file} in {folder}; "
            f"name another one with `rocketpy launch module:app`"
        ) from None
    except Error:
        raise
    except Exception as error:
        raise LoadError(_failure(module_name)) from error
    target: Any = module
    for part in attribute.split("."):
        if not hasattr(target, part):
            raise LoadError(
                f"there is no `{attribute}` in the module `{module_name}` ({module.__file__}); "
                f"it has: {_callables(module) or 'no callable'}"
            )
        target = getattr(target, part)
    if is_factory:
        target = _make(target, name)
    if (why := refusal(target, name)) is not None:
        raise LoadError(why)
    return target


def _make(factory: Any, name: str) -> Any:
    """Return the application that a function makes."""
    if not callable(factory):
        raise LoadError(
            f"`{name}` cannot be called: name it without (), if it is the application itself"
        )
    try:
        return factory()
    except Error:
        raise
    except Exception as error:
        raise LoadError(f"`{name}` failed:\n{_own_frames()}") from error


def _failure(module: str) -> str:
    """Return what a failed import is reported as."""
    return f"the module `{module}` cannot be imported:\n{_own_frames()}"


def _own_frames() -> str:
    """Return the traceback of the exception being handled, without the frames of this program."""
    kind, error, trace = sys.exc_info()
    frames = [
        frame
        for frame in traceback.extract_tb(trace)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    text = "".join(traceback.format_list(frames) + traceback.format_exception_only(kind, error))
    return text.rstrip()


def _callables(module: Any) -> str:
    names = (
        name
        for name, value in vars(module).items()
        if callable(value) and not isinstance(value, type) and not name.startswith("_")
    )
    return ", ".join(sorted(names))


def present(name: str | None) -> str | None:
    """Return the application that a command is about: the one named, or `app:app` if it exists."""
    if name is not None or os.path.isfile("app.py") or getattr(sys, "frozen", False):
        return name or DEFAULT
    return None


def settings_of(name: str | None) -> type[ServiceConfig] | None:
    """Return the class of an application's configuration, which declares the user's own keys.

    Args:
        name: the application; None for `app:app`, if there is an app.py.

    Returns:
        Its class; `RocketConfig` for an application without one; None where there is no app.py.

    Raises:
        LoadError: there is no such application, or it cannot be imported.
    """
    name = present(name)
    if name is None:
        return None
    from rocketpy.config.rocket_config import RocketConfig, ServiceConfig

    try:
        found = getattr(load(name), "config", None)
    except Error:
        # The application reads its configuration while it is imported. The class exists already.
        return newest()
    return type(found) if isinstance(found, ServiceConfig) else RocketConfig


class Settings(NamedTuple):
    """The class of an application's configuration, as far as it can be found.

    Attributes:
        kind: the class; None where the application is not known.
        why: why it is not known, in a sentence.
    """

    kind: type[ServiceConfig] | None
    why: str = ""


def find_settings(name: str | None) -> Settings:
    """Return the class of an application's configuration, or why it is not known.

    Looking at a configuration must be possible while the application is broken.

    Args:
        name: the application; None for `app:app`, if there is an app.py.
    """
    try:
        kind = settings_of(name)
    except LoadError as error:
        return Settings(None, str(error).partition("\n")[0].rstrip(":"))
    return Settings(kind, "" if kind else f"there is no app.py in {os.getcwd()}")


def given_figment(name: str | None) -> Figment | None:
    """Return the layers that an application was made with, or None where it has the service's.

    Args:
        name: the application; None for `app:app`, where there is an app.py.
    """
    name = present(name)
    try:
        return None if name is None else getattr(load(name), "given_figment", None)
    except (Error, LoadError):
        return None


def newest() -> type[ServiceConfig]:
    """Return the class that was last derived, at the end of the line; `RocketConfig` if none."""
    from rocketpy.config.rocket_config import RocketConfig, ServiceConfig

    settings: type[ServiceConfig] = RocketConfig
    derived = [kind for kind in ServiceConfig.__subclasses__() if kind is not RocketConfig]
    while derived:
        settings = derived[-1]
        derived = settings.__subclasses__()
    return settings
