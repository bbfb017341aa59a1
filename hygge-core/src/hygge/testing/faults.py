"""Which request to a service fails, and how: what a fake service asks before it answers.

A fake service is real where it counts: it keeps what it was sent, checks what it is asked, and speaks
the service's protocol over a socket or in the place of the connector's transport. It calls
`FaultScript.next` once a request and does as it is told.
"""

from __future__ import annotations

import threading
import time
from typing import Literal, get_args

__all__ = ["FAULTS", "Fault", "FaultScript"]

Fault = Literal[
    "throttled",  # refused with "too many requests" (429), Retry-After being `FaultScript.pause`
    "unavailable",  # refused with "try again later" (503)
    "broken",  # refused with "internal error" (500)
    "reset",  # the connection ends before the request is carried out
    "lost_reply",  # the request is carried out, then the connection ends
    "stalled",  # no answer for longer than the connector waits, and nothing is carried out
    "short",  # the answer says how long it is, and ends earlier
    "truncated",  # of what is sent or asked for only a part is kept or given, and nothing says so
    "refused",  # the secret is not accepted, or no longer (401); no fault that passes by itself
]
FAULTS: tuple[Fault, ...] = tuple(fault for fault in get_args(Fault) if fault != "refused")


class FaultScript:
    """Lets the n-th request fail, and as many after it as wanted. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault: Fault = "reset"
        self._first = self._last = 0
        self.requests = 0
        """How many there were since `arm` or `rest`."""
        self.fired = 0
        """How many of them failed."""
        self.early = 0
        """How many came although a pause was asked for that had not passed."""
        self.pause = 0
        """Seconds that a throttled request is told to wait."""
        self._until = 0.0

    def arm(self, fault: Fault, nth: int, times: int = 1, *, pause: int = 0) -> None:
        """From here on the ``nth`` request fails (the first is 1), and ``times`` - 1 after it."""
        with self._lock:
            self._fault, self._first, self._last = fault, nth, nth + times - 1
            self.requests = self.fired = self.early = 0
            self.pause, self._until = pause, 0.0

    def rest(self) -> None:
        """From here on no request fails."""
        self.arm("reset", 0, 0)

    def next(self) -> Fault | None:
        """What becomes of the request that has come; None: it is answered as it should be."""
        now = time.monotonic()
        with self._lock:
            self.requests += 1
            self.early += now < self._until
            if not self._first <= self.requests <= self._last:
                return None
            self.fired += 1
            self._until = now + self.pause
            return self._fault
