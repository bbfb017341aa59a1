"""What was asked and what was answered, in the order in which requests came in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["Exchange", "RequestLog"]


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and its answer; `status` is 0 until there is one, and where it is never sent."""

    index: int
    verb: str
    target: str
    path: str  # FILESYSTEM/PATH
    operation: str
    service: str
    received: int = 0  # bytes of the request's body
    sent: int = 0  # bytes of the answer's body
    status: int = 0
    code: str = ""
    fault: str = ""


class RequestLog(Sequence[Exchange]):
    """All exchanges so far."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def begin(self, *, verb: str, target: str, path: str, operation: str, service: str) -> Exchange:
        with self._lock:
            made = Exchange(
                index=len(self._exchanges),
                verb=verb,
                target=target,
                path=path,
                operation=operation,
                service=service,
            )
            self._exchanges.append(made)
        return made

    def of(self, operation: str = "*", path: str = "*") -> list[Exchange]:
        """Those whose operation and path fit the patterns."""
        return [
            one
            for one in list(self._exchanges)
            if fnmatchcase(one.operation, operation) and fnmatchcase(one.path, path)
        ]

    def clear(self) -> None:
        """Forget all and begin at 0 again."""
        with self._lock:
            self._exchanges.clear()

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # both overloads of Sequence, as list has them
        return self._exchanges[index]

    def __len__(self) -> int:
        return len(self._exchanges)
