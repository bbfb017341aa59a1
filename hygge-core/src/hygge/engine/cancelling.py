"""Break off a home's call when the run is stopped: a driver knows nothing of our switch."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hygge.engine.stop import Stop

if TYPE_CHECKING:
    from hygge.roles import Home

__all__ = ["cancelling"]

LOOK = 0.2  # seconds between two looks at the switch


class cancelling:  # noqa: N801  # a context manager, named like the verb it is used as
    """Calls `Home.cancel`, again and again, from the moment ``stop`` is set until the block ends."""

    def __init__(self, home: Home, stop: Stop) -> None:
        self._home, self._stop = home, stop
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cancel", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            if self._stop.is_set():
                self._home.cancel()
