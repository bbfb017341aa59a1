"""The store ``type: reference``: an object an entity, exchanged whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa

from hygge import schemas
from hygge.drift import conform
from hygge.errors import CommitUnknown, ConfigurationError, NeedsUser, Refused, Superseded
from hygge.failpoints import failpoint
from hygge.files.within import within
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt, Staged, Target, TargetState, Window
from hygge.roles import Store
from hygge_reference.place import Conflict, Folder, Place, StagedInMemory
from hygge_reference.tables import Content, read, written

LONGEST = 64  # characters of a column's name
OPERATION = "_hygge_op"
FOREIGN = "an object that is no table of hygge"


class ReferenceStore(Store):
    """Staged splits are objects of their own; a commit puts the next table unless somebody was faster."""

    def place(self) -> Place:
        return Folder(self.config["path"])

    # -- what is there ---------------------------------------------------------------------------

    def identity(self, target: Target) -> str:
        return f"{self.place().address()}/{data_name(target.entity)}"

    def state(self, target: Target) -> TargetState:
        found = self.content(target.entity)
        if found is None:
            return TargetState(foreign=FOREIGN)
        foreign = FOREIGN if found.version and not found.receipts else None
        lost = found.counted is not None and found.counted != found.table.num_rows
        return TargetState(
            receipt=found.last,
            schema=found.last.schema if found.last else None,
            foreign=foreign,
            damage=f"{found.table.num_rows} of {found.counted} rows" if lost else None,
        )

    def receipt(self, job: Job) -> Receipt | None:
        found = self.content(job.entity)
        return found.of(job.id) if found else None

    def overlap(self, receipt: Receipt) -> bytes:
        found = self.content(receipt.entity)
        return found.overlap if found else b""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        found = self.content(job.entity)
        return found.table.num_rows if found and job.mode == "replace" and found.last == receipt else None

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Window) -> Iterator[pa.RecordBatch]:
        found = self.content(receipt.entity)
        for batch in found.table.to_batches() if found else ():
            yield batch.filter(within(batch.column(window.column), window)).select(list(columns))

    def content(self, entity: str) -> Content | None:
        """What is there; None where it is nothing that hygge wrote."""
        found = self.place().get(data_name(entity))
        if found is None:
            return Content(table=pa.table({}))
        try:
            return read(*found)
        except (ValueError, KeyError):
            return None

    # -- the order of a commit -------------------------------------------------------------------

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        refuse(job)
        schema = schemas.unpack(job.schema)
        kept = [conform(batch, schema) for batch in batches]
        failpoint("stage.read")
        data = written(schema, kept)
        self.place().replace(staged_name(job, split_id), data)
        failpoint("stage.written")
        token = {"name": staged_name(job, split_id)}
        return Staged(split_id=split_id, rows=sum(b.num_rows for b in kept), bytes=len(data), token=token)

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        self.place().replace(staged_name(job, "", "overlap"), identities)

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        return CommitPlan(
            job_id=job.id,
            rows=sum(part.rows for part in staged),
            bytes=sum(part.bytes for part in staged),
            token={"names": [part.token["name"] for part in staged]},
        )

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        landed = self.receipt(job) or self._land(job, plan)
        self.abort(job)
        return landed

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        found = self._base(job)
        landed = found.of(job.id)
        if landed is not None:
            return landed
        receipt = receipt_for(job, plan)
        table = self.merged(job, found.table, self._staged(job, plan))
        new = Content(
            table=table,
            receipts=(*found.receipts, receipt),
            overlap=self._identities(job) if plan.overlap else b"",
        )
        failpoint("commit.made")
        try:
            self.place().put(data_name(job.entity), new.to_bytes(), found.version)
        except Conflict:
            return self._land(job, plan)  # somebody was faster: look again
        failpoint("commit.put")
        return receipt

    def _base(self, job: Job) -> Content:
        """What the job builds on; raises `Superseded` where that is not what it was planned on."""
        found = self.content(job.entity)
        if found is None or (found.version and not found.receipts):
            if not (job.adopt and job.mode == "replace"):
                raise foreign(job)
            kept = self.place().get(data_name(job.entity))
            return Content(table=pa.table({}), version=kept[1] if kept else None)
        if found.of(job.id) is None and (found.last.job_id if found.last else None) != job.base:
            raise superseded(job)
        return found

    def _staged(self, job: Job, plan: CommitPlan) -> pa.Table:
        parts = [self.place().get(name) for name in plan.token["names"]]
        if None in parts:  # cleaned up by whoever has finished this job meanwhile
            raise CommitUnknown(f"{job.entity}: staged objects of job {job.id} are gone")
        return pa.concat_tables(
            [schemas.unpack(job.schema).empty_table(), *(read(p[0]).table for p in parts if p)]
        )

    def _identities(self, job: Job) -> bytes:
        found = self.place().get(staged_name(job, "", "overlap"))
        return found[0] if found else b""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        """The target once the job has landed."""
        if job.mode == "replace":
            return new
        deleting = job.mode == "upsert" and OPERATION in new.column_names
        schema = new.drop_columns([OPERATION]).schema if deleting else new.schema
        old = pa.Table.from_batches([conform(b, schema) for b in before.to_batches()], schema)
        if job.mode == "append":
            return pa.concat_tables([old, new])
        rows = {key(job, row): row for row in old.to_pylist()}
        for row in latest_last(job, new.to_pylist()):
            there = rows.pop(key(job, row), {})
            if row.pop(OPERATION, None) != "delete":
                kept = {name: there.get(name) for name in job.absent}
                rows[key(job, row)] = {**row, **kept}
        return pa.Table.from_pylist(list(rows.values()), schema)

    # -- cleaning up -----------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        for name in self.place().names(staged_name(job, "", "")):
            self.place().delete(name)
        failpoint("staging.removed")

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        found = self.content(target.entity)
        for name in self.place().names(f"staged/{quote(target.entity, safe='')}/"):
            job_id = name.split("/")[2]
            landed = found is not None and found.of(job_id) is not None
            if job_id not in live_jobs and (landed or abandoned(job_id)):
                self.place().delete(name)


class TransientStore(ReferenceStore):
    """The same, but what is staged is known to one process and dies with it."""

    def place(self) -> Place:
        return StagedInMemory(super().place())


def key(job: Job, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in job.keys)


def latest_last(job: Job, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The rows such that of equal keys the one that stays comes last."""
    by = job.latest_by
    if by is None:
        return rows
    return sorted(rows, key=lambda row: (row[by] is not None, row[by] if row[by] is not None else 0))


def data_name(entity: str) -> str:
    """The object of an entity."""
    name = f"data/{quote(entity, safe='')}"
    if not 0 < len(entity) <= LONGEST or len(quote(name, safe="")) > 200:
        raise ConfigurationError(
            f"{entity[:40]!r} cannot be the name of an object",
            code="HYG113",
            remedy="Name the entity otherwise.",
        )
    return name


def entity_of(name: str) -> str:
    """The entity of an object."""
    return unquote(name.removeprefix("data/"))


def staged_name(job: Job, split_id: str, kind: str = "split") -> str:
    folder = f"staged/{quote(job.entity, safe='')}/{job.id}/"
    return f"{folder}{kind}-{quote(split_id, safe='')}" if kind else folder


def abandoned(job_id: str) -> bool:
    begun = datetime.strptime(job_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return datetime.now(UTC) - begun > timedelta(days=1)


def refuse(job: Job) -> None:
    """Raise for what can never land, before a row is read."""
    names = schemas.unpack(job.schema).names
    long = [name for name in names if len(name) > LONGEST]
    double = sorted({name for name in names if names.count(name) > 1})
    if long or double or not names:
        why = f"too long: {long}" if long else f"twice: {double}" if double else "there are none"
        raise NeedsUser(
            f"{job.entity}: column names: {why}", code="HYG405", remedy="Rename them with polish."
        )


def foreign(job: Job) -> Refused:
    return Refused(
        f"{job.entity}: {FOREIGN}", code="HYG402", remedy="Move it away, or use --full-drop --adopt."
    )


def superseded(job: Job) -> Superseded:
    return Superseded(f"{job.entity}: another job has committed", remedy="Run again: it plans anew.")
