"""What the parts of the server need of each other, and of a configuration.

The engine in `loop/` is made by `process/` as `Engine(app, settings, listener, wake, *,
observer=None, adjustments=None)`; it is a `Serving`, reports to the `Observer`, and knows nothing
of signals, processes, metrics or the access log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterable, Mapping
    from wsgiref.types import ErrorStream

    from rocketpy.common.probes import MakeAnswer


class ShutdownSettings(Protocol):
    """`[shutdown]`: when and how the service ends (Rocket's guide, "Graceful Shutdown")."""

    @property
    def ctrlc(self) -> bool:
        """Whether Ctrl-C (SIGINT) begins the drain; otherwise it kills the process."""

    @property
    def signals(self) -> Collection[str]:
        """The signals that begin the drain, named without SIG in lower case: `term`, `hup`."""

    @property
    def grace(self) -> int:
        """Seconds that requests in flight get to be answered."""

    @property
    def mercy(self) -> int:
        """Seconds after grace that connections get to take what was written to them."""

    @property
    def force(self) -> bool:
        """Whether handlers still running after that are abandoned; otherwise waited for."""


class ServerSettings(Protocol):
    """The keys of the configuration that the server honours."""

    @property
    def workers(self) -> int:
        """How many processes serve; 1 is this one alone."""

    @property
    def max_blocking(self) -> int:
        """The most handlers that run at once."""

    @property
    def ident(self) -> str | None:
        """The Server header; None sends none."""

    @property
    def keep_alive(self) -> int:
        """Seconds an idle connection is kept; 0 closes each after its answer."""

    @property
    def limits(self) -> Mapping[str, int]:
        """The most bytes of a request's body, by the kind of data."""

    @property
    def temp_dir(self) -> str | os.PathLike[str]:
        """The folder for large bodies."""

    @property
    def shutdown(self) -> ShutdownSettings:
        """When and how the service ends."""


class Observer(Protocol):
    """What the engine reports to.

    Any of the engine's threads calls these methods, several at once; they must not raise and must
    not block. `server/observe/service_status.py` has the implementation that `launch` uses.
    """

    @property
    def errors(self) -> ErrorStream:
        """What applications print their errors to: `wsgi.errors` of each request (PEP 3333)."""

    def refused(self, method: str, uri: str, peer: str, status: str) -> None:
        """Report a request that the server answered itself, since it is malformed or too large.

        Args:
            method: The method; `-` if it cannot be read.
            uri: The target as it was sent; `-` if it cannot be read.
            peer: The client's address.
            status: The status line of the answer: `413 Content Too Large`.
        """

    def watch_loop(self, read: Callable[[], tuple[int, int]]) -> None:
        """Register what reads the loop's gauges; called once, when the engine begins.

        Args:
            read: Returns how many requests wait for a handler thread, and how many handler threads
                there are; any thread may call it.
        """


@runtime_checkable
class AnswersProbes(Protocol):
    """An application that answers the service's probes itself, as a `rocketpy.App` does."""

    def answer_probes(self, answers: Mapping[str, MakeAnswer]) -> None:
        """Answer these paths, and no other probes.

        Args:
            answers: For each path, what makes the answer that holds now.
        """


@runtime_checkable
class RecordsRoutes(Protocol):
    """An application that can record the route of each request for the access log."""

    def record_routes(self) -> None:
        """Record the route in the WSGI environment, see `rocketpy.common.environ.ROUTE`."""


@runtime_checkable
class ListsRoutes(Protocol):
    """An application that can list its routes."""

    def routes(self) -> Iterable[tuple[str, str, str]]:
        """Return the resource's name, the method and the path of every route."""


class LingerError(ConnectionError):
    """A connection cannot go on, and the client has been told why: it is to read that."""


class Secure(Protocol):
    """What the loop asks of a socket that is encrypted, beyond a plain one's methods."""

    @property
    def wants_write(self) -> bool:
        """Whether TLS has something to send before it can read on."""

    @property
    def environ(self) -> dict[str, Any]:
        """What it adds to the WSGI environment."""

    def close_after_fork(self) -> None:
        """Close it in a process that a handler forked, without a word to the client."""


class Serving(Protocol):
    """What answers requests: this process's engine, worker processes, or a new generation.

    The main thread alone calls the methods. It calls `look` whenever something may have happened,
    and `begin` once, when `is_ready`. Some time after `drain` or `leave`, `is_over` becomes true;
    the engine then calls `wake`, so that the main thread notices.
    """

    @property
    def is_here(self) -> bool:
        """Whether the application runs in this process."""

    @property
    def is_ready(self) -> bool:
        """Whether `begin` may be called."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""

    @property
    def cut(self) -> int:
        """How many requests or answers were cut off; 0 when everything was answered."""

    def begin(self) -> None:
        """Answer requests."""

    def look(self) -> float | None:
        """Do what is due; return after how many seconds to call this again, None to be woken."""

    def drain(self) -> None:
        """End the service: accept nothing more, answer within grace and mercy."""

    def leave(self) -> None:
        """Accept nothing more, since other processes do; end when the connections are served."""

    def kill(self) -> None:
        """End now, whatever is lost; an engine ends with its process, and need do nothing."""

    def close(self) -> None:
        """Close what is left open, after the end."""

    def close_after_fork(self) -> None:
        """Close every descriptor, in a process that application code forked from this one.

        Called in the forked process, by the one thread that it has; the objects are a copy. The
        connections must be closed through their socket objects, whose later use then fails: their
        numbers will belong to other files of that process. When
        the handler returns in that process, the engine ends the process: it answers nothing there.
        """
