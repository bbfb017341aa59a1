"""Where tasks run: `map` over picklable values. Threads today, another engine's workers tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

__all__ = ["Executor", "threads"]

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Runs tasks, some at a time, and gives their results in order."""

    def __call__(self, call: Callable[[T], R], tasks: Iterable[T], at_once: int) -> Iterator[R]:
        """Results of ``call`` over ``tasks``; the first error ends the iteration."""


def threads(call: Callable[[T], R], tasks: Iterable[T], at_once: int) -> Iterator[R]:
    """Run tasks in threads of this process; one at a time runs in the caller's."""
    if at_once == 1:
        yield from map(call, tasks)
        return
    with ThreadPoolExecutor(at_once, thread_name_prefix="split") as pool:
        yield from pool.map(call, tasks)
