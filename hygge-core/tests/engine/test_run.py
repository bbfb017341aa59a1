"""What a run guarantees, whatever happens on either side of it."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partialmethod
from typing import TYPE_CHECKING, Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.session import run_project
from hygge.engine.shape import Shaping
from hygge.engine.stop import Stop
from hygge.errors import (
    CommitUnknown,
    DataError,
    LeaseHeld,
    RunStopped,
    Superseded,
    TransientError,
)
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore
from hygge.journal import FileJournal
from hygge.model import CommitPlan, Job, Receipt, Staged

if TYPE_CHECKING:
    import pyarrow as pa


def test_a_full_drop_replaces_the_destination_with_the_source(bench: Any) -> None:
    bench.source.rows = rows(*range(25))
    assert bench.one().rows_written == 25
    bench.source.rows = rows(3, 4)
    result = bench.one()
    assert (result.status, result.mode, result.verdict) == ("success", "replace", "verified")
    assert bench.landed() == Counter(rows(3, 4))
    assert bench.leftovers() == []


def test_a_full_drop_of_an_empty_source_empties_the_destination_and_keeps_its_schema(bench: Any) -> None:
    bench.source.rows = rows(1)
    bench.one()
    bench.source.rows = []
    assert bench.one().status == "success"
    assert bench.landed() == Counter()
    assert list((bench.root / "out" / "f").glob("*.parquet"))


def test_an_incremental_run_moves_everything_first_and_then_what_is_new(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    assert bench.one().rows_written == 2
    assert bench.one().status == "skipped"
    bench.source.rows += [(3, 2, "a tie"), (4, 9, "new")]
    assert bench.one().rows_written == 2
    assert bench.landed() == Counter(bench.source.rows)


def test_a_flow_of_full_drops_reads_everything_each_time_also_with_a_watermark(bench: Any) -> None:
    """It is followed, so that an incremental run may go on from it, and leaves nothing out."""
    bench.source.rows = rows(*range(25))
    assert bench.one().watermark is None
    bench.flow("watermark: {column: at}")
    for upper in ("24", "30"):
        result = bench.one()
        assert (result.mode, result.watermark["upper"]) == ("replace", upper)
        assert bench.landed() == Counter(bench.source.rows)
        bench.source.rows = [(0, None, "no value"), *rows(*range(1, 31))]
        del bench.source.rows[7]


def test_an_incremental_run_after_a_full_drop_goes_on_from_its_watermark(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one(run_type="full_drop")
    bench.source.rows += rows(3)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


def test_an_incremental_run_is_refused_where_the_load_before_had_no_watermark(bench: Any) -> None:
    bench.source.rows = rows(1, 2)
    bench.one()
    bench.flow(INCREMENTAL)
    result = bench.one()
    assert result.error is not None
    assert result.error["code"] in ("HYG406", "HYG407")
    assert "--full-drop" in result.error["message"]
    assert bench.landed() == Counter(rows(1, 2))


def test_splits_that_are_staged_side_by_side_land_once(bench: Any) -> None:
    bench.source.splits = 4
    bench.source.rows = rows(*range(101))
    bench.flow(INCREMENTAL)
    bench.one()
    bench.source.rows += [(1000, 100, "tie"), (1000, 100, "tie")]
    assert bench.one().rows_written == 2
    assert bench.landed() == Counter(bench.source.rows)


def test_a_failing_reader_leaves_what_was_there_and_nothing_else(bench: Any) -> None:
    bench.source.rows = rows(1)
    bench.one()
    bench.source.rows = rows(*range(50))

    def fault(number: int) -> None:
        if number == 3:
            raise DataError("row 31 is bad", remedy="Mend it.")

    bench.source.fault = fault
    result = bench.one()
    assert (result.status, result.error["code"]) == ("failed", "HYG301")
    assert bench.landed() == Counter(rows(1))
    assert bench.leftovers() == []


def test_an_error_that_nobody_expected_ends_its_entity_and_keeps_its_traceback(bench: Any) -> None:
    def fault(number: int) -> None:
        raise ZeroDivisionError("deep inside a driver")

    bench.source.rows, bench.source.fault = rows(1), fault
    result = bench.one()
    assert result.error["code"] == "HYG900"
    path = next(word for word in result.error["message"].split() if word.endswith(".txt."))[:-1]
    with open(path) as file:
        assert "in fault" in file.read()


def test_a_transient_error_starts_the_whole_split_again(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [1, 2]
    bench.source.rows = rows(*range(50))

    def fault(number: int) -> None:
        if number == 2 and failures:
            raise TransientError(f"gone for the {failures.pop()}. time")

    bench.source.fault = fault
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: None)
    result = bench.one()
    assert (result.status, result.rows_read, result.rows_written) == ("success", 50, 50)
    assert bench.source.reads == 3
    assert bench.landed() == Counter(rows(*range(50)))


def test_a_transient_error_that_stays_fails_after_a_few_attempts(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(number: int) -> None:
        raise TransientError("gone for good")

    bench.source.rows, bench.source.fault = rows(1), fault
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: None)
    assert bench.one().error["code"] == "HYG306"
    assert bench.source.reads == 5


@pytest.mark.parametrize("fault", [False, True])
def test_every_home_and_store_that_is_opened_is_closed(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch, fault: bool
) -> None:
    opened: list[Any] = []
    left_open: list[Any] = []

    def opening(self: Any, *given: Any, real: Any) -> None:
        opened.append(self)
        left_open.append(self)
        real(self, *given)

    def closing(self: Any, *, real: Any) -> None:
        real(self)
        left_open[:] = [one for one in left_open if one is not self]

    for one in (toys.ScriptedHome, FileStore):
        monkeypatch.setattr(one, "__init__", partialmethod(opening, real=one.__init__))
        monkeypatch.setattr(one, "close", partialmethod(closing, real=one.close))
    bench.source.rows = rows(*range(50))
    if fault:
        bench.source.fault = lambda number: 1 // 0
    assert bench.one().status == ("failed" if fault else "success")
    assert len(opened) >= 4
    assert left_open == []


def test_a_stop_ends_a_run_and_leaves_nothing_behind(bench: Any) -> None:
    bench.source.rows, bench.source.endless = rows(*range(10)), True
    stop = Stop()
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(run_project(bench.root, stop=stop)))
    thread.start()
    assert bench.source.reading.wait(10)
    stop.set("the test says so")
    thread.join(20)
    assert [e.status for e in results[0].entities] == ["aborted"]
    assert bench.leftovers() == []
    assert not [t for t in threading.enumerate() if t.name.startswith("read ")]


def test_a_writer_that_fails_ends_its_reader_at_once(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from hygge.files import staging

    def broken(name: str) -> None:
        if name == "stage.batch":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "failpoint", broken)
    bench.source.rows, bench.source.endless = rows(*range(10)), True
    begun = time.monotonic()
    result = bench.one()
    assert result.error["code"] == "HYG410"
    assert not [t for t in threading.enumerate() if t.name.startswith("read ")]
    assert time.monotonic() - begun < 60  # a hang, not a slow machine


@pytest.mark.parametrize("fault", ["it leaves a batch", "it counts a row too few"])
def test_a_store_that_stages_less_than_it_was_given_moves_nothing(
    bench: Any, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    real = FileStore.stage

    def stage(self: FileStore, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        if fault == "it leaves a batch":
            return real(self, job, split_id, itertools.islice(batches, 1))
        staged = real(self, job, split_id, batches)
        return replace(staged, rows=staged.rows - 1)

    bench.source.rows = rows(*range(25))
    monkeypatch.setattr(FileStore, "stage", stage)
    result = bench.one()
    assert result.status == "failed"
    assert result.error["code"] == "HYG601"
    assert not bench.landed()
    assert bench.leftovers() == []


@pytest.mark.parametrize("landed", [True, False])
def test_after_a_lost_reply_the_receipt_decides(
    bench: Any, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    real, commits = FileStore.commit, []

    def commit(self: FileStore, job: Job, plan: CommitPlan) -> Receipt:
        commits.append(job.id)
        if landed or len(commits) > 1:
            receipt = real(self, job, plan)
        if len(commits) == 1:
            raise CommitUnknown("the reply was lost")
        return receipt

    bench.source.rows = rows(*range(25))
    monkeypatch.setattr(FileStore, "commit", commit)
    assert bench.one().status == "success"
    assert bench.landed() == Counter(rows(*range(25)))
    assert len(commits) == (1 if landed else 2)


@pytest.mark.parametrize("where", ["before the store", "in the store"])
def test_rows_that_were_read_and_did_not_land_are_said_to_be_lost(
    bench: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    bench.source.rows = rows(*range(25))
    if where == "in the store":
        monkeypatch.setattr(FileStore, "rows", lambda self, job, receipt: receipt.rows - 1)
        said = "25 rows were read, 25 staged, 24 found at the destination"
    else:
        honest = Shaping.__call__
        monkeypatch.setattr(Shaping, "__call__", lambda self, batch: honest(self, batch).slice(1))
        said = "25 rows were read, 22 staged, 22 found at the destination"
    result = bench.one()
    assert (result.status, result.verdict) == ("failed", "not_verified")
    (row,) = FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {}).rows()
    assert (row.status, row.verdict) == ("failed", "not_verified")
    assert said in result.error["message"]
    assert "--full-drop" in result.error["message"]


def test_a_sealed_job_that_somebody_was_faster_than_is_let_go(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(self: FileStore, job: Job, plan: CommitPlan) -> Receipt:
        raise Superseded("the target has moved on")

    bench.source.rows = rows(*range(25))
    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "commit", commit)
        assert bench.one().error["code"] == "HYG401"
    assert bench.leftovers() == []
    assert bench.one().status == "success"
    assert bench.landed() == Counter(rows(*range(25)))


def test_a_full_disk_is_told_with_what_the_last_load_took(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hygge.files import staging

    bench.source.rows = rows(1)
    took = bench.one().bytes_written

    def broken(name: str) -> None:
        if name == "stage.batch":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "failpoint", broken)
    assert f"The last load took {took:,} bytes." in bench.one().error["message"]


def test_a_second_run_of_a_flow_is_told_who_holds_it(bench: Any, toys: Any) -> None:
    bench.source.rows, bench.source.endless = rows(*range(10)), True
    stop = Stop()
    thread = threading.Thread(target=lambda: run_project(bench.root, stop=stop))
    thread.start()
    try:
        assert bench.source.reading.wait(10)
        with pytest.raises(LeaseHeld) as caught:
            bench.run()
        assert "pid" in caught.value.message
        assert caught.value.exit_code == 75
    finally:
        stop.set("the end of the test")
        thread.join(20)


def test_a_batch_of_another_schema_than_planned_is_never_written(bench: Any, toys: Any) -> None:
    import pyarrow as pa

    original = toys.ScriptedHome.read

    def other(self: Any, request: Any, split: Any) -> Any:
        for batch in original(self, request, split):
            yield (
                batch.rename_columns(["id", "at", "renamed"]) if isinstance(batch, pa.RecordBatch) else batch
            )

    bench.source.rows = rows(1)
    toys.ScriptedHome.read = other
    try:
        assert bench.one().error["code"] == "HYG411"
    finally:
        toys.ScriptedHome.read = original
    assert bench.landed() == Counter()


def test_a_lookback_that_grew_doubles_nothing_and_says_what_it_leaves_out(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from hygge.engine.preview import preview_project

    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 5, 9)
    bench.one()
    bench.flow(INCREMENTAL.replace("at}", "at, lookback: 6}"))
    bench.source.rows += [(6, 6, "late"), (10, 10, "new")]
    (preview,) = preview_project(bench.root)
    assert any("reads from 9, not from 3" in note for note in preview.notes)
    assert bench.one().rows_written == 1
    assert "reads from 9, not from 3" in caplog.text
    bench.source.rows += [(9, 9, "late, but covered now")]
    assert bench.one().rows_written == 1


def test_a_lookback_that_does_not_fit_is_refused_before_anything_is_read(bench: Any) -> None:
    bench.flow("run_type: incremental\nwatermark: {column: at, lookback: 15m}")
    bench.source.rows = rows(1)
    assert bench.one().error["code"] == "HYG303"
    assert bench.source.reads == 0


def test_a_stop_while_planning_cancels_the_home(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning, cancelled = threading.Event(), threading.Event()

    def plan(self: Any, request: Any) -> Any:
        planning.set()
        assert cancelled.wait(20)
        raise RunStopped("the driver was told to stop")

    monkeypatch.setattr(toys.ScriptedHome, "plan", plan)
    monkeypatch.setattr(toys.ScriptedHome, "cancel", lambda self: cancelled.set())
    stop = Stop()
    threading.Thread(target=lambda: (planning.wait(20), stop.set("SIGINT", 2))).start()
    (result,) = run_project(bench.root, stop=stop).entities
    assert result.status == "aborted"
