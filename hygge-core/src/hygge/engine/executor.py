"""Where tasks run: `map` over picklable values. Threads today, another engine's workers tomorrow."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import TypeVar

from hygge.engine.stop import Stop
from hygge.flow.item import Item

__all__ = ["Slots", "in_hand", "side_by_side", "slots_for", "threads"]

T = TypeVar("T")
R = TypeVar("R")

CONCURRENCY = 4  # entities that are read at a time, if nobody says how many
PART = 128 << 20  # bytes that one part of a table takes: rows read, rows written, chunks under way
IN_HAND = 4  # entities under way for each that is read, where stores are remote: the others wait for answers


class Slots:
    """How many tasks of a run plan, read and stage at the same time: ``count``, and ``each`` of one entity.

    More parts of one table at once than there are processors cost memory and win nothing where
    the work is decoding and encoding.
    """

    def __init__(self, count: int, each: int | None = None) -> None:
        self.count = count
        self.each = each or count
        self._free = threading.BoundedSemaphore(count)

    def one(self) -> AbstractContextManager[object]:
        """A slot, held while the block runs."""
        return self._free


def slots_for(reading: int, concurrency: int | None, memory: int) -> Slots:
    """The slots of a run; where nobody says how many, as many as processors and ``memory`` (bytes) carry."""
    if concurrency:
        return Slots(concurrency)
    most = max(1, memory // PART)
    return Slots(min(reading, most), min(reading, most, os.cpu_count() or 1))


def in_hand(chosen: Iterable[Item], concurrency: int | None) -> tuple[int, int]:
    """How many entities are read at a time, and how many are under way: more where stores are remote."""
    reading = concurrency or CONCURRENCY
    remote = any(item.store_type.remote for item in chosen)
    return reading, reading * IN_HAND if remote and reading > 1 else reading


def side_by_side(call: Callable[[T], R], things: Sequence[T], at_once: int) -> list[R]:
    """The results in order; one thing after the other, or a single one, in the caller's thread."""
    if at_once == 1 or len(things) <= 1:
        return [call(thing) for thing in things]
    with ThreadPoolExecutor(at_once, thread_name_prefix="entity") as pool:
        return list(pool.map(call, things))


def threads(call: Callable[[T, Stop], R], tasks: Sequence[T], slots: Slots, stop: Stop) -> list[R]:
    """Run the tasks in threads of this process and give their results in order.

    The first error stops the others and is raised once they have ended; a single task runs in the
    caller's thread.
    """
    mine = Stop(stop)

    def one(task: T) -> R:
        with slots.one():
            mine.check()
            return call(task, mine)

    if len(tasks) <= 1:
        return [one(task) for task in tasks]
    with ThreadPoolExecutor(min(slots.each, len(tasks)), thread_name_prefix="split") as pool:
        running: list[Future[R]] = [pool.submit(one, task) for task in tasks]
        done, rest = wait(running, return_when=FIRST_EXCEPTION)
        failed = [future for future in running if future in done and future.exception() is not None]
        if failed:
            mine.set("another part of the entity failed")
            for future in rest:
                future.cancel()
            wait(rest)
            return [failed[0].result()]  # raises its error
        return [future.result() for future in running]
