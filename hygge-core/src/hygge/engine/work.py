"""What a worker does: read one or more splits of a job and stage them.

A task is a picklable value; the worker opens its own home and store from it. Today workers are
threads (`hygge.engine.executor`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hygge import schemas
from hygge.config import PolishConfig, WatermarkConfig
from hygge.engine.pipeline import reading
from hygge.engine.retry import retrying
from hygge.engine.shape import Shaping
from hygge.errors import StopEntity
from hygge.failpoints import failpoint
from hygge.model import Job, Overlap, ReadRequest, Split, Staged, WatermarkValue
from hygge.plugins import registry

if TYPE_CHECKING:
    import pyarrow as pa

    from hygge.engine.stop import Stop
    from hygge.roles import Store

__all__ = ["Done", "Task", "work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Splits of one job that one worker stages, one after the other."""

    job: Job
    request: ReadRequest
    splits: tuple[Split, ...]
    queue_bytes: int
    started_at: str  # of the run
    polish: PolishConfig
    names: Mapping[str, str]  # of columns, as the last commit gave them
    keys: tuple[str, ...] = ()  # the home's names
    watermark: WatermarkConfig | None = None
    committed: WatermarkValue | None = None
    overlap: Overlap | None = None
    known: bytes = b""  # the identities behind ``overlap``
    there: tuple[Overlap, bytes] | None = None  # of a backfill that appends: what the store holds


class Following(Protocol):
    """Follows the batches of one attempt: `hygge.overlap.Tracker`, or `Completing` for a backfill."""

    left_out: int

    def filter(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without the rows that are committed already."""

    def watermark(self) -> WatermarkValue:
        """The greatest value committed once this attempt is."""

    def overlap(self) -> tuple[Overlap, bytes] | None:
        """What the next append has to leave out."""

    def merge(self, other: Any) -> None:
        """Take in what another of the same kind saw in other splits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a task; splits without rows are not staged."""

    staged: tuple[Staged, ...]
    begun: bool  # whether anything was staged, be it by an attempt that broke off
    rows_read: int
    left_out: int
    tracker: Following | None


def work(task: Task, stop: Stop, progress: Callable[[int, int], None]) -> Done:
    """Stage the task's splits; a transient error starts the whole task again.

    ``progress`` is given rows and bytes read, batch by batch; a second attempt counts on from there.
    """
    label = f"{task.job.flow}.{task.job.entity}"
    begun: list[str] = []
    return retrying(lambda: _attempt(task, stop, progress, begun), stop, label)


def _attempt(task: Task, stop: Stop, progress: Callable[[int, int], None], begun: list[str]) -> Done:
    """``begun`` gets the splits that this attempt begins to stage."""
    job = task.job
    connectors = registry()
    shaped = Shaping(task.polish, job.home_schema, job.schema, task.started_at, task.names)
    rows_read = 0

    def seen(batch: pa.RecordBatch) -> None:
        nonlocal rows_read
        rows_read += batch.num_rows
        progress(batch.num_rows, batch.nbytes)

    home = connectors.open_home(job.home_type, job.home)
    store = connectors.open_store(job.store_type, job.store)
    tracker = _tracker(task, shaped, store)
    try:
        staged = []
        for split in task.splits:
            failpoint("split.begin")
            left = None if task.request.limit is None else task.request.limit - rows_read
            if left == 0:
                break
            with reading(home, task.request, split, job, task.queue_bytes, stop, seen, left) as batches:
                part = _stage(store, job, split.id, map(shaped, _kept(batches, tracker)), begun)
            staged += [part] if part is not None else []
            failpoint("split.staged")
    finally:
        store.close()
        home.close()
    return Done(
        staged=tuple(staged),
        begun=bool(begun),
        rows_read=rows_read,
        left_out=tracker.left_out if tracker else 0,
        tracker=tracker,
    )


def _tracker(task: Task, shaped: Shaping, store: Store) -> Following | None:
    if task.watermark is None:
        return None
    if task.there is not None and task.committed is not None and task.overlap is not None:
        from hygge.engine.completing import Completing  # as below

        def as_there(batch: pa.RecordBatch) -> pa.RecordBatch:
            return store.as_read_back(shaped(batch))

        return Completing(as_there, task.committed, task.there, task.overlap, task.known)
    from hygge.overlap import Tracker  # it needs Arrow's kernels, which are slow to import

    return Tracker(
        schemas.unpack(task.job.home_schema),
        task.watermark.column,
        task.keys,
        task.watermark.lookback,
        committed=task.committed,
        overlap=task.overlap,
        known=task.known,
        since=task.request.window.lower if task.request.window else None,
        nulls=task.watermark.nulls == "include",
        remember=task.job.mode != "upsert",
    )


def _kept(batches: Iterator[pa.RecordBatch], tracker: Following | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        kept = batch if tracker is None else tracker.filter(batch)
        if kept.num_rows:
            yield kept


def _stage(
    store: Store, job: Job, split_id: str, kept: Iterator[pa.RecordBatch], begun: list[str]
) -> Staged | None:
    first = next(kept, None)
    if first is None:
        return None
    begun.append(split_id)
    passed = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal passed
        for batch in itertools.chain([first], kept):
            passed += batch.num_rows
            yield batch

    staged = store.stage(job, split_id, counted())
    if staged.rows != passed or next(kept, None) is not None:
        raise StopEntity(
            f"{job.flow}.{job.entity}: {passed} rows were given to the store, it staged {staged.rows}",
            code="HYG601",
            remedy="Nothing is visible. This is a fault of the store's connector: report it.",
        )
    return staged
