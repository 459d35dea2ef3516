"""What the server asks of a configuration, so that it needs no particular one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping


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


class Serving(Protocol):
    """What answers requests: this process's engine, worker processes, or a whole new service.

    The main thread `look`s whenever something may have happened, and has it begin when it is
    ready. What was told to drain or to leave is over some time after it.
    """

    @property
    def is_here(self) -> bool:
        """Whether the application runs in this process."""

    @property
    def is_ready(self) -> bool:
        """Whether `begin` may be called."""

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""

    @property
    def cut(self) -> int:
        """How much was cut off on the way to the end; 0 when all was answered."""

    def begin(self) -> None:
        """Answer requests."""

    def look(self) -> float | None:
        """Do what is due; return after how many seconds to look again, None to be woken."""

    def drain(self) -> None:
        """End the service: accept nothing more, answer within grace and mercy."""

    def leave(self) -> None:
        """Leave new connections to others, and be over when the old ones are served."""

    def kill(self) -> None:
        """End now, whatever is lost."""

    def close(self) -> None:
        """Give back what is held of the system, after the end."""
