"""Stores that are the reference but for one fault each."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pyarrow as pa
from hygge_reference.store import ReferenceStore, data_name, staged_name
from hygge_reference.tables import Content, read

from hygge import schemas
from hygge.errors import NeedsUser
from hygge.failpoints import failpoint
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt, Staged, Target, TargetState


class Faulty(ReferenceStore):
    """Short words for what the faults do."""

    def put(self, job: Job, content: Content) -> None:
        """Whatever is there, and whoever wrote it."""
        self.place().replace(data_name(job.entity), content.to_bytes())

    def there(self, job: Job) -> Content:
        return self.content(job.entity) or Content(table=pa.table({}))


class Peeking(Faulty):
    """Shows staged rows."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        staged = super().stage(job, split_id, batches)
        found = self.place().get(staged.token["name"])
        content = self.there(job)
        if found is not None and content.receipts:
            self.put(job, replace(content, table=pa.concat_tables([content.table, read(found[0]).table])))
        return staged


class Doubling(Faulty):
    """Shows rows once more when it is called again."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        content = self.there(job)
        if content.of(job.id) is not None:
            self.put(job, replace(content, table=pa.concat_tables([content.table, content.table])))
        return super().commit(job, plan)


class Unwatchful(Faulty):
    """Believes its receipt whatever is there."""

    def state(self, target: Target) -> TargetState:
        return replace(super().state(target), damage=None)


class Confiding(Faulty):
    """Keeps many identities where only its own process finds them."""

    kept: ClassVar[dict[str, bytes]] = {}

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        self.kept[job.id] = identities
        super().stage_overlap(job, identities if len(identities) < 1_024 else b"")

    def overlap(self, receipt: Receipt) -> bytes:
        return self.kept.get(receipt.job_id) or super().overlap(receipt)


class Losing(Faulty):
    """Loses the last split."""

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        plan = super().seal(job, staged)
        return replace(plan, token={"names": plan.token["names"][: max(1, len(staged) - 1)]})


class Promising(Faulty):
    """Writes the receipt before the data: what it proves is not there yet."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        before = self._base(job)
        receipt = receipt_for(job, plan)
        self.put(job, replace(before, receipts=(*before.receipts, receipt)))
        failpoint("commit.promised")
        table = self.merged(job, before.table, self._staged(job, plan))
        self.put(job, Content(table=table, receipts=(*before.receipts, receipt)))
        return receipt


class Forgetting(Faulty):
    """Keeps no receipt."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        receipt = super()._land(job, plan)
        self.put(job, replace(self.there(job), receipts=self.there(job).receipts[:-1]))
        return receipt


class Quiet(Faulty):
    """As `Promising`, and no failpoint stands between the two."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        before = self._base(job)
        receipt = receipt_for(job, plan)
        self.put(job, replace(before, receipts=(*before.receipts, receipt)))
        table = self.merged(job, before.table, self._staged(job, plan))
        self.put(job, Content(table=table, receipts=(*before.receipts, receipt)))
        return receipt


class Belated(Faulty):
    """Writes the receipt after the data: a death between them leaves rows that nobody answers for."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        before = self._base(job)
        table = self.merged(job, before.table, self._staged(job, plan))
        self.put(job, replace(before, table=table))
        failpoint("commit.shown")
        receipt = receipt_for(job, plan)
        self.put(job, Content(table=table, receipts=(*before.receipts, receipt)))
        return receipt


class Baseless(Faulty):
    """Commits on top of whatever is there."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        last = self.there(job).last
        if last is not None and self.there(job).of(job.id) is None:
            job = replace(job, base=last.job_id, base_number=last.number)
        return super().commit(job, plan)


class Hasty(Faulty):
    """Looks at the base first, and writes later whatever has happened since."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        before = self._base(job)
        receipt = receipt_for(job, plan)
        table = self.merged(job, before.table, self._staged(job, plan))
        failpoint("commit.made")
        self.put(job, Content(table=table, receipts=(*before.receipts, receipt)))
        return receipt


class Undoing(Faulty):
    """Takes a commit back."""

    def abort(self, job: Job) -> None:
        content = self.there(job)
        if content.last is not None and content.last.job_id == job.id and not self.staged(job):
            self.place().delete(data_name(job.entity))
        super().abort(job)

    def staged(self, job: Job) -> Sequence[str]:
        return self.place().names(staged_name(job, "", ""))


class Leaky(Faulty):
    """Leaves staged objects behind."""

    def abort(self, job: Job) -> None:
        return None


class Idle(Faulty):
    """Does nothing for a job without rows."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        return super().commit(job, plan) if plan.rows else receipt_for(job, plan)


class Trusting(Faulty):
    """Takes everything for its own."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        return super().commit(replace(job, adopt=True), plan)


class Guessing(Faulty):
    """Takes the types of the first batch for those of the table."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        given = iter(batches)
        first = next(given)
        kinds = [pa.null() if len(c) and c.null_count == len(c) else c.type for c in first.columns]
        fields = [field.with_type(kind) for field, kind in zip(first.schema, kinds, strict=True)]
        guessed = replace(job, schema=schemas.pack(pa.schema(fields)))
        nulls = [pa.nulls(len(c)) if c.null_count else c for c in first.columns]
        return super().stage(guessed, split_id, itertools.chain([pa.record_batch(nulls, first.schema.names)]))


class Floating(Faulty):
    """Passes integers through floats."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        rounded = [
            new[field.name].cast(pa.float64(), safe=False).cast(field.type, safe=False)
            if pa.types.is_int64(field.type)
            else new[field.name]
            for field in new.schema
        ]
        return super().merged(job, before, pa.table(rounded, new.schema))


class Unsendable(Faulty):
    """Hands out a token that no other process can have."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        staged = super().stage(job, split_id, batches)
        return replace(staged, token={**staged.token, "parts": (split_id,)})  # a tuple comes back as a list


class Restaging(Faulty):
    """Keeps what an earlier attempt at a split has staged."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        return super().stage(job, f"{split_id}~{os.urandom(3).hex()}", batches)

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        names = self.place().names(staged_name(job, ""))
        return replace(super().seal(job, staged), token={"names": names})


class Blanking(Faulty):
    """Takes operations for a column like any other."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        return super().merged(
            job, before, new.drop_columns([n for n in new.column_names if n == "_hygge_op"])
        )


class Cutting(Faulty):
    """Cuts long texts without a word."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        import pyarrow.compute as pc

        cut = [pc.utf8_slice_codeunits(c, 0, 4000) if c.type == pa.string() else c for c in new.columns]
        return super().merged(job, before, pa.table(cut, new.schema))


class Sweeping(Faulty):
    """Sweeps away what others are at."""

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        for name in self.place().names("staged/"):
            self.place().delete(name)


class Swallowing(Faulty):
    """Takes the end of a broken source for the end of its rows."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        kept: list[pa.RecordBatch] = []
        with contextlib.suppress(ConnectionError):
            kept.extend(batches)
        return super().stage(job, split_id, kept)


class Remembering(Faulty):
    """Knows its plans only as long as its process lives."""

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        plan = super().seal(job, staged)
        PLANS[job.id] = plan.token["names"]
        return replace(plan, token={})

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        return super().commit(job, replace(plan, token={"names": PLANS.get(job.id, [])}))


PLANS: dict[str, list[str]] = {}


class Emptying(Faulty):
    """Deletes the old data first and writes the new data then."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        before = self._base(job)
        receipt = receipt_for(job, plan)
        table = self.merged(job, before.table, self._staged(job, plan))
        self.place().delete(data_name(job.entity))
        failpoint("commit.emptied")
        self.put(job, Content(table=table, receipts=(*before.receipts, receipt)))
        return receipt


class Unmindful(Faulty):
    """Forgets what the next append has to leave out."""

    def overlap(self, receipt: Receipt) -> bytes:
        return b""


class Absent(Faulty):
    """Remembers until the commit, in its process only, what the next append has to leave out."""

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        OVERLAPS[job.id] = identities

    def _identities(self, job: Job) -> bytes:
        return OVERLAPS.get(job.id, b"")


OVERLAPS: dict[str, bytes] = {}


class Textual(Faulty):
    """Takes the greatest of its receipts' numbers, as text."""

    def state(self, target: Target) -> TargetState:
        found = self.content(target.entity)
        if found is None or not found.receipts:
            return super().state(target)
        last = max(found.receipts, key=lambda one: str(one.number))
        return TargetState(receipt=last, schema=last.schema)


class Echoing(Faulty):
    """Counts what its receipt says."""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        return receipt.rows


class Fitting(Faulty):
    """Has room for eight splits."""

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        return super().seal(job, staged[:8])


class Mute(Faulty):
    """Refuses in a way that stays in its process."""

    def _base(self, job: Job) -> Content:
        found = self.content(job.entity)
        if found is None and not job.adopt:
            raise Private(job)
        return super()._base(job)


class Private(NeedsUser):
    def __init__(self, job: Job) -> None:
        super().__init__(f"{job.entity} is taken", code="HYG402", remedy="Move it away.")
        self.job = lambda: job


class Narrowing(Faulty):
    """Drops columns that the target did not have."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        known = [name for name in new.column_names if name in before.column_names or not before.column_names]
        return super().merged(job, before, new.select(known))


class Wiping(Faulty):
    """Takes columns that the source lacks for columns that are null there."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        return super().merged(replace(job, absent=()), before, new)


class Outdated(Faulty):
    """Of equal keys keeps the row that comes last, whichever is the latest."""

    def merged(self, job: Job, before: pa.Table, new: pa.Table) -> pa.Table:
        return super().merged(replace(job, latest_by=None), before, new)


class Crossing(Faulty):
    """Keeps what is under way in one place for all its instances."""

    job: ClassVar[Job]

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        Crossing.job = job
        kept = list(batches)
        time.sleep(0.02)
        return super().stage(Crossing.job, split_id, kept)


class Shortsighted(Faulty):
    """Leaves out the upper end of a window that is read back."""

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Any) -> Any:
        import pyarrow.compute as pc

        upper = None if window.upper is None else pa.scalar(int(window.upper))
        both = list(dict.fromkeys([*columns, window.column]))
        for batch in super().read_back(receipt, both, window):
            found = batch if upper is None else batch.filter(pc.less(batch.column(window.column), upper))
            yield found.select(list(columns))


class Presuming(Faulty):
    """Takes a survey's word for it: what was left behind stays, and what has come since is replaced."""

    def survey(self, targets: Sequence[Target]) -> Mapping[Target, object]:
        return {target: self.state(target) for target in targets}

    def ready(self, target: Target, seen: object = None, known: Receipt | None = None) -> TargetState:
        return seen if isinstance(seen, TargetState) else super().ready(target)


class Concluding(Faulty):
    """Ends a run by putting back what it saw of the tables when it began."""

    def survey(self, targets: Sequence[Target]) -> Mapping[Target, object]:
        self.seen = {target: self.content(target.entity) for target in targets}
        return self.seen

    def ready(self, target: Target, seen: object = None, known: Receipt | None = None) -> TargetState:
        return super().ready(target)

    def conclude(self) -> None:
        for target, content in self.seen.items():
            if content is not None and content.receipts:
                self.place().replace(data_name(target.entity), content.to_bytes())


class Premature(Faulty):
    """Tries what it is asked about."""

    def foresee(self, job: Job) -> None:
        fields = schemas.unpack(job.schema)
        self.stage(job, "tried", [pa.RecordBatch.from_pylist([], schema=fields)])
