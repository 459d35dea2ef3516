"""Whether an object can be a WSGI application, by the arguments that it takes (PEP 3333).

`inspect` offers the same and takes milliseconds to import, which each launch would pay for.
"""

from __future__ import annotations

from types import CodeType, FunctionType, MethodType
from typing import Any

_TAKES_ANY = 0x04
_IS_ASYNC = 0x80 | 0x200
"""Flags of a code object: `*args`; a coroutine or an asynchronous generator (`inspect.CO_…`)."""

WSGI_ARGUMENTS = 2
"""A WSGI application is called with the environment and `start_response`."""


def refusal(app: Any, name: str) -> str | None:
    """Return why an object cannot be served, and what to do about it; None if it can be.

    A signature that cannot be read, such as that of a callable written in C, is taken to fit.

    Args:
        app: the object.
        name: how it is named in the sentence: `app:app`.

    >>> refusal(lambda environ, start_response: [], "app:app")
    >>> print(refusal(lambda: None, "app:create_app"))
    `app:create_app` takes no arguments, so it makes an application: name it `app:create_app()`
    """
    if not callable(app):
        kind = type(app).__name__
        return f"`{name}` is of the type {kind}, which is not a WSGI application"
    if isinstance(app, type):
        if hasattr(app, "__iter__"):  # PEP 3333 allows a class whose instances are answers
            return None
        return f"`{name}` is a class: name an instance of it, or `{name}()` to make one"
    code, given, defaults = _signature(app)
    if code is None:
        return None
    if code.co_flags & _IS_ASYNC:
        return (
            f"`{name}` is an ASGI application, and rocketpy serves WSGI: use the WSGI side of its "
            f"framework (falcon.App in the place of falcon.asgi.App), or a server for ASGI"
        )
    most = code.co_argcount - given
    least = most - defaults
    if least <= WSGI_ARGUMENTS and (most >= WSGI_ARGUMENTS or code.co_flags & _TAKES_ANY):
        return None
    if least <= 0:
        return f"`{name}` takes no arguments, so it makes an application: name it `{name}()`"
    return (
        f"`{name}` takes {least} argument{'s' if least > 1 else ''}; a WSGI application takes "
        f"two, the environment and start_response"
    )


def _signature(app: Any) -> tuple[CodeType | None, int, int]:
    """Return a callable's code, how many arguments it has been given, how many have defaults."""
    called: Any = app if isinstance(app, FunctionType | MethodType) else app.__call__
    given = 1 if isinstance(called, MethodType) else 0
    function = getattr(called, "__func__", called)
    if not isinstance(function, FunctionType):
        return None, 0, 0
    return function.__code__, given, len(function.__defaults__ or ())
