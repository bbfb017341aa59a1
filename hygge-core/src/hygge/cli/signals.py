"""The first SIGINT or SIGTERM asks a run to stop; a second one ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from hygge.engine.stop import Stop

__all__ = ["stopping"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stopping(stop: Stop, said: Callable[[str], None], leave: Callable[[], None]) -> Iterator[None]:
    """Within, a signal sets ``stop``; ``said`` is given what to tell, ``leave`` called before the end.

    They are taken in a thread of their own: Python runs a signal's handler in the main thread
    only, which may be deep in native code when the second one comes.
    """
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, _noted) for number in SIGNALS}
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(reader, stop, said, leave), name="signals", daemon=True)
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
    while number := _next(reader):
        if stop.signal is not None:
            leave()
            os._exit(128 + number)
        name = signal.Signals(number).name
        stop.set(name, number)
        stop.signal = stop.signal or number  # --fail-fast may have set it before, without a signal
        said(f"{name}: stopping, what is sealed is finished; once more ends at once, the next run heals")


def _next(reader: int) -> int:
    """The number of the next stop signal; 0 once the pipe is closed."""
    while data := os.read(reader, 1):
        if data[0] in SIGNALS:
            return data[0]
    return 0
