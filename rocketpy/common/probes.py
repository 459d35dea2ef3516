"""The answers to probes: `/healthz`, the process answers; `/readyz`, new requests are welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

ALIVE = "/healthz"
READY = "/readyz"
METRICS = "/metrics"

READING_METHODS = ("GET", "HEAD")
"""The methods that probes answer."""

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
    """Return the answer to a method that is not one of `READING_METHODS`."""
    return ProbeAnswer("405 Method Not Allowed", TEXT, "405 Method Not Allowed\n")


def headers(answer: ProbeAnswer) -> list[tuple[str, str]]:
    """Return the headers of an answer."""
    fields = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.text.encode()))),
        ("Cache-Control", "no-store"),
    ]
    if answer == not_allowed():
        fields.append(("Allow", ", ".join(READING_METHODS)))
    return fields


def respond(
    environ: WSGIEnvironment, start_response: StartResponse, make: MakeAnswer
) -> list[bytes]:
    """Answer a request for a probe, as a WSGI application does."""
    method = environ["REQUEST_METHOD"]
    answer = make() if method in READING_METHODS else not_allowed()
    start_response(answer.status, headers(answer))
    return [] if method == "HEAD" else [answer.text.encode()]
