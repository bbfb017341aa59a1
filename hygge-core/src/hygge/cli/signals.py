"""The first SIGINT or SIGTERM asks a run to stop; a second one, or ten seconds, end the process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import FrameType

from hygge.engine.stop import Stop

__all__ = ["ending", "stopping"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 9.0
"""Seconds that a run has to come to its end; a source may be deaf to it. The next run heals either way."""


@contextlib.contextmanager
def stopping(stop: Stop, said: Callable[[str], None], leave: Callable[[], None]) -> Iterator[None]:
    """Within, a signal sets ``stop``; ``said`` is given what to tell, ``leave`` called before a hard end.

    Signals are taken in a thread of their own: Python runs a signal's handler in the main thread
    only, which may be deep in native code when the second one comes.
    """
    with _taken(lambda reader: _watch(reader, stop, said, leave)):
        yield


def ending() -> AbstractContextManager[None]:
    """Within, a signal ends the process at once: for commands that touch nothing."""
    return _taken(_end)


@contextlib.contextmanager
def _taken(watch: Callable[[int], None]) -> Iterator[None]:
    """Signals are read from a pipe by ``watch`` in a thread of its own."""
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, _noted) for number in SIGNALS}
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, args=(reader,), name="signals", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)  # ends the watcher
        watcher.join()
        os.close(reader)


def _noted(number: int, frame: FrameType | None) -> None:
    """Keep the default action away; `_watch` reads the signal's number from the pipe."""


def _watch(reader: int, stop: Stop, said: Callable[[str], None], leave: Callable[[], None]) -> None:
    first = _next(reader)
    if not first:
        return
    name = signal.Signals(first).name
    stop.set(name, first)
    stop.signal = stop.signal or first  # --fail-fast may have set the switch before, without a signal
    said(f"{name}: stopping; once more ends it at once, and the next run heals")
    second = _next(reader, within=GRACE)
    if second != 0:
        leave()
        os._exit(128 + (second or first))


def _end(reader: int) -> None:
    first = _next(reader)
    if first:
        os._exit(128 + first)


def _next(reader: int, within: float | None = None) -> int | None:
    """The number of the next stop signal; 0 once the pipe is closed, None after ``within`` seconds."""
    while select.select([reader], [], [], within)[0]:
        data = os.read(reader, 1)
        if not data or data[0] in SIGNALS:
            return data[0] if data else 0
    return None
