"""One thread leads, whatever the order in which threads come to the lock."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.server.loop.leader_followers import LeaderFollowers
from tests.server.loop.scheduler import Scheduler, StuckError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNS = int(os.environ.get("INTERLEAVINGS", "150"))
"""Interleavings that each case goes through; a long run has more."""


class World:
    """Leaders that take requests off a list, as the engine takes them off sockets.

    It holds the invariants: one leader at a time, no more handlers than there may be, no request
    answered twice. A run is over when all are answered.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        requests: int,
        most: int,
        *,
        blocks: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.scheduler = scheduler
        self.asked = list(range(requests))
        self.answered: list[int] = []
        self.leaders = 0
        self.running = 0
        self.most = most
        self.blocks = blocks
        self.woken = 0
        self.is_over = False
        self.threads: LeaderFollowers[int] = LeaderFollowers(
            self.lead, self.wake, most, threads=scheduler
        )

    def wake(self) -> None:
        self.woken += 1

    def lead(self, term: int) -> None:
        self.leaders += 1
        assert self.leaders == 1
        leads: int | None = term
        threads = self.threads
        while leads is not None and not self.is_over:
            if threads.waiting and (request := threads.next_waiting()) is not None:
                self.leaders -= 1
                leads = self.handle(request, leads)
            elif self.asked:
                request = self.asked.pop(0)
                blocks = self.blocks(request)
                self.leaders -= blocks  # the next may lead before this returns
                begun = threads.begin_handler(request, blocks=blocks)
                self.leaders += blocks and not begun
                if begun:
                    self.leaders -= not blocks
                    leads = self.handle(request, leads)
            else:  # as in epoll_wait
                self.scheduler.pause(lambda: bool(self.asked) or self.is_over)
        if leads is not None:
            self.leaders -= 1

    def handle(self, request: int, term: int) -> int | None:
        """Run a handler: the lead may go to another thread at every moment of it."""
        self.answer(request)
        leads = self.threads.end_handler(term)
        if leads is not None:
            self.leaders += 1
            assert self.leaders == 1
            return leads
        while (request_ := self.threads.come_back()) is not None:
            self.answer(request_)
        return None

    def answer(self, request: int) -> None:
        self.running += 1
        assert self.running <= self.most
        self.scheduler.pause()
        self.running -= 1
        assert request not in self.answered
        self.answered.append(request)

    def watch(self) -> None:
        """Be the main thread, which looks again and again; the handlers have no end otherwise."""
        self.threads.begin()
        while not self.is_over:
            self.threads.look()
            self.scheduler.clock += 1
            self.scheduler.pause()

    def run(self) -> None:
        wanted = len(self.asked)
        self.scheduler.spawn(self.watch, "main")
        self.scheduler.run(lambda: len(self.answered) == wanted or self.threads.failed)
        assert not self.threads.failed


def interleavings(seed: int) -> Iterator[list[int]]:
    """Give random choices, the same each time: each of them is a run that can be repeated."""
    source = random.Random(seed)  # noqa: S311  (it decides who goes on)
    for _ in range(RUNS):
        yield [source.randrange(8) for _ in range(400)]


CASES: dict[str, dict[str, Any]] = {
    "quick handlers": {"requests": 4, "most": 3},
    "one handler at a time": {"requests": 4, "most": 1},
    "two at a time": {"requests": 5, "most": 2},
    "handlers that are expected to block": {"requests": 4, "most": 3, "blocks": lambda _: True},
    "one at a time, that blocks": {"requests": 3, "most": 1, "blocks": lambda _: True},
    "some that block": {"requests": 5, "most": 2, "blocks": lambda request: request % 2 == 0},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("most_threads", [2, 3, 4, 100])
def test_every_request_is_answered_once(case: str, most_threads: int) -> None:
    """In each interleaving, and where the system gives no thread but the main one and the first."""
    settings = CASES[case]
    for choices in interleavings(seed=most_threads):
        scheduler = Scheduler(choices, most_threads)
        world = World(scheduler, **settings)
        try:
            world.run()
        except StuckError as error:
            pytest.fail(f"{error} after {choices[: len(scheduler.made)]}")
        finally:
            scheduler.end()
        assert sorted(world.answered) == list(range(settings["requests"]))


def test_nobody_leads_before_the_beginning() -> None:
    """The main thread looks before it begins; a generation that is to wait must not serve."""
    scheduler = Scheduler([])
    world = World(scheduler, requests=1, most=1)

    def main() -> None:
        for _ in range(20):
            world.threads.look()

    scheduler.spawn(main, "main")
    with pytest.raises(StuckError, match=r"\[\]"):  # all threads have ended
        scheduler.run(lambda: bool(world.answered))
    assert world.threads.size == 0


def test_dismissed_threads_end() -> None:
    """After the end no follower stays, and a handler that ends then takes no lead."""
    for choices in interleavings(seed=1):
        scheduler = Scheduler(choices)
        world = World(scheduler, requests=2, most=2, blocks=lambda request: request == 0)

        def main(world: World = world) -> None:
            world.threads.begin()
            world.scheduler.pause(lambda: bool(world.answered))
            world.is_over = True
            world.threads.dismiss()

        scheduler.spawn(main, "main")
        try:
            scheduler.run(lambda: world.is_over and world.threads.size == 0)  # noqa: B023  (it runs at once)
        finally:
            scheduler.end()


def test_no_thread_at_all_is_an_error() -> None:
    """Without a first leader there is no service."""
    scheduler = Scheduler([], most_threads=1)
    world = World(scheduler, requests=1, most=1)
    scheduler.spawn(world.watch, "main")
    with pytest.raises(RuntimeError, match="can't start new thread"):
        scheduler.run(lambda: False)
    assert world.threads.size == 0


def test_a_leader_that_fails_is_noted() -> None:
    """A process whose loop fails must not hold its connections for ever."""
    scheduler = Scheduler([])
    woken: list[int] = []

    def lead(_term: int) -> None:
        raise ValueError("a fault of ours")

    threads: LeaderFollowers[int] = LeaderFollowers(
        lead, lambda: woken.append(1), 1, threads=scheduler
    )
    scheduler.spawn(threads.begin, "main")
    scheduler.run(lambda: threads.failed)
    scheduler.end()
    assert woken


def test_the_main_thread_sleeps_when_nothing_happens() -> None:
    """It looks a few times, and is woken by the next handler."""
    scheduler = Scheduler([0] * 1000)
    world = World(scheduler, requests=0, most=1)
    seen: list[float | None] = []

    def main() -> None:
        world.threads.begin()
        scheduler.pause(lambda: world.leaders == 1)
        while (seconds := world.threads.look()) is not None:
            seen.append(seconds)
        seen.append(None)
        world.asked.append(0)
        scheduler.pause(lambda: world.woken == 1)
        seen.append(world.threads.look())

    scheduler.spawn(main, "main")
    scheduler.run(lambda: len(seen) > 2 and seen[-1] is not None and None in seen)
    scheduler.end()
    assert seen.count(None) == 1
