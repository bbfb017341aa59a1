"""A queue of record batches bounded in bytes, between one reader and one writer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hygge.engine.stop import Stop

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ByteQueue"]

LOOK = 0.2  # seconds between two looks at the stop switch while waiting


class ByteQueue:
    """Holds at most ``limit`` bytes of batches, or one batch that is larger.

    An error given to `fail` reaches the reader of the queue behind the batches put before it;
    `abandon` makes the next `put` return False.
    """

    def __init__(self, limit: int, stop: Stop) -> None:
        self._limit = limit
        self._stop = stop
        self._batches: deque[tuple[pa.RecordBatch, int]] = deque()
        self._bytes = 0
        self._ended = False
        self._abandoned = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, batch: pa.RecordBatch) -> bool:
        """Wait for room and add the batch; False once nobody will take it."""
        size = batch.nbytes
        with self._changed:
            while self._batches and self._bytes + size > self._limit and not self._abandoned:
                self._changed.wait(LOOK)
                self._stop.check()
            if self._abandoned:
                return False
            self._batches.append((batch, size))
            self._bytes += size
            self._changed.notify_all()
        return True

    def end(self) -> None:
        """There will be no more batches."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """There will be no more batches, because of ``error``."""
        with self._changed:
            self._error, self._ended = error, True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Nobody will take another batch; what is held is let go."""
        with self._changed:
            self._abandoned = True
            self._batches.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._take()) is not None:
            yield batch

    def _take(self) -> pa.RecordBatch | None:
        with self._changed:
            while not self._batches and not self._ended:
                self._changed.wait(LOOK)
                self._stop.check()
            self._stop.check()
            if not self._batches:
                if self._error is not None:
                    raise self._error
                return None
            batch, size = self._batches.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return batch
