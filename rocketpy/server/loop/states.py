"""The states of a connection, and what may happen in each.

The table is complete: an event that a state does not list cannot happen in it, and if it
does the fault is the server's own (`StateError`). What a client does wrong is an answer (a request
that is refused is a request), and what an application does wrong is one too; neither is an event.

Owner: a connection belongs to the leader, which alone reads, parses, closes, and changes its state;
except in HANDLING and GONE, where it belongs to the thread that runs its handler, or to the queue
of requests that wait for a thread. That thread gives it back by ANSWERED. What the leader may do to
a connection in HANDLING is LOSE: the client is gone, or its time is over. It shuts the socket down
and leaves the closing to the owner, so no descriptor is closed, and its number given to another
connection, while a handler writes to it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable


class State(enum.Enum):
    """What a connection is doing."""

    __hash__: ClassVar[Callable[[Any], int]] = object.__hash__

    IDLE = "waits for a request"
    HEAD = "a request has begun, and its head is not whole"
    BODY = "a head is whole, and its body is not"
    HANDLING = "a request is whole; a thread answers it, or will"
    GONE = "the same, but the client is gone"
    HANDLED = "the request is answered"
    SENDING = "the answer waits for the client to take it"
    LINGERING = "the last answer is sent; what the client still sends is dropped"
    CLOSED = "the socket is closed"


class Event(enum.Enum):
    """What can happen to a connection."""

    __hash__: ClassVar[Callable[[Any], int]] = object.__hash__

    BEGIN = "the first byte of a request has come"
    HEAD_IS_WHOLE = "the end of a head has come, and more of the request is to come"
    REQUEST = "a request is whole, or cannot be read and is to be refused"
    ANSWERED = "the thread is done"
    LOSE = "the client is gone, or its time is over, while a thread answers"
    UNSENT = "the client has not taken all of the answer"
    KEEP = "the answer is sent, and the connection is kept"
    LINGER = "the last answer is sent, and the client may be sending still"
    CLOSE = "the connection ends"


class StateError(RuntimeError):
    """Something happened that cannot in this state: the server is at fault."""


class Transitions(dict[Event, State]):
    """What may happen in a state, and the state after it.

    Any other event raises a StateError.

    >>> TABLE[State.HANDLING][Event.LOSE].value
    'the same, but the client is gone'
    """

    def __init__(self, state: State, events: dict[Event, State]) -> None:
        super().__init__(events)
        self._state = state

    def __missing__(self, event: Event) -> State:
        """Refuse an event that cannot happen in the state."""
        raise StateError(f"{event.name} in {self._state.name}")


TABLE: dict[State, Transitions] = {
    state: Transitions(state, events)
    for state, events in {
        State.IDLE: {
            Event.BEGIN: State.HEAD,
            Event.HEAD_IS_WHOLE: State.BODY,
            Event.REQUEST: State.HANDLING,
            Event.LINGER: State.LINGERING,  # a handshake of TLS that failed
            Event.CLOSE: State.CLOSED,
        },
        State.HEAD: {
            Event.HEAD_IS_WHOLE: State.BODY,
            Event.REQUEST: State.HANDLING,
            Event.LINGER: State.LINGERING,
            Event.CLOSE: State.CLOSED,
        },
        State.BODY: {
            Event.REQUEST: State.HANDLING,
            Event.LINGER: State.LINGERING,
            Event.CLOSE: State.CLOSED,
        },
        State.HANDLING: {
            Event.ANSWERED: State.HANDLED,
            Event.LOSE: State.GONE,
        },
        State.GONE: {
            Event.ANSWERED: State.HANDLED,
            Event.LOSE: State.GONE,
        },
        State.HANDLED: {
            Event.UNSENT: State.SENDING,
            Event.KEEP: State.IDLE,
            Event.LINGER: State.LINGERING,
            Event.CLOSE: State.CLOSED,
        },
        State.SENDING: {
            Event.KEEP: State.IDLE,
            Event.LINGER: State.LINGERING,
            Event.CLOSE: State.CLOSED,
        },
        State.LINGERING: {
            Event.CLOSE: State.CLOSED,
        },
        State.CLOSED: {},
    }.items()
}
