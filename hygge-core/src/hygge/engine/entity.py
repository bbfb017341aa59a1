"""Move one entity: from its footing to its journaled end. Read `EntityRun.move` for the order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pyarrow as pa

from hygge import schemas
from hygge.engine import rows
from hygge.engine.around import Around
from hygge.engine.attempt import begun, planned
from hygge.engine.backfill import limited
from hygge.engine.cancelling import cancelling
from hygge.engine.commit import commit, lost, reconcile
from hygge.engine.executor import threads
from hygge.engine.guard import at_least, check_guard
from hygge.engine.preflight import Footing, footing
from hygge.engine.recovery import recover
from hygge.engine.request import check_plan, committed, read_request, shortened
from hygge.engine.results import result
from hygge.engine.retry import retrying
from hygge.engine.shape import Shape, shape
from hygge.engine.surveys import Surveys
from hygge.engine.told import told
from hygge.engine.work import Done, Task, work
from hygge.errors import HyggeError, RunStopped, Superseded
from hygge.events import Phase
from hygge.failpoints import failpoint
from hygge.flow.item import Item
from hygge.jobs import superseded
from hygge.model import (
    CommitPlan,
    EntryKind,
    Head,
    Overlap,
    Plan,
    ReadRequest,
    Receipt,
    Row,
    Staged,
    Status,
)
from hygge.results import EntityResult
from hygge.roles import Home, Store
from hygge.unexpected import edge

__all__ = ["EntityRun"]

log = logging.getLogger("hygge")


class EntityRun:
    """One attempt at one entity; its state is what has been journaled so far."""

    def __init__(self, item: Item, around: Around, surveys: Surveys) -> None:
        self._item = item
        self._around = around
        self._surveys = surveys
        self._others: Mapping[str, str] = {}
        self._begun = time.monotonic()
        self._job = begun(item, around.run_id, around.project, around.asked)
        self._sealed = False
        self._shape: Shape | None = None
        self._counting = threading.Lock()  # splits are counted from several threads
        self._rows_read = 0
        self._rows_expected: int | None = None
        self._bytes = 0
        self._bytes_before = 0  # written by the last load of this mode

    def move(self, head: Head, others: Mapping[str, str]) -> EntityResult:
        """Recover, preflight, plan, stage, seal, commit, reconcile; every end is journaled.

        ``others``: what has `settled` of the flow.
        """
        self._others = others
        item, around = self._item, self._around
        store: Store | None = None
        with ExitStack() as opened:
            try:
                with edge():  # what a connector raises ends this entity only
                    around.stop.check()
                    item.refuse()
                    home = around.registry.open_home(item.home_type.name, item.config.home)
                    opened.callback(home.close)
                    store = around.registry.open_store(item.store_type.name, item.config.store)
                    opened.callback(store.close)
                    head = recover(head, around, store.identity(item.target))
                    self._phase("planning")
                    return self._attempt(home, store, head)
            except HyggeError as error:
                return self._give_up(store, error)

    def _attempt(self, home: Home, store: Store, head: Head) -> EntityResult:
        item = self._item
        found = self._preflight(home, store, head)
        request = read_request(item, found)
        if note := shortened(item, found):
            log.warning("%s: %s", item.label, note)
        with self._around.slots.one(), cancelling(home, self._around.stop):
            self._around.stop.check()
            plan = retrying(lambda: home.plan(request), self._around.stop, item.label)
        self._warn(plan.warnings, "%s: %s")
        check_plan(item, found, plan)
        self._planned(store, found, request, plan)
        request = replace(request, window=limited(plan.window, request.window))
        done = self._stage_all(store, found, request, plan)
        if self._nothing_to_do(found, plan, done):
            return self._skip(store, found, done)
        check_guard(item, self._job.mode, found.base, sum(part.rows for one in done for part in one.staged))
        sealed = self._seal(store, found, plan, done)
        self._phase("committing")
        receipt = commit(store, self._job, sealed, self._around)
        return self._land(store, receipt, done)

    # -- before reading -----------------------------------------------------------------------

    def _preflight(self, home: Home, store: Store, head: Head) -> Footing:
        item = self._item
        item.mode(item.run_type)  # refuses what the store can't, before anything is asked of it
        self._job = replace(
            self._job,
            source_identity=home.identity(item.entity),
            target_identity=store.identity(item.target),
        )
        state = self._surveys.state(item, store, head.receipt)
        source, target = self._job.source_identity, self._job.target_identity
        found = footing(item, head, state, source, target, self._others)
        if found.adopted and found.last is not None:
            self._around.record("adopted", self._job, receipt=found.last)
        self._job = replace(self._job, run_type=found.run_type, mode=item.mode(found.run_type))
        if found.base is not None and found.base.mode == self._job.mode:
            self._bytes_before = found.base.bytes
        return found

    def _planned(self, store: Store, found: Footing, request: ReadRequest, plan: Plan) -> None:
        self._shape = shaped = shape(self._item, found, plan, self._around.started_at)
        for note in shaped.notes:
            log.info("%s: %s", self._item.label, note)
        self._warn([str(change) for change in shaped.changes], "%s: the schema changed: %s")
        self._job = planned(self._job, found, request, plan, shaped)
        retrying(lambda: store.foresee(self._job), self._around.stop, self._item.label)
        self._around.record("planned", self._job, job=self._job)
        failpoint("engine.planned")

    def _warn(self, warnings: Sequence[str], told: str) -> None:
        for warning in warnings:
            log.warning(told, self._item.label, warning)
        self._job = replace(self._job, warnings=(*self._job.warnings, *warnings))

    # -- reading and staging ------------------------------------------------------------------

    def _stage_all(self, store: Store, found: Footing, request: ReadRequest, plan: Plan) -> list[Done]:
        self._rows_expected = plan.rows_expected
        self._phase("staging")
        tasks = self._tasks(store, found, request, plan)
        around = self._around
        return threads(lambda task, stop: work(task, stop, self._progress), tasks, around.slots, around.stop)

    def _tasks(self, store: Store, found: Footing, request: ReadRequest, plan: Plan) -> list[Task]:
        """One task a split; one for all where they share a limit, what is left out, or the store wants it."""
        assert self._shape is not None
        config = self._item.config
        last = found.last if self._job.mode == "append" else None
        overlap = last.overlap if last else None
        task = Task(
            job=self._job,
            request=request,
            splits=plan.splits,
            queue_bytes=self._around.queue_bytes,
            started_at=self._around.started_at,
            polish=config.polish,
            names=self._shape.known,
            keys=config.keys,
            watermark=config.watermark,
            committed=committed(self._item, found),
            overlap=overlap,
            known=self._kept(store, last, overlap) if last is not None and overlap is not None else b"",
            there=self._there(store, last, request),
        )
        together = overlap is not None or request.limit is not None
        if together or not self._item.store_type.capabilities.parallel_staging:
            return [task]
        return [replace(task, splits=(split,)) for split in plan.splits]

    def _kept(self, store: Store, last: Receipt, overlap: Overlap) -> bytes:
        """The identities of the last receipt; somebody who has committed since may have tidied them away."""
        from hygge.overlap import intact  # it needs Arrow's kernels, slow to import

        data = store.overlap(last)
        if not intact(overlap, data):
            now = store.state(self._item.target).receipt
            if now is None or now.job_id != last.job_id:
                raise superseded(self._job, now)
        return data

    def _there(
        self, store: Store, last: Receipt | None, request: ReadRequest
    ) -> tuple[Overlap, bytes] | None:
        """What the store holds of a backfill's window, where it appends."""
        if self._item.backfill is None or last is None or request.window is None or self._shape is None:
            return None
        from hygge.engine.completing import known_rows  # it needs Arrow's kernels, slow to import

        target = schemas.unpack(self._job.schema)
        return known_rows(self._item, store, last, self._shape.polish, request.window, target)

    def _progress(self, count: int, size: int) -> None:
        with self._counting:
            self._rows_read += count
            self._bytes += size
        self._around.tell(
            "progress",
            self._item.flow,
            self._item.entity,
            phase="staging",
            rows=self._rows_read,
            bytes=self._bytes,
            rows_expected=self._rows_expected,
        )

    def _nothing_to_do(self, found: Footing, plan: Plan, done: Sequence[Done]) -> bool:
        last = found.last
        return (
            self._job.mode != "replace"
            and last is not None
            and plan.position == last.position
            and not any(part.staged for part in done)
        )

    def _skip(self, store: Store, found: Footing, done: Sequence[Done]) -> EntityResult:
        if any(one.begun for one in done):
            store.abort(self._job)
        before = found.last.watermark if found.last else None
        row = rows.row(
            self._job,
            "skipped",
            rows_read=self._rows_read,
            verdict="verified",
            message="; ".join(["nothing new", *self._job.warnings]),
            watermark_upper=before.value if before else None,
            position=found.last.position if found.last else None,
        )
        self._around.record("skipped", self._job, row=row)
        return self._result("skipped", row=row)

    # -- committing ---------------------------------------------------------------------------

    def _seal(self, store: Store, found: Footing, plan: Plan, done: Sequence[Done]) -> CommitPlan:
        self._around.stop.check()
        staged = [part for one in done for part in one.staged] or [self._stage_no_rows(store)]
        tracker, kept = done[0].tracker if done else None, None
        if tracker is not None:
            for one in done[1:]:
                assert one.tracker is not None
                tracker.merge(one.tracker)
            kept = tracker.overlap()
            if kept is not None:
                store.stage_overlap(self._job, kept[1])
        sealed = store.seal(self._job, staged)
        sealed = replace(
            sealed,
            watermark=tracker.watermark() if tracker is not None else None,
            overlap=kept[0] if kept is not None else None,
            position=plan.position,
            total=at_least(found.base, self._job.mode, sealed.rows, deletes=plan.operations),
        )
        failpoint("engine.sealing")
        self._sealed = True  # from here on, even if the journal fails: the entry may be there all the same
        self._around.record("sealed", self._job, plan=sealed)
        failpoint("engine.sealed")
        return sealed

    def _stage_no_rows(self, store: Store) -> Staged:
        schema = schemas.unpack(self._job.schema)
        empty = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
        return store.stage(self._job, "empty", iter([empty]))

    def _land(self, store: Store, receipt: Receipt, done: Sequence[Done]) -> EntityResult:
        self._phase("reconciling")
        read = sum(one.rows_read for one in done)
        expected = read - sum(one.left_out for one in done)
        checked = reconcile(store, self._job, receipt, expected)
        message = "; ".join(filter(None, [checked.reason, *self._job.warnings]))
        row = rows.landed(self._job, receipt, rows_read=read, verdict=checked.verdict, message=message)
        error = told(lost(self._job, checked), self._item) if checked.lost else None
        if error is not None:
            row = replace(row, status="failed")
        self._around.record("committed", self._job, receipt=receipt, row=row)
        failpoint("engine.committed")
        return self._result("failed" if error else "success", row=row, error=error)

    # -- every end ----------------------------------------------------------------------------

    def _give_up(self, store: Store | None, error: HyggeError) -> EntityResult:
        """After *sealed* nobody aborts; before it, nothing of the attempt stays behind.

        A job that was superseded can never land and is let go although it is sealed.
        """
        told(error, self._item)
        if error.code == "HYG410" and self._bytes_before:
            error.remedy += f" The last load took {self._bytes_before:,} bytes."
        stopped = isinstance(error, RunStopped)
        superseded = isinstance(error, Superseded)
        status: Status = "aborted" if stopped else "failed"
        if store is not None and self._job.schema and (not self._sealed or superseded):
            self._abort(store)
        message = "; ".join([f"{error.code}: {error.message}", *self._job.warnings])
        row = rows.row(self._job, status, rows_read=self._rows_read, message=message)
        kind: EntryKind = "discarded" if superseded else "aborted" if stopped else "failed"
        self._around.record(kind, self._job, row=row)
        return self._result(status, row=row, error=error)

    def _abort(self, store: Store) -> None:
        try:
            store.abort(self._job)
        except HyggeError as error:  # the job stays open in the journal's eyes only until the next sweep
            log.warning("%s: %s", self._item.label, error)

    def _phase(self, phase: Phase) -> None:
        self._around.tell(
            "phase", self._item.flow, self._item.entity, phase=phase, rows=self._rows_read, bytes=self._bytes
        )

    def _result(
        self, status: Status, *, row: Row | None = None, error: HyggeError | None = None
    ) -> EntityResult:
        return result(self._item, self._job, status, time.monotonic() - self._begun, row, error)
