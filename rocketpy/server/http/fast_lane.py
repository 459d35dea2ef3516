"""The fast lane: an application's short answer as one piece of bytes.

An answer that is longer, comes part by part, or is a file goes on in the general lane
(`wsgi_task`), which takes over what the application has said so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.server.http.answer import ApplicationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.server.http.answer import Answer

MOST_JOINED = 65536
"""Bytes of a body that are copied behind the head, so that one system call sends both."""


def whole(answer: Answer, body: Any) -> bytes | None:
    """Return an answer's head and body, if the body is a short list and all is said of it.

    Args:
        answer: What the application said.
        body: What it returned; it is left as it is where None is returned.

    Raises:
        ApplicationError: There is something in the list that has no bytes, such as a str.
    """
    if type(body) is not list and type(body) is not tuple:
        return None
    if not answer.status or answer.is_sent:
        return None
    if len(body) == 1:
        only = body[0]
        if type(only) is bytes and len(only) <= MOST_JOINED:
            head = answer.latest_head(len(only))
            if head is not None:
                answer.is_sent = True
                return head + only
    known = size_of(body)
    if known is None:
        return None
    if answer.has_body:
        if answer.length is None:
            if len(body) > 1:  # waitress sends several parts as they are, in chunks
                return None
            answer.length = known
        if answer.length != known or known > MOST_JOINED:
            return None
        answer.is_sent = True
        return answer.head()[0] + b"".join(body)
    if answer.length is None and known:
        answer.length = known
    answer.is_sent = True
    return answer.head()[0]


def size_of(body: Sequence[object]) -> int | None:
    """Return how many bytes a list has; None if there are other things in it than bytes.

    Raises:
        ApplicationError: There is something in it that has no bytes, such as a str.
    """
    size = 0
    for part in body:
        if type(part) is not bytes:
            as_bytes(part)
            return None
        size += len(part)
    return size


def as_bytes(part: Any) -> bytes:
    """Return a part of a body as bytes; what has a buffer of bytes is taken too.

    A `memoryview` of wider items would count its items where a length has to count bytes.

    Raises:
        ApplicationError: The part is a str, or has no bytes.
    """
    if type(part) is bytes:
        return part
    try:
        return memoryview(part).tobytes()
    except TypeError:
        kind = type(part).__name__
        raise ApplicationError(
            f"the body has a {kind} in it, where bytes belong (PEP 3333)"
        ) from None
