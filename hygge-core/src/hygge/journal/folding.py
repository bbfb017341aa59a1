"""Gathering ended segments into the snapshot, and keeping the checkpoint fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.journal.checkpoint import Checkpoint, read_checkpoint, read_log, write_checkpoint
from hygge.journal.segment import LOG, Covered, read_segment, segments
from hygge.journal.snapshot import SNAPSHOT, Snapshot, write_snapshot
from hygge.model import Row

__all__ = ["fold"]

CHECKPOINT_AFTER = 128 * 1024  # bytes of log behind the checkpoint
FOLD_AFTER = 1024 * 1024  # bytes of log, or a quarter of the snapshot if that is more ...
FOLD_AT_LAST = 4 * FOLD_AFTER  # ... but no more than this: a start looks at every segment
FOLD_COUNT = 1000  # segments


def fold(files: FileSystem, mine: str, leased: Set[str], *, force: bool) -> None:
    """Bring checkpoint and snapshot up to date, if it is worth it; the caller holds the fold lock.

    The order is what makes every moment safe: the checkpoint first, then the rows, and a segment is
    removed only when both know it. ``mine`` is the caller's own segment, which is never gathered.
    """
    listed = segments(files)
    before = read_checkpoint(files)
    now = read_log(files, listed, before)
    ended = {n: known for n, known in now.covered.items() if n != mine and _ended(known, leased)}
    due = bool(ended) and (force or _due(files, ended))
    if due or force or _stale(before, now, ended):
        write_checkpoint(files, now)
    if due:
        _gather(files, now, ended)
        for name in ended:
            files.delete(f"{LOG}/{name}")
            failpoint("journal.segment_removed")


def _ended(known: Covered, leased: Set[str]) -> bool:
    """Whether nobody writes the segment any more: it was closed, or its writer's flows are leased by us."""
    return known.closed or (bool(known.flows) and set(known.flows) <= leased)


def _due(files: FileSystem, ended: Mapping[str, Covered]) -> bool:
    snapshot = files.info(SNAPSHOT)
    limit = max(FOLD_AFTER, min(snapshot.size // 4 if snapshot else 0, FOLD_AT_LAST))
    return sum(known.size for known in ended.values()) > limit or len(ended) > FOLD_COUNT


def _stale(before: Checkpoint, now: Checkpoint, ended: Mapping[str, Covered]) -> bool:
    """Whether the next start would read much again, or warn again of a segment that lost something."""
    behind = 0
    for name, known in now.covered.items():
        start = before.covered.get(name, Covered(end=0, number=0))
        behind += known.end - start.end
        if known.size < start.size or (known.torn and not start.torn and name in ended):
            return True
        if known.size == 0 and name not in before.covered:
            return True
    return behind > CHECKPOINT_AFTER


def _gather(files: FileSystem, now: Checkpoint, ended: Mapping[str, Covered]) -> None:
    """Add the rows of ended segments to the snapshot, those that a fold before did not get to remove
    left out."""
    snapshot = Snapshot(files, ranged=True)
    known = {name: end for name, end in snapshot.segments.items() if name in now.covered}
    rows: list[Row] = []
    for name in _in_order(ended):
        content = read_segment(files, name)
        rows += [e.row for end, e in content.entries if e.row is not None and end > known.get(name, 0)]
        known[name] = content.covered.end
    write_snapshot(files, snapshot, rows, known)


def _in_order(ended: Mapping[str, Covered]) -> Sequence[str]:
    return sorted(ended, key=lambda name: (ended[name].ordinal, name))
