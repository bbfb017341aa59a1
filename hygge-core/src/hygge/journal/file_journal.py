"""The journal on any `FileSystem`."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

from hygge.errors import HyggeError, LeaseHeld
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.files.trouble import telling
from hygge.journal.checkpoint import CHECKPOINT, Checkpoint, read_checkpoint, read_log
from hygge.journal.folding import fold
from hygge.journal.lines import FORMAT
from hygge.journal.pruning import Keep, Pruned, old_attempts, prune
from hygge.journal.segment import LOG, SUFFIX, Header, read_segment, segments
from hygge.journal.snapshot import SNAPSHOT, Snapshot
from hygge.journal.writer import SegmentWriter
from hygge.model import Entry, Head, Row
from hygge.roles import Journal

__all__ = ["FOLDER", "FileJournal"]

T = TypeVar("T")
FOLDER = ".hygge_journal"  # how its folder is called, in a project and beside data
RACES = 5  # times a reader starts over because a fold took a segment away meanwhile
PATIENCE = 30.0  # seconds that a backup waits for a fold to end
log = logging.getLogger("hygge")


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
        self._writer = SegmentWriter(files, f"{run_id}{SUFFIX}", self._header)
        self._parts = 1
        self._seen: Checkpoint | None = None

    def address(self) -> str:
        return self._files.address()

    def append(self, entries: Sequence[Entry]) -> None:
        self._writer.append(entries)

    def heads(self, flow: str) -> Mapping[str, Head]:
        with telling("reading the journal", self._files.address()):
            return self._current().heads.get(flow, {})

    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        with telling("reading the journal", self._files.address()):
            snapshot, logged = self._unraced(self._rows_at_once)
        asked = {"flow": flow, "entity": entity, "run_id": run_id}
        wanted = {name: value for name, value in asked.items() if value is not None}
        for row in reversed(logged):
            if all(getattr(row, name) == value for name, value in wanted.items()):
                yield row
        yield from snapshot.rows(wanted)

    @contextlib.contextmanager
    def lease(self, flow: str) -> Iterator[None]:
        with contextlib.ExitStack() as held:
            with telling("taking the lease", self._files.address("leases")):
                held.enter_context(self._files.lock(f"leases/{quote(flow, safe='')}.lock", self._holder))
            self._begin_part()
            self._leased.add(flow)
            held.callback(self._leased.discard, flow)
            failpoint("journal.leased")
            yield

    def fold(self, *, force: bool = False) -> None:
        """See `Journal.fold`; unless it is forced, a fold that fails is put off with a warning.

        It is housekeeping at the end of a run whose entries are all durable: the run keeps its result.
        """
        try:
            with telling("folding the journal", self._files.address()), self._fold_lock():
                fold(self._files, self._writer.name, self._leased, force=force)
        except LeaseHeld:  # another run is at it
            return
        except HyggeError as error:
            if force:
                raise
            log.warning("the journal's history is not folded: %s", error.message)

    def backup(self) -> str:
        place = f"backups/{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:10]}"
        with telling("backing up the journal", self._files.address(place)), self._fold_lock(PATIENCE):
            logged = [f"{LOG}/{segment.name}" for segment in self._files.list(LOG)]
            for path in [CHECKPOINT, SNAPSHOT, *logged]:
                if self._files.info(path) is not None:
                    self._files.create(f"{place}/{path}", self._files.read(path))
                    failpoint("journal.backup")
        return self._files.address(place)

    def prune(self, keep: Keep, *, dry: bool = False) -> Pruned:
        """Remove from the history what ``keep`` does not keep; with ``dry`` only count it.

        The log is folded first, so that all that ended is in one place. Entries of runs that are under
        way, and where entities stand, are not touched.
        """
        with telling("pruning the journal", self._files.address()), self._fold_lock(PATIENCE):
            if not segments(self._files) and self._files.info(SNAPSHOT) is None:
                return Pruned(removed=0, kept=0)
            fold(self._files, self._writer.name, self._leased, force=True)
            found = old_attempts(self._files, keep, now := self._current())
            if found.removed and not dry:
                prune(self._files, keep, now)
            return found

    def close(self) -> None:
        self._writer.close()

    # -- reading ------------------------------------------------------------------------------

    def _current(self) -> Checkpoint:
        self._seen = self._unraced(self._read_current)
        return self._seen

    def _read_current(self) -> Checkpoint:
        """Listed first: a segment that a fold removes after that is in the checkpoint read then."""
        listed = segments(self._files)
        seen = self._seen
        if seen is None or not seen.covered.keys() <= {segment.name for segment in listed}:
            seen = read_checkpoint(self._files)
        return read_log(self._files, listed, seen)

    def _rows_at_once(self) -> tuple[Snapshot, list[Row]]:
        """The snapshot, and the rows that are only in the log, oldest first; listed first, as above."""
        listed = segments(self._files)
        snapshot = Snapshot(self._files)
        contents = [
            (snapshot.segments.get(segment.name, 0), read_segment(self._files, segment.name))
            for segment in listed
        ]
        contents.sort(key=lambda one: one[1].covered.ordinal)
        logged = [
            entry.row
            for known, content in contents
            for end, entry in content.entries
            if entry.row is not None and end > known
        ]
        return snapshot, logged

    def _unraced(self, read: Callable[[], T]) -> T:
        for _ in range(RACES):
            try:
                return read()
            except FileNotFoundError:  # a fold removed a segment between listing and reading it
                self._seen = None
        return read()

    # -- writing ------------------------------------------------------------------------------

    def _header(self) -> Header:
        return Header(
            hygge_journal=FORMAT,
            ordinal=self._current().ordinal + 1,
            run_id=self._run_id,
            flows=tuple(sorted(self._leased)),
            holder=self._holder,
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )

    def _begin_part(self) -> None:
        """Entries of a flow leased later must not stand behind an ordinal from before the lease."""
        if self._writer.begun:
            self._writer.close()
            self._parts += 1
            self._writer = SegmentWriter(self._files, f"{self._run_id}.{self._parts}{SUFFIX}", self._header)

    @contextlib.contextmanager
    def _fold_lock(self, patience: float = 0.0) -> Iterator[None]:
        until = time.monotonic() + patience
        with contextlib.ExitStack() as held:
            while True:
                try:
                    held.enter_context(self._files.lock("fold.lock", self._holder))
                    break
                except LeaseHeld:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(0.05)
            yield
