"""What a run guarantees, whatever happens on either side of it."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partialmethod
from typing import TYPE_CHECKING, Any

import pytest

from hygge.engine.session import run_project
from hygge.engine.shape import Shaping
from hygge.engine.stop import Stop
from hygge.errors import (
    CommitUnknown,
    ConfigurationError,
    DataError,
    LeaseHeld,
    RunStopped,
    Superseded,
    TransientError,
)
from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.files.local_stores import ParquetStore
from hygge.files.store import FileStore
from hygge.journal import FileJournal
from hygge.model import CommitPlan, Job, Plan, ReadRequest, Receipt, Staged

if TYPE_CHECKING:
    import pyarrow as pa

INCREMENTAL = "run_type: incremental\nwatermark: {column: at}"


def rows(*ids: int) -> list[tuple[int, int, str]]:
    return [(n, n, f"row {n}") for n in ids]


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


@pytest.mark.parametrize("splits", [1, 3])
@pytest.mark.parametrize(("limit", "moved"), [(3, 3), (10, 10), (13, 13), (25, 25), (99, 25)])
def test_a_limit_is_kept_to_where_the_home_knows_none(
    bench: Any, splits: int, limit: int, moved: int
) -> None:
    bench.source.rows = rows(*range(25))
    bench.source.splits = splits
    bench.flow(f"limit: {limit}")
    result = bench.one()
    assert (result.rows_read, result.rows_written, result.verdict) == (moved, moved, "verified")
    assert bench.landed().total() == moved
    assert bench.landed() <= Counter(bench.source.rows)


@pytest.fixture
def forgetful(bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home that has lost messages, and says so."""
    plan = toys.ScriptedHome.plan

    def noted(self: Any, request: ReadRequest) -> Plan:
        return replace(plan(self, request), warnings=("3 messages had gone",))

    monkeypatch.setattr(toys.ScriptedHome, "plan", noted)
    bench.source.rows = rows(1, 2)
    bench.flow(INCREMENTAL)
    return bench


def messages(bench: Any) -> list[str]:
    """Those of the journal, newest first."""
    journal = FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {})
    return [row.message for row in journal.rows()]


def test_what_a_home_leaves_out_is_told_by_the_run_and_kept_in_the_journal(
    forgetful: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for said in ("3 messages had gone", "nothing new; 3 messages had gone"):
        assert forgetful.one().warnings == ("3 messages had gone",)
        assert messages(forgetful)[0] == said
    assert caplog.text.count("f.f: 3 messages had gone") == 2


def test_what_a_home_leaves_out_is_told_of_attempts_that_fail(forgetful: Any) -> None:
    forgetful.flow("guard: {min_rows: 3}")
    assert forgetful.one().warnings == ("3 messages had gone",)
    assert messages(forgetful)[0].endswith("; 3 messages had gone")
    forgetful.flow("polish: {drop: [nothing]}")
    assert forgetful.one().warnings == ("3 messages had gone",)


def test_what_a_home_left_out_is_kept_by_whoever_finishes_the_job(forgetful: Any) -> None:
    arm("raise:engine.sealed")
    assert forgetful.one().status == "failed"
    arm("")
    assert forgetful.one().status == "skipped"
    assert "finished by a later run; 3 messages had gone" in messages(forgetful)


def test_reading_ends_with_the_last_row_of_a_limit(bench: Any) -> None:
    bench.source.rows = rows(*range(25))
    bench.source.endless = True
    bench.flow("limit: 30")
    assert bench.one().rows_written == 30


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


def test_one_failing_entity_does_not_stop_the_others(bench: Any, toys: Any) -> None:
    bench.flow("entities: [{name: bad, home: {source: none}}, good]")
    bench.source.rows = rows(1)
    result = bench.run()
    assert result.status == "failed"
    assert {e.entity: e.status for e in result.entities} == {"bad": "failed", "good": "success"}


def test_fail_fast_ends_what_is_under_way(bench: Any, toys: Any) -> None:
    endless = toys.SOURCES["endless"] = toys.Source(rows=rows(*range(10)), endless=True)

    def fault(number: int) -> None:
        assert endless.reading.wait(10)
        raise DataError("bad", remedy="Mend it.")

    bench.source.rows, bench.source.fault = rows(1), fault
    bench.flow("entities: [{name: endless, home: {source: endless}}, bad]")
    result = bench.run(fail_fast=True, concurrency=2)
    assert {e.entity: e.status for e in result.entities} == {"bad": "failed", "endless": "aborted"}
    assert bench.landed("endless") == Counter()


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


def test_two_entities_on_one_target_are_refused_before_anything_is_touched(bench: Any) -> None:
    bench.flow("entities: [{name: f}, {name: g, store: {path: out, type: parquet}}]")
    bench.flow("entities: [f]", name="other")
    with pytest.raises(ConfigurationError) as caught:
        bench.run()
    assert caught.value.code == "HYG112"
    assert "f.f" in caught.value.message
    assert "other.f" in caught.value.message
    assert not (bench.root / "out").exists()


def test_a_lost_journal_is_read_back_from_the_receipts(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.rmtree(bench.root / ".hygge_journal")
    bench.source.rows += rows(3)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


def test_a_journal_of_yesterday_doubles_nothing(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.copytree(bench.root / ".hygge_journal", bench.root / "yesterday")
    bench.source.rows += rows(3)
    bench.one()
    shutil.rmtree(bench.root / ".hygge_journal")
    (bench.root / "yesterday").rename(bench.root / ".hygge_journal")
    bench.source.rows += rows(4)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


@pytest.mark.parametrize("lost", ["out", "out/f"])
def test_a_lost_destination_stops_the_entity_until_the_user_decides(bench: Any, lost: str) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.rmtree(bench.root / lost)
    result = bench.one()
    assert result.error["code"] in ("HYG403", "HYG404")
    assert "--full-drop" in result.error["message"]
    assert bench.one(run_type="full_drop").status == "success"
    assert bench.landed() == Counter(rows(1, 2))


def test_a_lost_file_is_noticed_before_anything_is_added(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    bench.one()
    next((bench.root / "out" / "f").glob("*.parquet")).unlink()
    bench.source.rows += rows(2)
    assert bench.one().error["code"] == "HYG404"


def test_data_that_hygge_did_not_write_is_replaced_only_with_adopt(bench: Any) -> None:
    folder = bench.root / "out" / "f"
    folder.mkdir(parents=True)
    (folder / "mine.parquet").write_bytes(b"precious")
    bench.source.rows = rows(1)
    assert bench.one().error["code"] == "HYG402"
    assert (folder / "mine.parquet").read_bytes() == b"precious"
    assert bench.one(adopt=True).status == "success"
    assert bench.landed() == Counter(rows(1))


@pytest.mark.parametrize(
    "changed",
    ["keys: [id]", "where: 'id > 1'", "columns: [id, at]", "home: {type: scripted, source: s, query: x}"],
)
def test_a_changed_definition_stops_an_incremental_flow_with_the_choices(bench: Any, changed: str) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    bench.one()
    text = (bench.root / "flows" / "f.yml").read_text()
    if changed.startswith("home"):
        text = text.split("\n", 1)[1]
    (bench.root / "flows" / "f.yml").write_text(f"{changed}\n{text}")
    result = bench.one()
    assert result.error["code"] == "HYG406"
    assert "--full-drop" in result.error["message"]
    # without keys rows are told by all their columns
    assert ("state adopt" in result.error["message"]) == (not changed.startswith("columns"))


def test_a_moved_source_or_destination_stops_the_flow(bench: Any, toys: Any) -> None:
    bench.source.rows = rows(1)
    bench.one()
    bench.flow("", store="elsewhere")
    assert "destination has moved" in bench.one().error["message"]
    toys.SOURCES["other"] = toys.Source(rows=rows(2))
    (bench.root / "flows" / "f.yml").write_text(
        "home: {type: scripted, source: other}\nstore: {type: parquet, path: out}\n"
    )
    assert "source has moved" in bench.one().error["message"]
    assert bench.landed() == Counter(rows(1))


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


def test_one_failing_split_ends_the_others_and_its_error_is_the_one_told(bench: Any) -> None:
    bench.source.splits = 3
    bench.source.endless = True
    bench.source.rows = rows(*range(9))
    failing = threading.Lock()

    def fault(number: int) -> None:
        if number == 3 and failing.acquire(blocking=False):
            raise DataError("this very split is broken")

    bench.source.fault = fault
    begun = time.monotonic()
    result = bench.one(concurrency=3)
    assert "this very split is broken" in result.error["message"]
    assert time.monotonic() - begun < 30
    assert bench.leftovers() == []


def test_splits_of_all_entities_together_are_bounded_by_concurrency(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.splits = 4
    bench.source.rows = rows(*range(40))
    bench.flow("entities: [a, b, c]")
    at_once, most, lock = 0, 0, threading.Lock()
    read = toys.ScriptedHome.read

    def counted(self: Any, request: Any, split: Any) -> Any:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        yield from read(self, request, split)
        with lock:
            at_once -= 1

    monkeypatch.setattr(toys.ScriptedHome, "read", counted)
    assert bench.run(concurrency=2).status == "success"
    assert most <= 2


@pytest.mark.parametrize("remote", [True, False])
def test_where_stores_are_remote_others_are_read_while_some_wait_for_their_commit(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    """Answers over a network take time in which the slots of those that commit would read nothing."""
    bench.source.rows = rows(*range(9))
    bench.flow("entities: [a, b, c, d, e, f]", type="distant" if remote else "parquet")
    committing, most, lock = set(), 0, threading.Lock()
    planning, met = threading.BoundedSemaphore(2), threading.Event()
    commit, plan_ = ParquetStore.commit, toys.ScriptedHome.plan

    def planned(self: Any, request: Any) -> Any:
        assert planning.acquire(blocking=False), "more entities ask their home than are read at a time"
        time.sleep(0.01)
        planning.release()
        return plan_(self, request)

    def waiting(self: Any, job: Any, plan: Any) -> Any:
        nonlocal most
        with lock:
            committing.add(job.entity)
            most = max(most, len(committing))
            if len(committing) == 6:
                met.set()
        met.wait(10 if remote else 0.05)
        found = commit(self, job, plan)
        with lock:
            committing.remove(job.entity)
        return found

    monkeypatch.setattr(toys.ScriptedHome, "plan", planned)
    monkeypatch.setattr(ParquetStore, "commit", waiting)
    assert bench.run(concurrency=2).status == "success"
    assert met.is_set() == remote
    assert most == 6 if remote else most <= 2


@pytest.mark.parametrize("remote", [True, False])
@pytest.mark.parametrize("command", ["plan", "check"])
def test_remote_stores_are_looked_at_side_by_side_also_where_nothing_is_moved(
    bench: Any, monkeypatch: pytest.MonkeyPatch, remote: bool, command: str
) -> None:
    from hygge.config import load_project
    from hygge.engine.checks import check_project
    from hygge.engine.preview import preview_project

    entities = ["a", "b", "c", "d", "e", "f"]
    bench.source.rows = rows(*range(9))
    bench.flow(f"entities: [{', '.join(entities)}]", type="distant" if remote else "parquet")
    looking, most, lock = 0, 0, threading.Lock()
    met = threading.Event()
    state = ParquetStore.state

    def waiting(self: Any, target: Any) -> Any:
        nonlocal looking, most
        with lock:
            looking += 1
            most = max(most, looking)
            if looking == 5:  # the first of a place is waited for before others ask it
                met.set()
        met.wait(1 if remote and target.entity != "a" else 0.01)
        with lock:
            looking -= 1
        return state(self, target)

    monkeypatch.setattr(ParquetStore, "state", waiting)
    if command == "plan":
        assert [(one.entity, one.error) for one in preview_project(bench.root)] == [
            (entity, None) for entity in entities
        ]
    else:
        report = check_project(load_project(bench.root))
        assert report.exit_code == 0
        told = [found.subject.partition(":")[0] for found in report.findings]
        assert told == ["journal", *(f"f.{e} {part}" for e in entities for part in ("home", "store"))]
    assert most >= 5 if remote else most == 1


def test_a_lookback_that_does_not_fit_is_refused_before_anything_is_read(bench: Any) -> None:
    bench.flow("run_type: incremental\nwatermark: {column: at, lookback: 15m}")
    bench.source.rows = rows(1)
    assert bench.one().error["code"] == "HYG303"
    assert bench.source.reads == 0


@pytest.mark.parametrize("select", [["f"], ["g"], []])
def test_a_target_within_another_is_refused_whichever_is_selected(bench: Any, select: list[str]) -> None:
    bench.flow("entities: [t]")
    bench.flow("entities: [u]", name="g", store="out/t")
    with pytest.raises(ConfigurationError, match="lies within") as caught:
        bench.run(select=select)
    assert caught.value.code == "HYG112"


def test_two_flows_on_one_target_are_refused_also_one_at_a_time(bench: Any) -> None:
    bench.flow("entities: [t]")
    bench.flow("entities: [t]", name="g")
    for select in ["f"], ["g"]:
        with pytest.raises(ConfigurationError, match="settle on one target"):
            bench.run(select=select)


def test_another_project_s_target_within_ours_is_never_replaced(bench: Any) -> None:
    bench.source.rows = rows(1)
    bench.flow("entities: [u]", store="out/t")
    bench.run()
    bench.flow("entities: [t]")
    for adopt in False, True:
        error = bench.one(run_type="full_drop", adopt=adopt).error
        assert error["code"] == "HYG402"
        assert "--adopt" not in error["message"]
    assert (bench.root / "out" / "t" / "u").is_dir()


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
