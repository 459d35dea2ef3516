"""What can be served, and what people name by mistake."""

from __future__ import annotations

import functools
from typing import Any

import falcon
import falcon.asgi
import pytest

import rocketpy
from rocketpy.common.application import refusal


def plain(environ: Any, start_response: Any) -> list[bytes]:
    return []


def with_more(environ: Any, start_response: Any, extra: str = "x") -> list[bytes]:
    return []


def anything(*arguments: Any) -> list[bytes]:
    return []


class Instance:
    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []

    def method(self, environ: Any, start_response: Any) -> list[bytes]:
        return []

    @classmethod
    def of_the_class(cls, environ: Any, start_response: Any) -> list[bytes]:
        return []


class Static:
    @staticmethod
    def __call__(environ: Any, start_response: Any) -> list[bytes]:
        return []


class Answer:
    """An application as PEP 3333 allows it: its instances are answers."""

    def __init__(self, environ: Any, start_response: Any) -> None: ...

    def __iter__(self) -> Any:
        return iter([])


@pytest.mark.parametrize(
    "app",
    [
        plain,
        with_more,
        anything,
        Instance(),
        Instance().method,
        Instance.of_the_class,
        Static(),
        Answer,
        functools.partial(with_more, extra="y"),
        falcon.App(),
    ],
)
def test_applications(app: Any) -> None:
    """Whatever PEP 3333 allows is taken."""
    assert refusal(app, "app:app") is None


def test_own(place: Any) -> None:
    """So is a rocketpy.App."""
    assert refusal(rocketpy.App(), "app:app") is None


async def coroutine(scope: Any, receive: Any, send: Any) -> None: ...


class Async:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def create_app() -> Any:
    return plain


def create_with(name: str = "x") -> Any:
    return plain


def three(a: Any, b: Any, c: Any) -> None: ...


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (coroutine, "is an ASGI application"),
        (Async(), "is an ASGI application"),
        (falcon.asgi.App(), "is an ASGI application"),
        (create_app, "name it `app:x()`"),
        (create_with, "name it `app:x()`"),
        (Instance, "is a class: name an instance of it"),
        (falcon.App, "is a class: name an instance of it"),
        (three, "takes 3 arguments; a WSGI application takes two"),
        (7, "is of the type int, which is not a WSGI application"),
    ],
)
def test_mistakes(app: Any, words: str) -> None:
    """What is no WSGI application gets one sentence that says what to do."""
    why = refusal(app, "app:x")
    assert why is not None
    assert words in why
