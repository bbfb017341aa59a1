"""Read and write at the same time: a reader thread fills a queue that the store drains."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hygge import schemas
from hygge.engine.queue import ByteQueue
from hygge.engine.stop import Stop
from hygge.errors import DataError
from hygge.failpoints import failpoint

if TYPE_CHECKING:
    import pyarrow as pa

    from hygge.model import Job, ReadRequest, Split
    from hygge.roles import Home

__all__ = ["reading"]

LETTING_GO = 5.0  # seconds a reader is waited for that was told to cancel


class reading:  # noqa: N801  # a context manager, named like the verb it is used as
    """The batches of one split, read in a thread of its own while the block runs.

    Every batch has exactly the planned schema, or the reading fails. Leaving the block ends the
    reader: `Home.cancel` breaks off a call that is under way. Of more rows than ``most`` the rest is
    not read.
    """

    def __init__(
        self,
        home: Home,
        request: ReadRequest,
        split: Split,
        job: Job,
        limit: int,
        stop: Stop,
        seen: Callable[[pa.RecordBatch], None],
        most: int | None = None,
    ) -> None:
        self._home, self._request, self._split = home, request, split
        self._schema = schemas.unpack(job.home_schema)
        self._label = f"{job.flow}.{job.entity}"
        self._seen = seen
        self._left = most
        self._stop = Stop(stop)
        self._queue = ByteQueue(limit, self._stop)
        # A daemon: a driver that hangs in a call must not keep the process from ending.
        self._thread = threading.Thread(target=self._read, name=f"read {self._label}", daemon=True)

    def __enter__(self) -> Iterator[pa.RecordBatch]:
        self._thread.start()
        return iter(self._queue)

    def __exit__(self, *_: object) -> None:
        self._queue.abandon()
        if self._thread.is_alive():
            self._stop.set("the writer ended")
            self._home.cancel()
            self._thread.join(LETTING_GO)

    def _read(self) -> None:
        try:
            for batch in self._home.read(self._request, self._split):
                failpoint("read.batch")
                self._stop.check()
                self._expect(batch)
                batch = self._cut(batch)
                self._seen(batch)
                if not self._queue.put(batch):
                    return
                if self._left == 0:
                    break
            self._queue.end()
        except BaseException as error:  # the thread's edge: the writer gets it and raises it
            self._queue.fail(error)

    def _cut(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._left is None:
            return batch
        cut = batch.slice(0, self._left)
        self._left -= cut.num_rows
        return cut

    def _expect(self, batch: pa.RecordBatch) -> None:
        if not batch.schema.equals(self._schema, check_metadata=False):
            raise DataError(
                f"{self._label}: a batch lacks the planned schema: {_difference(self._schema, batch)}",
                code="HYG411",
                remedy="The source changed while it was read: run again.",
            )


def _difference(planned: pa.Schema, batch: pa.RecordBatch) -> str:
    wanted = [f"{f.name} {f.type}" for f in planned]
    got = [f"{f.name} {f.type}" for f in batch.schema]
    return f"expected {wanted}, got {got}"
