"""Several worker processes that share the listeners, and the supervisor that replaces them.

The supervisor answers no requests itself. It has imported all that there is to import before it
forks, so the workers share that memory with it.

Invariants: the supervisor's main thread alone touches all of this. Each worker in `_workers` has a
slot of its own in `_slots`, by which it takes part in balancing connections.
"""

from __future__ import annotations

import gc
import logging
import socket
import sys
import time
from typing import TYPE_CHECKING

from rocketpy.server.loop.accept_balance import Counts
from rocketpy.server.process.control import Child, Command, describe_exit
from rocketpy.server.process.worker import run_worker

if TYPE_CHECKING:
    from rocketpy.server.process.control import Children
    from rocketpy.server.process.service import Service
    from rocketpy.server.process.signal_queue import SignalQueue

FAILURES = 5
"""So many failed starts in a row end the service, unless a worker serves."""

FIRST_BACKOFF_SECONDS = 0.1
LAST_BACKOFF_SECONDS = 2.0
"""How long to wait before a worker is replaced that failed or lived shortly: doubled each time."""

SHORT_LIFE_SECONDS = 5.0
"""A worker that served for longer is replaced at once."""

OVERDUE_SECONDS = 5.0
"""How long after grace and mercy a worker that does not end is killed, given `force`."""

PINGS_PER_TIMEOUT = 4
"""How often in each `worker_timeout` a worker is sent a ping."""

LATE_SECONDS = 1.0
"""A supervisor that comes so much too late was stopped itself, and may have missed answers."""

logger: logging.Logger = logging.getLogger("rocketpy.server")


class Supervisor:
    """Worker processes; one that dies is replaced. A `Serving`.

    Args:
        service: What the workers serve.
        queue: The signals that the main thread waits for.
        children: The processes that this one started.
        workers: How many workers there are to be.
        timeout: Seconds after which a worker whose main thread does not answer is killed; None for
            never.

    Attributes:
        is_ready: Whether all workers are ready.
        cut: How many workers cut something off in the drain.
    """

    is_here = False

    def __init__(
        self,
        service: Service,
        queue: SignalQueue,
        children: Children,
        *,
        workers: int,
        timeout: float | None = None,
    ) -> None:
        self.is_ready: bool = False
        self.cut: int = 0
        self._service = service
        self._queue = queue
        self._children = children
        self._wanted = workers
        self._timeout = timeout
        self._workers: list[Child] = []
        self._counts = Counts(workers)
        self._slots: dict[Child, int] = {}
        self._pinged: dict[Child, float] = {}
        self._next_check = float("inf")
        self._serving = False
        self._ending = False
        self._failures = 0
        self._short_lives = 0
        self._backs_off_until = 0.0
        self._kill_at = float("inf")
        service.import_engine()
        queue.wake_for_children()
        # What exists now stays: the garbage collector leaves its pages alone, so none is copied.
        gc.collect()
        gc.freeze()

    @property
    def is_over(self) -> bool:
        """Whether the workers were ordered to end, and all have ended."""
        return self._ending and not self._workers

    def begin(self) -> None:
        """Have the workers serve."""
        self._serving = True
        for worker in self._workers:
            worker.send(Command.BEGIN)

    def look(self) -> float | None:
        """Start workers that are missing; return after how many seconds to look again."""
        for worker in list(self._workers):
            self._update(worker)
        times = [] if self._timeout is None else [self._check_answers(self._timeout)]
        while len(self._workers) < self._wanted and not self._ending:
            backoff = self._backs_off_until - time.monotonic()
            if backoff > 0:
                return min([backoff, *times])
            self._start()
        if self._ending:
            times.append(self._kill_overdue())
        else:
            self.is_ready = self.is_ready or all(worker.is_ready for worker in self._workers)
        soonest = min(times, default=float("inf"))
        return None if soonest == float("inf") else soonest

    def _update(self, worker: Child) -> None:
        was_ready, was_serving = worker.is_ready, worker.is_serving
        worker.update()
        if worker.is_ready and not was_ready and self._serving:
            worker.send(Command.BEGIN)
        if worker.is_serving and not was_serving:
            self._failures = 0
        if worker.code is not None:
            self._remove(worker)

    def drain(self) -> None:
        """Have all workers end, and answer within grace and mercy."""
        self._end(Command.DRAIN)
        shutdown = self._service.settings.shutdown
        if shutdown.force:
            self._kill_at = time.monotonic() + shutdown.grace + shutdown.mercy + OVERDUE_SECONDS

    def leave(self) -> None:
        """Have all workers leave the listeners to others, and end when they have served."""
        self._end(Command.LEAVE)

    def kill(self) -> None:
        """End all workers now."""
        for worker in self._workers:
            worker.kill()

    def close(self) -> None:
        """Do nothing: everything is closed."""

    def close_after_fork(self) -> None:
        """Do nothing: `Children` closes the pipes, and there is nothing else."""

    def _end(self, command: Command) -> None:
        self._ending = True
        for worker in self._workers:
            worker.send(command)

    def _kill_overdue(self) -> float:
        """Kill the workers that should have ended; return after how many seconds to look again."""
        left = self._kill_at - time.monotonic()
        if left > 0:
            return left
        if self._workers:
            logger.warning("a worker that does not end is killed")
            self.kill()
        self._kill_at = float("inf")
        return self._kill_at

    def _check_answers(self, timeout: float) -> float:
        """Ping the workers, and kill those that have not answered for too long."""
        now = time.monotonic()
        every = timeout / PINGS_PER_TIMEOUT
        late = now - self._next_check
        for worker in self._workers:
            pinged = self._pinged.get(worker)
            if pinged is None or worker.answered >= pinged:
                if pinged is None or now - worker.answered >= every:
                    self._pinged[worker] = now
                    worker.send(Command.PING)
            elif late > LATE_SECONDS:
                self._pinged[worker] = min(pinged + late, now)
            elif now - pinged >= timeout:
                logger.warning(
                    "worker %d has not answered for %g seconds (`worker_timeout`): it is killed",
                    worker.process,
                    timeout,
                )
                worker.kill()
                self._pinged[worker] = now
        self._next_check = now + every
        return every

    def _remove(self, worker: Child) -> None:
        self._workers.remove(worker)
        self._pinged.pop(worker, None)
        self._counts.clear(self._slots.pop(worker))
        worker.close()
        code = worker.code or 0
        if self._ending:
            self.cut += code != 0
            return
        logger.warning("worker %d %s; another takes its place", worker.process, describe_exit(code))
        if worker.is_serving:
            lived = time.monotonic() - worker.born
            self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
            self._back_off(self._short_lives)
        else:
            self._note_failure(describe_exit(code))

    def _note_failure(self, reason: str) -> None:
        self._failures += 1
        self._back_off(self._failures)
        if self._failures >= FAILURES and not any(worker.is_serving for worker in self._workers):
            logger.error(
                "%d workers in a row failed at once, the last %s: the service ends",
                self._failures,
                reason,
            )
            self.cut += 1
            if self._serving:
                self.drain()
            else:
                # To drain would close the listeners to new connections, and after a reload that
                # fails the old generation needs them.
                self._ending = True
                self.kill()

    def _back_off(self, times: int) -> None:
        if times:
            # Doubled each time; 2 ** 9 is beyond the bound.
            seconds = FIRST_BACKOFF_SECONDS * 2 ** min(times - 1, 9)
            self._backs_off_until = time.monotonic() + min(seconds, LAST_BACKOFF_SECONDS)

    def _start(self) -> None:
        sys.stdout.flush()  # or each worker would print what is buffered there
        sys.stderr.flush()
        slot = min(set(range(self._wanted)) - set(self._slots.values()))
        share = self._counts.share(slot)
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            self._cannot_start(error)
            return

        def run(mask: set[int]) -> int:
            ours.close()
            self._children.close_pipes()  # each worker must learn it when the supervisor is gone
            return run_worker(self._service, theirs, share=share, mask=mask)

        try:
            process = self._queue.fork(run)
        except OSError as error:
            ours.close()
            self._cannot_start(error)
        else:
            worker = Child(process, ours, self._children)
            self._workers.append(worker)
            self._slots[worker] = slot
        finally:
            theirs.close()

    def _cannot_start(self, error: OSError) -> None:
        logger.warning("no worker can be started: %s", error.strerror)
        self._note_failure(f"with {error.strerror}")
