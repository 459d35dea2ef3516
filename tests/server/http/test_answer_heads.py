"""Heads of answers that are written the quick way are what waitress would write."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rocketpy.server.http.wsgi_task import Task


class Thorough(Task):
    """A task that writes no head the quick way."""

    def _plain_head(self) -> bytes | None:
        return None


STATUSES = ["200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "103 Early Hints"]
names = st.sampled_from(
    [
        *("content-type", "Content-Length", "content-length", "DATE", "server", "Set-Cookie"),
        *("x-request-id", "ETag", "set-cookie", "Vary", "x", "www-authenticate"),
    ]
)
values = st.sampled_from(["", "a", "ü", "7", "text/plain; charset=utf-8"])
cases = st.fixed_dictionaries(
    {
        "status": st.sampled_from(STATUSES),
        "headers": st.lists(st.tuples(names, values), max_size=6),
        "length": st.none() | st.integers(0, 10**12),
        "ident": st.sampled_from(["Rocket", None]),
        "version": st.sampled_from(["1.0", "1.1", "1.1", "1.1"]),
        "connection": st.sampled_from([None, None, "close", "Close", "keep-alive", "te"]),
        "last": st.sampled_from([False, False, True]),
        "time": st.floats(0, 4e9),
    }
)


def head_of(kind: type[Task], case: dict[str, Any]) -> tuple[bytes, list[Any], bool, bool]:
    asked = {} if case["connection"] is None else {"CONNECTION": case["connection"]}
    request = SimpleNamespace(version=case["version"], headers=asked)
    adjustments = SimpleNamespace(ident=case["ident"])
    server = SimpleNamespace(last_answers=case["last"], adj=adjustments)
    task = kind(SimpleNamespace(server=server, adj=adjustments), request)
    task.status, task.content_length = case["status"], case["length"]
    task.start_time = case["time"]
    task.response_headers = list(case["headers"])
    head = task.build_response_header()
    return head, sorted(task.response_headers), task.close_on_finish, task.chunked_response


@given(cases)
def test_both_ways_write_the_same(case: dict[str, Any]) -> None:
    """To the byte; and the task knows the same of itself afterwards."""
    assert head_of(Task, case) == head_of(Thorough, case)


def test_the_usual_answer_goes_the_quick_way() -> None:
    """Or all this would be for nothing."""
    server = SimpleNamespace(last_answers=False)
    channel = SimpleNamespace(server=server, adj=SimpleNamespace(ident="Rocket"))
    for asked in ({}, {"CONNECTION": "keep-alive"}):
        task = Task(channel, SimpleNamespace(version="1.1", headers=asked))
        task.status, task.start_time = "200 OK", 784111777.5
        task.response_headers = [("content-type", "text/plain"), ("content-length", "2")]
        assert task._plain_head() == (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n"
            b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: Rocket\r\n\r\n"
        )
