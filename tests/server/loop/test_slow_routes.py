"""Routes that blocked the loop are known the next time, until they do not any more."""

from __future__ import annotations

import pytest

from rocketpy.server.loop.slow_routes import LONG_SECONDS, MOST_ROUTES, SlowRoutes, route_of

LONG = 2 * LONG_SECONDS


def test_what_took_long_is_expected_to() -> None:
    """From the moment when it blocked the loop, until it is quick."""
    routes = SlowRoutes()
    assert not routes.has("GET", "/slow")
    routes.suspect("GET", "/slow")
    assert routes.has("GET", "/slow")
    routes.learn("GET", "/slow", LONG)
    assert routes.has("GET", "/slow")
    assert not routes.has("GET", "/")
    assert not routes.has("POST", "/slow")
    routes.learn("GET", "/slow", LONG_SECONDS / 2)
    assert not routes.has("GET", "/slow")


@pytest.mark.parametrize(
    ("path", "other", "alike"),
    [
        ("/users/17/posts", "/users/4/posts", True),
        ("/files/3f2c-a1/x", "/files/99/x", True),
        ("/users/17", "/users/17/posts", False),
        ("/users/ann", "/users/bob", False),
        ("/users/17", "/posts/17", False),
        ("", "/", False),
    ],
)
def test_an_id_makes_no_route(path: str, other: str, alike: bool) -> None:  # noqa: FBT001
    """A part of a path with digits stands for all such parts."""
    routes = SlowRoutes()
    routes.learn("GET", path, LONG)
    assert routes.has("GET", other) is alike


def test_memory_is_bounded() -> None:
    """A client that asks for ever other paths cannot fill the memory."""
    routes = SlowRoutes()
    for letters in range(3 * MOST_ROUTES):
        path = "/" + "".join(chr(ord("a") + int(digit)) for digit in str(letters))
        routes.learn("GET", path, LONG)
        assert routes.has("GET", path)
        assert len(routes._slow) <= MOST_ROUTES
    assert len(route_of("GET", "/a" * 100_000)[1]) < 1000


@pytest.mark.parametrize("path", ["/" + "a" * 10_000_000, "/" * 10_000_000, "/1a" * 5_000_000])
def test_no_path_takes_long(path: str) -> None:
    """The route of ten million letters is found at once.

    It once took time with the square of the path's length, with the interpreter's lock held: a
    request for a path of 65,534 letters stopped a busy service for a minute, during which other
    connections were closed as idle, some with a request on the way.
    """
    assert route_of("GET", path)
