"""A script of what goes wrong: which request, and how.

server.faults.add(throttled(503, retry_after=1), at=7)
server.faults.add(applied_then(500), operation="rename", path="*/orders/*", times=2)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from adls_server.answers import Refused
from adls_server.tokens import CHALLENGE

__all__ = [
    "Fault",
    "FaultScript",
    "applied_then",
    "corrupted",
    "dripping",
    "fails",
    "held",
    "loses",
    "reset",
    "shortened",
    "stalled",
    "throttled",
    "token_expired",
    "truncated",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one request instead of the right thing."""

    name: str
    applied: bool = True  # whether the request is carried out
    error: Refused | None = None  # answered in place of the truth
    reset: bool = False  # the connection is reset in place of an answer
    until: threading.Event | None = None  # what the request waits for before it is carried out
    stall: float = 0  # seconds that it waits before it is carried out
    stall_after: float = 0  # seconds that its answer waits
    truncate: int | None = None  # bytes of the body that are sent before the connection ends
    drip: float = 0  # seconds before each byte of the body
    shorten: int = 0  # bytes missing at the end of a body whose Content-Length says nothing of it
    corrupt: bool = False  # one byte of the body is another
    lose: int = 0  # bytes that the file lacks afterwards, though the answer says all is well


def throttled(status: int = 429, retry_after: int | None = None) -> Fault:
    """Not done; 429 or 503, with Retry-After in seconds if given."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    code = "ServerBusy" if status == 503 else "TooManyRequests"
    return Fault(
        name=f"throttled {status}", applied=False, error=Refused(code, "", status=status, headers=headers)
    )


def fails(status: int = 500, code: str = "InternalError") -> Fault:
    """Not done, and said so."""
    return Fault(name=f"fails {status}", applied=False, error=Refused(code, "", status=status))


def applied_then(status: int = 500, code: str = "InternalError") -> Fault:
    """Done, but answered as if it had failed."""
    return Fault(name=f"applied then {status}", error=Refused(code, "", status=status))


def reset(*, applied: bool) -> Fault:
    """The connection is reset, before the request was carried out or after."""
    return Fault(name=f"reset {'after' if applied else 'before'}", applied=applied, reset=True)


def stalled(seconds: float, *, applied: bool) -> Fault:
    """Nothing happens for a time: after the request was carried out, or before it is (late, but it is)."""
    if applied:
        return Fault(name="answered late", stall_after=seconds)
    return Fault(name="applied late", stall=seconds)


def held(until: threading.Event) -> Fault:
    """Nothing happens until the event is set; then the request is carried out."""
    return Fault(name="held", until=until)


def truncated(after: int) -> Fault:
    """The connection ends after these many bytes of the body."""
    return Fault(name="truncated body", truncate=after)


def dripping(seconds: float) -> Fault:
    """The body comes byte by byte, each after a pause."""
    return Fault(name="dripping body", drip=seconds)


def shortened(by: int) -> Fault:
    """The body lacks its last bytes, and Content-Length fits what is sent."""
    return Fault(name="short body", shorten=by)


def corrupted() -> Fault:
    """One byte of the body is another."""
    return Fault(name="corrupt body", corrupt=True)


def loses(by: int) -> Fault:
    """Done, and afterwards the file lacks its last bytes."""
    return Fault(name="lost bytes", lose=by)


def token_expired() -> Fault:
    """Not done; 401 as for a token whose time is over."""
    error = Refused(
        "InvalidAuthenticationInfo", "the token is expired", headers={"WWW-Authenticate": CHALLENGE}
    )
    return Fault(name="token expired", applied=False, error=error)


@dataclass(slots=True, kw_only=True)
class _Planned:
    fault: Fault
    at: int | None
    operation: str | None
    verb: str | None
    path: str
    skip: int
    times: int | None

    def fits(self, index: int, operation: str, verb: str, path: str) -> bool:
        return (
            self.at in (None, index)
            and self.operation in (None, operation)
            and self.verb in (None, verb)
            and fnmatchcase(path, self.path)
            and self.times != 0
        )


@dataclass(slots=True)
class FaultScript:
    """Faults that are still to happen."""

    _planned: list[_Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: Callable[[], Fault | None] | None = None

    def follow(self, asked: Callable[[], Fault | None]) -> None:
        """Have another script say what becomes of each request, until `clear`."""
        self.clear()
        self._asked = asked

    def add(
        self,
        fault: Fault,
        *,
        at: int | None = None,
        operation: str | None = None,
        verb: str | None = None,
        path: str = "*",
        skip: int = 0,
        times: int | None = 1,
    ) -> None:
        """Have a fault at the request with index ``at``, or at those that fit (``times=None``: always).

        ``path`` is a pattern for ``FILESYSTEM/PATH``; the first ``skip`` requests that fit are spared.
        """
        planned = _Planned(
            fault=fault, at=at, operation=operation, verb=verb, path=path, skip=skip, times=times
        )
        with self._lock:
            self._planned.append(planned)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._asked = None

    def take(self, index: int, operation: str, verb: str, path: str) -> Fault | None:
        """The fault of this request, which thereby has happened once more."""
        if self._asked is not None:
            return self._asked()
        with self._lock:
            for planned in self._planned:
                if not planned.fits(index, operation, verb, path):
                    continue
                if planned.skip:
                    planned.skip -= 1
                    continue
                if planned.times is not None:
                    planned.times -= 1
                return planned.fault
        return None
