"""Requests that held up the loop are known the next time, until they do not any more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rocketpy.server.loop.slow_routes import LONG_SECONDS, MOST_KINDS, Foresight

LONG = 2 * LONG_SECONDS


def request(path: str, command: str = "GET") -> SimpleNamespace:
    return SimpleNamespace(path=path, command=command)


def test_what_took_long_is_expected_to() -> None:
    """From the moment when it held up the loop, until it is quick."""
    foresight = Foresight()
    assert not foresight.expects(request("/slow"))
    foresight.fear(request("/slow"))
    assert foresight.expects(request("/slow"))
    foresight.learn(request("/slow"), LONG)
    assert foresight.expects(request("/slow"))
    assert not foresight.expects(request("/"))
    assert not foresight.expects(request("/slow", "POST"))
    foresight.learn(request("/slow"), LONG_SECONDS / 2)
    assert not foresight.expects(request("/slow"))


@pytest.mark.parametrize(
    ("path", "other", "alike"),
    [
        ("/users/17/posts", "/users/4/posts", True),
        ("/files/3f2c-a1/x", "/files/99/x", True),
        ("/users/17", "/users/17/posts", False),
        ("/users/ann", "/users/bob", False),
        ("/users/17", "/posts/17", False),
    ],
)
def test_an_id_makes_no_kind(path: str, other: str, alike: bool) -> None:  # noqa: FBT001
    """A part of a path with digits stands for all such parts."""
    foresight = Foresight()
    foresight.learn(request(path), LONG)
    assert foresight.expects(request(other)) is alike


def test_memory_is_bounded() -> None:
    """Whoever asks for ever other paths cannot fill the memory."""
    foresight = Foresight()
    for letters in range(3 * MOST_KINDS):
        path = "/" + "".join(chr(ord("a") + int(digit)) for digit in str(letters))
        foresight.learn(request(path), LONG)
        assert foresight.expects(request(path))
        assert len(foresight._long) <= MOST_KINDS


def test_what_is_no_http_has_a_kind_too() -> None:
    """The parser gives up before it knows the path."""
    foresight = Foresight()
    foresight.learn(SimpleNamespace(), LONG)
    assert foresight.expects(SimpleNamespace())
