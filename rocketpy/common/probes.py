"""The answers to probes: `/healthz`, the process answers; `/readyz`, new requests are welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

ALIVE = "/healthz"
READY = "/readyz"
METRICS = "/metrics"

TEXT = "text/plain; charset=utf-8"


class ProbeAnswer(NamedTuple):
    """The answer to a probe.

    Attributes:
        status: the status line.
        content_type: the value of Content-Type.
        text: the body.
    """

    status: str
    content_type: str
    text: str


if TYPE_CHECKING:
    MakeAnswer = Callable[[], ProbeAnswer]
    """Makes the answer that holds now."""


def alive() -> ProbeAnswer:
    """Return the answer that the process answers."""
    return ProbeAnswer("200 OK", TEXT, "alive\n")


def ready() -> ProbeAnswer:
    """Return the answer that new requests are welcome."""
    return ProbeAnswer("200 OK", TEXT, "ready\n")


def draining() -> ProbeAnswer:
    """Return the answer that no new requests should be sent, since the drain has begun."""
    return ProbeAnswer("503 Service Unavailable", TEXT, "draining\n")


def not_allowed() -> ProbeAnswer:
    """Return the answer to a method other than GET and HEAD."""
    return ProbeAnswer("405 Method Not Allowed", TEXT, "405 Method Not Allowed\n")


def respond(
    environ: WSGIEnvironment, start_response: StartResponse, make: MakeAnswer
) -> list[bytes]:
    """Answer a request for a probe, as a WSGI application does."""
    method = environ["REQUEST_METHOD"]
    is_read = method in {"GET", "HEAD"}
    answer = make() if is_read else not_allowed()
    body = answer.text.encode()
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    if not is_read:
        headers.append(("Allow", "GET, HEAD"))
    start_response(answer.status, headers)
    return [] if method == "HEAD" else [body]
