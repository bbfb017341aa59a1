"""The store ``type: sqlite``: tables of one database file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygge.errors import HyggeError, NeedsUser, Refused, TransientError
from hygge.failpoints import failpoint
from hygge.files.refusals import foreign_data
from hygge.jobs import begun_long_ago, receipt_for, superseded
from hygge.model import CommitPlan, Finding, Job, Receipt, Staged, Target, TargetState, Window
from hygge.roles import Store
from hygge_sqlite import staging
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.foresight import refuse_what_cannot_land
from hygge_sqlite.landing import land
from hygge_sqlite.place import folded, place, table_name
from hygge_sqlite.reading_back import read_back
from hygge_sqlite.schema import shape_of_job
from hygge_sqlite.shelf import Shelf
from hygge_sqlite.staged import staged_files
from hygge_sqlite.standing import Standing, stands
from hygge_sqlite.state import damage
from hygge_sqlite.writing import connected

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SqliteStore"]


class SqliteStore(Store):
    """Configured by `store.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._place = place(config)
        self._path = self._place.database
        self._busy: float = config.get("busy_timeout", 60)

    def identity(self, target: Target) -> str:
        return f"sqlite:{self._path}#{folded(self._table(target))}"

    def connection(self) -> str:
        return f"sqlite:{self._path}"

    # -- what is there -----------------------------------------------------------------------

    def state(self, target: Target) -> TargetState:
        table = self._table(target)
        with self._looking() as connection:
            if connection is None:
                return TargetState()
            receipt = Shelf(connection, folded(table)).last()
            standing = stands(connection, table)
        return TargetState(
            receipt=receipt,
            schema=receipt.schema if receipt else None,
            foreign=_foreign(receipt, standing),
            taken=standing.describe() if standing is not None and standing.kind != "table" else None,
            damage=damage(receipt, standing),
        )

    def receipt(self, job: Job) -> Receipt | None:
        with self._looking() as connection:
            return Shelf(connection, self._key(job)).find(job) if connection else None

    def overlap(self, receipt: Receipt) -> bytes:
        key = folded(self._table(Target(flow=receipt.flow, entity=receipt.entity)))
        with self._looking() as connection:
            return Shelf(connection, key).overlap(receipt) if connection else b""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        table = self._table(job.target)
        with self._looking() as connection:
            if connection is None or Shelf(connection, folded(table)).last() != receipt:
                return None
            if "counted" in receipt.token:
                counted: int | None = receipt.token["counted"]
                return counted
            standing = stands(connection, table)
            return _count(connection, standing, receipt) if standing else 0

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Window) -> Iterator[pa.RecordBatch]:
        table = self._table(Target(flow=receipt.flow, entity=receipt.entity))
        return read_back(self._path, self._busy, table, receipt, columns, window)

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.config.get("nan", "fail") == "fail":
            return batch
        from hygge_sqlite.encoding import without_nan  # few runs need it

        return without_nan(batch)

    # -- the order of a commit -----------------------------------------------------------------

    def foresee(self, job: Job) -> None:
        table, shape = self._table(job.target), shape_of_job(job)
        # Where somebody commits just now, the commit finds out: this is not worth a wait.
        with contextlib.suppress(TransientError), self._looking(patience=0) as connection:
            if connection is not None:
                refuse_what_cannot_land(connection, job, table, shape)

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        table = self._table(job.target)
        return staging.stage_split(
            self._place,
            table,
            job,
            split_id,
            shape_of_job(job),
            batches,
            nan_as_null=self.config.get("nan", "fail") == "null",
        )

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        staging.stage_overlap(self._place, self._table(job.target), job, identities)
        failpoint("stage.overlap")

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        self.foresee(job)
        table, shape = self._table(job.target), shape_of_job(job)
        files = [file for part in staged for file in staged_files(part.token["files"])]
        merged = staging.consolidate(self._place, table, job, shape, files)
        return CommitPlan(
            job_id=job.id,
            rows=sum(part.rows for part in staged),
            bytes=sum(part.bytes for part in staged),
            token={"files": list(map(list, merged))},
        )

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        landed = self.receipt(job)
        if landed is None:
            new = not os.path.exists(self._path)
            with connected(self._path, self._busy, create=True) as connection:
                landed = self._commit(connection, job, plan)
                if new:
                    _have_readers_never_wait(connection)
        self._clean(job)
        return landed

    def _commit(self, connection: sqlite3.Connection, job: Job, plan: CommitPlan) -> Receipt:
        table = self._table(job.target)
        failpoint("commit.opened")
        connection.execute("BEGIN IMMEDIATE")
        shelf = Shelf(connection, folded(table))
        landed = shelf.find(job)
        if landed is not None:
            return landed
        last = shelf.last()
        if (last.job_id if last else None) != job.base:
            raise superseded(job, last)
        _refuse_foreign(job, _foreign(last, stands(connection, table)), stands(connection, table))
        files = staged_files(plan.token["files"])
        count = plan.overlap.count if plan.overlap else 0
        identities = staging.verify(self._place, table, job, files, count)
        failpoint("commit.begun")
        token = land(connection, self._place, job, table, shape_of_job(job), files)
        receipt = replace(receipt_for(job, plan), token=token)
        shelf.keep(receipt, identities)
        failpoint("commit.written")
        connection.execute("COMMIT")
        failpoint("commit.committed")
        return receipt

    # -- cleaning up ----------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        failpoint("abort.begin")
        self._clean(job)

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        table = self._table(target)
        live = {path for job in live_jobs for path in self._place.of_job(table, job)}
        last = self.state(target).receipt
        landed = set(self._place.of_job(table, last.job_id)) if last else set()
        staging.remove(
            path
            for job_id, path in self._place.of_table(table)
            if path not in live and (path in landed or begun_long_ago(job_id))
        )

    def _clean(self, job: Job) -> None:
        staging.remove(self._place.of_job(self._table(job.target), job.id))
        failpoint("staging.removed")

    # -- parts ------------------------------------------------------------------------------------

    def check(self, target: Target) -> Sequence[Finding]:
        subject = self.identity(target)
        try:
            state = self.state(target)
            self._refuse_read_only()
        except HyggeError as error:
            return [Finding(subject=subject, ok=False, message=error.message, fix=error.remedy)]
        if state.taken:
            fix = "hygge replaces tables only: rename or drop it, or set store.table to another name."
            return [Finding(subject=subject, ok=False, message=f"{state.taken} has that name", fix=fix)]
        trouble = state.damage or state.foreign
        if trouble:
            adopt = "" if state.foreign is None else " --adopt"
            fix = f"Replace it with `hygge run FLOW.ENTITY --full-drop{adopt}`."
            return [Finding(subject=subject, ok=False, message=trouble, fix=fix)]
        last = f"last written by job {state.receipt.job_id}" if state.receipt else "nothing there yet"
        return [Finding(subject=subject, ok=True, message=f"{last}; can be written")]

    def _refuse_read_only(self) -> None:
        path = Path(self._path)
        folder = next(parent for parent in path.parents if parent.exists())
        wrong = [place for place in (path, folder) if place.exists() and not os.access(place, os.W_OK)]
        if wrong:
            raise NeedsUser(
                f"{wrong[0]} cannot be written",
                code="HYG400",
                remedy="Give the user who runs hygge the right to write it, or choose another store.path.",
            )

    @contextlib.contextmanager
    def _looking(self, patience: float | None = None) -> Iterator[sqlite3.Connection | None]:
        """A connection whose answers are all of one moment; None where there is no file."""
        if not os.path.exists(self._path):
            yield None
            return
        with connected(self._path, self._busy if patience is None else patience) as connection:
            connection.execute("BEGIN")
            yield connection

    def _table(self, target: Target) -> str:
        return table_name(self.config, target.entity)

    def _key(self, job: Job) -> str:
        return folded(self._table(job.target))


def _foreign(receipt: Receipt | None, standing: Standing | None) -> str | None:
    if standing is None or (receipt is not None and standing.kind == "table"):
        return None
    return standing.describe()


def _refuse_foreign(job: Job, foreign: str | None, standing: Standing | None) -> None:
    if foreign is None:
        return
    if standing is not None and standing.kind != "table":
        raise Refused(
            f"{job.flow}.{job.entity}: {foreign} has the name of the target",
            code="HYG402",
            remedy="hygge replaces tables only: rename or drop it, or set store.table to another name.",
        )
    if not (job.adopt and job.mode == "replace"):
        raise foreign_data(job, foreign)


def _count(connection: sqlite3.Connection, standing: Standing, receipt: Receipt) -> int:
    """Rows with the numbers that the commit gave; counted whole where they are all there is."""
    first, last, rowid = receipt.token["first"], receipt.token["last"], standing.rowid
    what = f"SELECT count(*) FROM main.{quoted(standing.name)}"
    if first > 1:
        what += f" WHERE {rowid} BETWEEN {first:d} AND {last:d}"
    found: int = connection.execute(what).fetchone()[0]
    return found


def _have_readers_never_wait(connection: sqlite3.Connection) -> None:
    """Give a database that hygge made a write-ahead log; one that was there is its owner's."""
    with contextlib.suppress(sqlite3.OperationalError):  # somebody reads it already: it stays as it is
        connection.execute("PRAGMA journal_mode=WAL")
