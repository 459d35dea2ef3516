"""Serving: from an application and its listeners to an exit code."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from rocketpy.server.process.control import Children
from rocketpy.server.process.held_signals import release_signals
from rocketpy.server.process.main_loop import MainLoop
from rocketpy.server.process.signal_queue import SignalQueue
from rocketpy.server.process.worker import bound_exit, ending_signals, survived_signals

if TYPE_CHECKING:
    from rocketpy.server.process.control import Parent
    from rocketpy.server.process.main_loop import Lifecycle
    from rocketpy.server.process.service import Service
    from rocketpy.server.protocols import Serving


def serve(  # noqa: PLR0913  (keywords, in no order)
    service: Service,
    *,
    workers: int = 1,
    worker_timeout: float | None = None,
    lifecycle: Lifecycle | None = None,
    reloads: bool = False,
    parent: Parent | None = None,
    exits: bool = False,
) -> int:
    """Answer requests until a signal ends it, in this process or in others.

    The signals of `shutdown` begin the drain (Rocket's guide, "Graceful Shutdown"): nothing more is
    accepted, requests in flight are answered within `grace` seconds, connections take their answers
    within `mercy` more. A second signal ends everything at once.

    Args:
        service: What is served. Its listeners are closed when the drain begins.
        workers: How many processes serve; 1 is this one alone.
        worker_timeout: Seconds after which a worker whose main thread does not answer is killed
            and replaced; None for never. Given this, one worker is another process too.
        lifecycle: What the course of the service is reported to.
        reloads: Whether SIGHUP requests a reload, unless it is among the signals of `shutdown`; see
            `reload.py`. If not, SIGHUP is left alone.
        parent: The process that started this one and commands it, if there is one.
        exits: Whether the process ends after this. Then, given `shutdown.force`, what is left of
            grace and mercy bounds how long the application may take for its own end.

    Returns:
        The exit code: 0 when nothing was cut off, 1 otherwise.

    Raises:
        ValueError: If this is not the main thread, the only one that Python lets handle signals.
    """
    ending = ending_signals(service.settings)
    signals = survived_signals(service.settings) if parent else set(ending)
    reloads = reloads and not parent and signal.SIGHUP not in ending
    if reloads:
        signals.add(signal.SIGHUP)
    # Where Ctrl-C begins no drain, it kills, instead of raising KeyboardInterrupt somewhere.
    with SignalQueue(signals, to_default={signal.SIGINT} - signals) as queue:
        release_signals()
        children = Children(queue.watch, queue.unwatch)
        serving: Serving
        if workers > 1 or worker_timeout is not None:
            from rocketpy.server.process.supervisor import Supervisor  # not for one process

            serving = Supervisor(service, queue, children, workers=workers, timeout=worker_timeout)
        else:
            serving = service.make_engine(queue.wake)
        loop = MainLoop(
            serving,
            service,
            queue,
            children,
            parent=parent,
            lifecycle=lifecycle,
            ending=() if parent else ending,
            reloads=reloads,
        )
        code = loop.run()
    if exits:
        bound_exit(code, service.settings.shutdown, loop.drain_began)
    return code
