"""The journal on any `FileSystem`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from hygge.errors import LeaseHeld
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.files.trouble import telling
from hygge.journal.heads import (
    CHECKPOINT,
    Checkpoint,
    read_checkpoint,
    read_log,
    segment_names,
    write_checkpoint,
)
from hygge.journal.lines import FORMAT
from hygge.journal.segment import LOG, SegmentWriter, read_segment
from hygge.journal.snapshot import SNAPSHOT, folded, snapshot_rows, write_snapshot
from hygge.model import Entry, Head, Row
from hygge.roles import Journal

__all__ = ["FileJournal"]

T = TypeVar("T")
CHECKPOINT_AFTER = 128 * 1024  # bytes of log behind a checkpoint
FOLD_AFTER = 1024 * 1024  # bytes of log, or a quarter of the snapshot if that is more
RACES = 5  # times a reader starts over because a fold took a segment away meanwhile


class FileJournal(Journal):
    """Segments in ``log/``, the checkpoint `heads.json`, the snapshot `journal.parquet`.

    ``run_id`` names this process's segment; ``holder`` is what others are told of who holds a lease.
    Nothing is written before the first append or lease.
    """

    def __init__(self, files: FileSystem, run_id: str, holder: Mapping[str, str]) -> None:
        self._files = files
        self._holder = dict(holder)
        self._run_id = run_id
        self._leased: set[str] = set()
        self._writer = SegmentWriter(files, f"{run_id}.jsonl", self._header)

    def append(self, entries: Sequence[Entry]) -> None:
        self._writer.append(entries)

    def heads(self, flow: str) -> Mapping[str, Head]:
        return self._current().heads.get(flow, {})

    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        for row in self._all_rows():
            if flow in (None, row.flow) and entity in (None, row.entity) and run_id in (None, row.run_id):
                yield row

    @contextlib.contextmanager
    def lease(self, flow: str) -> Iterator[None]:
        with (
            telling("taking the lease", self._files.address("leases")),
            self._files.lock(f"leases/{quote(flow, safe='')}.lock", self._holder),
        ):
            self._leased.add(flow)
            try:
                failpoint("journal.leased")
                yield
            finally:
                self._leased.discard(flow)

    def fold(self, *, force: bool = False) -> None:
        try:
            with self._files.lock("fold.lock", self._holder):
                self._fold(force=force)
        except LeaseHeld:  # another run is at it
            return

    def backup(self) -> str:
        from hygge.engine.around import new_id

        place = f"backups/{new_id()}"
        for path in [CHECKPOINT, SNAPSHOT, *(f"{LOG}/{name}" for name in segment_names(self._files))]:
            if self._files.info(path) is not None:
                self._files.create(f"{place}/{path}", self._files.read(path))
        return self._files.address(place)

    def close(self) -> None:
        self._writer.close()

    # -- reading ------------------------------------------------------------------------------

    def _current(self) -> Checkpoint:
        return self._unraced(lambda: read_log(self._files, read_checkpoint(self._files)))

    def _unraced(self, read: Callable[[], T]) -> T:
        for _ in range(RACES):
            try:
                return read()
            except FileNotFoundError:  # a fold removed a segment between listing and reading it
                continue
        return read()

    def _all_rows(self) -> Iterator[Row]:
        yield from self._unraced(self._log_rows)
        yield from snapshot_rows(self._files)

    def _log_rows(self) -> list[Row]:
        known = folded(self._files)
        contents = [
            (known.get(name, 0), read_segment(self._files, name)) for name in segment_names(self._files)
        ]
        found = [
            (content.ordinal, at, entry.row)
            for end, content in contents
            if content.end > end
            for at, entry in enumerate(content.entries)
            if entry.row is not None
        ]
        return [row for _, _, row in sorted(found, key=lambda one: one[:2], reverse=True)]

    # -- folding ------------------------------------------------------------------------------

    def _header(self) -> Mapping[str, object]:
        ordinal = self._current().ordinal + 1
        return {
            "hygge_journal": FORMAT,
            "ordinal": ordinal,
            "run_id": self._run_id,
            "flows": sorted(self._leased),
            "holder": self._holder,
        }

    def _fold(self, *, force: bool) -> None:
        start = read_checkpoint(self._files)
        now = read_log(self._files, start)
        behind = sum(
            c.end - (start.covered[n].end if n in start.covered else 0) for n, c in now.covered.items()
        )
        size = sum(c.end for c in now.covered.values())
        snapshot = self._files.info(SNAPSHOT)
        due = force or size > max(FOLD_AFTER, snapshot.size // 4 if snapshot else 0)
        if due:
            self._fold_rows(now)
        if due or behind > CHECKPOINT_AFTER:
            failpoint("journal.checkpoint")
            write_checkpoint(self._files, now)
            failpoint("journal.checkpointed")
        if due:
            self._remove_folded(now)

    def _fold_rows(self, now: Checkpoint) -> None:
        """Bring the rows of ended segments into the snapshot; a segment being written waits."""
        known = folded(self._files)
        ended = [n for n, c in now.covered.items() if self._ended(n, now)]
        rows = [
            entry.row
            for name in sorted(ended, key=lambda n: (now.covered[n].ordinal, n))
            if name not in known
            for entry in read_segment(self._files, name).entries
            if entry.row is not None
        ]
        write_snapshot(self._files, rows, {name: now.covered[name].end for name in ended})

    def _remove_folded(self, now: Checkpoint) -> None:
        for name in now.covered:
            if self._ended(name, now):
                self._files.delete(f"{LOG}/{name}")
                failpoint("journal.segment_removed")

    def _ended(self, name: str, now: Checkpoint) -> bool:
        """Whether nobody writes the segment any more: it was closed, or its flows are leased by us."""
        content = now.covered[name]
        if name == f"{self._run_id}.jsonl":
            return False
        return content.closed or (bool(content.flows) and set(content.flows) <= self._leased)
