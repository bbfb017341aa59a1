"""One switch that ends a run early, looked at between batches."""

from __future__ import annotations

import threading

from hygge.errors import RunStopped

__all__ = ["Stop"]


class Stop:
    """Set once, by a signal, ``--fail-fast`` or a failure on the other side of a pipeline."""

    def __init__(self, parent: Stop | None = None) -> None:
        self._event = threading.Event()
        self._parent = parent
        self.reason = ""
        self.signal: int | None = None

    def set(self, reason: str, signal: int | None = None) -> None:
        """Ask everything under way to end; the first reason counts."""
        if not self._event.is_set():
            self.reason, self.signal = reason, signal
            self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set() or (self._parent is not None and self._parent.is_set())

    def wait(self, seconds: float) -> None:
        """Sleep, or less once the switch is set."""
        (self._parent or self)._event.wait(seconds)

    def check(self) -> None:
        """Raise `RunStopped` once the switch is set."""
        if self.is_set():
            parent = self._parent.reason if self._parent is not None else ""
            raise RunStopped(
                f"stopped: {self.reason or parent}",
                remedy="Run again: what was not committed starts anew, what was stays.",
            )
