"""Taking old attempts out of the snapshot; where entities stand is elsewhere, in the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from hygge.files.filesystem import FileSystem
from hygge.journal.checkpoint import Checkpoint
from hygge.journal.snapshot import Snapshot, write_snapshot

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Keep", "Pruned", "Prunes", "old_attempts", "prune"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What stays: an attempt goes only if nothing here keeps it."""

    since: datetime | None = None  # what began then or later
    runs: int | None = None  # the newest so many runs of each flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many attempts a pruning takes away, and how many stay."""

    removed: int
    kept: int
    oldest: str | None = None  # when the oldest that goes began


@runtime_checkable
class Prunes(Protocol):
    """A journal whose history can be pruned."""

    def prune(self, keep: Keep, *, dry: bool = False) -> Pruned:
        """Remove what ``keep`` does not keep; with ``dry`` only count it."""


def old_attempts(files: FileSystem, keep: Keep, now: Checkpoint) -> Pruned:
    """What `prune` would do to the snapshot."""
    snapshot = Snapshot(files, ranged=True)
    stays = _Stays(snapshot, keep, now)
    removed, kept, oldest = 0, 0, None
    for batch in snapshot.batches():
        mask = stays(batch)
        stay = mask.true_count
        kept, removed = kept + stay, removed + batch.num_rows - stay
        gone = batch.column("started_at").filter(_not(mask))
        oldest = min([at for at in (oldest, _least(gone)) if at is not None], default=None)
    return Pruned(removed=removed, kept=kept, oldest=oldest.isoformat("T", "seconds") if oldest else None)


def prune(files: FileSystem, keep: Keep, now: Checkpoint) -> None:
    """Write the snapshot anew without what goes, in one step; the caller holds the fold lock.

    What it says to contain of the log stays as it is, so that no row that went comes back.
    """
    snapshot = Snapshot(files, ranged=True)
    stays = _Stays(snapshot, keep, now)
    write_snapshot(files, snapshot, [], snapshot.segments, only=stays)


class _Stays:
    """Which rows of a batch stay: what is kept, and always the attempt that an entity stands on."""

    def __init__(self, snapshot: Snapshot, keep: Keep, now: Checkpoint) -> None:
        self._since = keep.since
        self._runs = _newest_runs(snapshot, keep.runs) if keep.runs else set()
        self._jobs = sorted(_jobs(now))

    def __call__(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        import pyarrow as pa
        import pyarrow.compute as pc

        stays = pc.is_in(batch.column("entity_run_id"), value_set=pa.array(self._jobs, pa.string()))
        if self._since is not None:
            stays = pc.or_(stays, pc.greater_equal(batch.column("started_at"), pa.scalar(self._since)))
        if self._runs:
            pairs = zip(batch.column("flow").to_pylist(), batch.column("run_id").to_pylist(), strict=True)
            stays = pc.or_(stays, pa.array([pair in self._runs for pair in pairs], pa.bool_()))
        return stays


def _newest_runs(snapshot: Snapshot, number: int) -> Set[tuple[str, str]]:
    """Flow and id of the newest runs, by when they began."""
    began: dict[str, dict[str, datetime]] = {}
    for batch in snapshot.batches():
        columns = (batch.column(name).to_pylist() for name in ("flow", "run_id", "started_at"))
        for flow, run_id, at in zip(*columns, strict=True):
            runs = began.setdefault(flow, {})
            runs[run_id] = min(at, runs.get(run_id, at))
    return {
        (flow, run_id)
        for flow, runs in began.items()
        for run_id in sorted(runs, key=runs.__getitem__, reverse=True)[:number]
    }


def _jobs(now: Checkpoint) -> Iterator[str]:
    for entities in now.heads.values():
        for head in entities.values():
            if head.receipt is not None:
                yield head.receipt.job_id


def _not(mask: pa.BooleanArray) -> pa.BooleanArray:
    import pyarrow.compute as pc

    return pc.invert(mask)


def _least(values: pa.Array) -> datetime | None:
    import pyarrow.compute as pc

    found: datetime | None = pc.min(values).as_py()
    return found
