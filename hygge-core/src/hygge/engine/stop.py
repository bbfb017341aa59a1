"""One switch that ends a run early, looked at between batches."""

from __future__ import annotations

import threading
import time

from hygge.errors import RunStopped

__all__ = ["Stop"]

LOOK = 0.1  # seconds between two looks at the switches further up


class Stop:
    """Set once, by a signal, ``--fail-fast`` or a failure on the other side of a pipeline."""

    def __init__(self, parent: Stop | None = None) -> None:
        self._event = threading.Event()
        self._parent = parent
        self._reason = ""
        self.signal: int | None = None

    def set(self, reason: str, signal: int | None = None) -> None:
        """Ask everything under way to end; the first reason counts."""
        if not self._event.is_set():
            self._reason, self.signal = reason, signal
            self._event.set()

    @property
    def reason(self) -> str:
        """Why it is set, here or further up; empty while it is not."""
        return self._reason or (self._parent.reason if self._parent is not None else "")

    def is_set(self) -> bool:
        return self._event.is_set() or (self._parent is not None and self._parent.is_set())

    def wait(self, seconds: float) -> None:
        """Sleep, or less once the switch is set."""
        until = time.monotonic() + seconds
        while not self.is_set() and (left := until - time.monotonic()) > 0:
            self._event.wait(min(left, LOOK))

    def check(self) -> None:
        """Raise `RunStopped` once the switch is set."""
        if self.is_set():
            raise RunStopped(
                f"stopped: {self.reason}",
                remedy="Run again: what was not committed starts anew, what was stays.",
            )
