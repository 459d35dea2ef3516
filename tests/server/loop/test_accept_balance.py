"""Connections are shared out evenly, however they come."""

from __future__ import annotations

import collections
import contextlib
import http.client

import pytest

from rocketpy.server.loop.accept_balance import Counts
from tests.support import SECONDS, Place, free_port, get

APP = """\
import os, rocketpy

class Pid:
    def on_get(self, request, response):
        response.text = str(os.getpid())

app = rocketpy.App()
app.add_route("/", Pid())
"""


@pytest.mark.parametrize(
    ("counts", "ahead"),
    [
        ([0, 0], False),
        ([2, 0], False),
        ([3, 0], True),
        ([99, 90], False),
        ([103, 90], False),
        ([104, 90], True),
        ([3, 5, 0], True),
    ],
)
def test_who_is_ahead(counts: list[int], ahead: bool) -> None:  # noqa: FBT001  (a table's column)
    """A worker steps back when another has fewer, by more than a little."""
    shared = Counts(len(counts))
    shares = [shared.share(slot) for slot in range(len(counts))]
    for share, connections in zip(shares, counts, strict=True):
        share.note(connections)
    assert shares[0].is_ahead() is ahead


def test_nobody_waits_for_the_dead() -> None:
    """A worker that is not there yet, or not any more, does not count."""
    counts = Counts(2)
    share = counts.share(0)
    share.note(1000)
    assert not share.is_ahead()
    counts.share(1).note(0)
    assert share.is_ahead()
    counts.clear(1)
    assert not share.is_ahead()


def test_connections_that_come_at_once(place: Place) -> None:
    """Of many that connect before anybody asks, no worker gets many more than another."""
    place.write("app.py", APP)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "2", "ROCKET_KEEP_ALIVE": "60"}
    place.start("launch", env=env)
    get(f"http://127.0.0.1:{port}/")
    served: collections.Counter[bytes] = collections.Counter()
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(
                contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS))
            )
            for _ in range(40)
        ]
        for client in clients:
            client.connect()
        for client in clients:
            client.request("GET", "/")
            served[client.getresponse().read()] += 1
    assert len(served) == 2
    assert min(served.values()) >= 10
