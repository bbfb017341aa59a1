"""From the seal to the journal: what goes wrong there costs no row, and what is said of it is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.stop import Stop
from hygge.errors import CommitUnknown, DataError, JournalDamaged, Superseded, TransientError
from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore
from hygge.journal import FileJournal
from hygge.model import CommitPlan, Entry, Job, Receipt, Row

Commit = Callable[[FileStore, Job, CommitPlan], Receipt]
PLACEHOLDER = "FLOW.ENTITY"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two attempts."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: None)


def journaled(bench: Any) -> list[Row]:
    """The journal's rows, newest first."""
    return list(FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {}).rows())


def failing(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> list[str]:
    """The first commits raise the errors, one each; the list gets what was tried."""
    real: Commit = FileStore.commit
    left, tried = list(errors), []

    def commit(self: FileStore, job: Job, plan: CommitPlan) -> Receipt:
        tried.append(job.id)
        if left:
            raise left.pop(0)
        return real(self, job, plan)

    monkeypatch.setattr(FileStore, "commit", commit)
    return tried


def test_a_commit_that_may_succeed_later_is_tried_again(
    bench: Any, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    tried = failing(monkeypatch, TransientError("busy"), TransientError("busy"))
    bench.source.rows = rows(1, 2)
    assert bench.one().status == "success"
    assert (len(tried), len(set(tried))) == (3, 1)
    assert bench.landed() == Counter(rows(1, 2))


def test_a_commit_of_which_nothing_is_known_is_tried_again_until_it_is(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, *[CommitUnknown("the reply was lost")] * 3)
    bench.source.rows = rows(1, 2)
    assert bench.one().status == "success"
    assert bench.landed() == Counter(rows(1, 2))


def test_a_job_that_has_landed_is_a_success_although_others_came_after_it(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Commit = FileStore.commit

    def commit(self: FileStore, job: Job, plan: CommitPlan) -> Receipt:
        real(self, job, plan)
        raise Superseded("the target has moved on")

    bench.source.rows = rows(1, 2)
    monkeypatch.setattr(FileStore, "commit", commit)
    result = bench.one()
    assert (result.status, result.rows_written, result.verdict) == ("success", 2, "verified")


def test_what_is_in_the_journal_as_sealed_stays_staged_whatever_the_journal_said_then(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An append may fail behind its last byte: the entry counts for whoever comes next."""
    real = FileJournal.append

    def append(self: FileJournal, entries: list[Entry]) -> None:
        real(self, entries)
        if entries[0].kind == "sealed":
            raise JournalDamaged("the disk went away", code="HYG502")

    bench.source.rows = rows(1, 2)
    with monkeypatch.context() as broken:
        broken.setattr(FileJournal, "append", append)
        assert bench.one().error["code"] == "HYG502"
    bench.source.rows = rows(3)
    bench.flow(INCREMENTAL)  # so that what was sealed is not replaced at once
    bench.one()
    assert bench.landed() == Counter(rows(1, 2))


def test_an_entity_whose_end_cannot_be_journaled_fails_and_no_other_with_it(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FileJournal.append

    def append(self: FileJournal, entries: list[Entry]) -> None:
        if entries[0].entity == "a" and entries[0].kind != "planned":
            raise JournalDamaged(
                "the disk went away", code="HYG502", remedy=f"Run `hygge run {PLACEHOLDER}`."
            )
        real(self, entries)

    bench.flow("entities: [a, b]")
    bench.source.rows = rows(1, 2)
    monkeypatch.setattr(FileJournal, "append", append)
    a, b = bench.run(concurrency=1).entities
    assert (a.status, b.status) == ("failed", "success")
    assert "hygge run f.a" in a.error["message"]


def test_what_cannot_be_cleaned_up_hides_no_error(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(number: int) -> None:
        raise DataError("row 31 is bad", remedy=f"Mend it, and `hygge run {PLACEHOLDER}`.")

    def abort(self: FileStore, job: Job) -> None:
        raise TransientError("the line is down")

    bench.source.rows, bench.source.fault = rows(1), fault
    monkeypatch.setattr(FileStore, "abort", abort)
    message = bench.one().error["message"]
    assert "row 31 is bad" in message
    assert "hygge run f.f" in message


def test_a_store_that_cannot_count_is_no_loss(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.source.rows = rows(1, 2)
    monkeypatch.setattr(FileStore, "rows", lambda self, job, receipt: None)
    result = bench.one()
    assert (result.status, result.verdict) == ("success", "unsupported")


def uncounted(self: FileStore, job: Job, receipt: Receipt) -> int:
    raise TransientError("the line is down")


def test_a_count_that_fails_is_told_and_is_no_loss(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.source.rows = rows(1, 2)
    monkeypatch.setattr(FileStore, "rows", uncounted)
    result = bench.one()
    assert (result.status, result.verdict) == ("success", "not_verified")
    assert [(row.status, row.message) for row in journaled(bench)] == [("success", "the line is down")]


def test_a_count_that_fails_is_told_of_what_a_later_run_finishes(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    arm("raise:engine.sealed")
    bench.one()
    arm("")
    monkeypatch.setattr(FileStore, "rows", uncounted)
    bench.one()
    (row,) = (row for row in journaled(bench) if row.status == "success")
    assert (row.verdict, row.message) == ("not_verified", "finished by a later run; the line is down")


def test_rows_that_are_lost_are_told_with_the_entity_s_own_command(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.rows = rows(1, 2)
    monkeypatch.setattr(FileStore, "rows", lambda self, job, receipt: receipt.rows - 1)
    assert "`hygge run f.f --full-drop`" in bench.one().error["message"]


def test_what_is_skipped_is_verified_and_says_how_far_it_is(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    bench.source.rows = rows(1)  # the source's greatest value is less now, and what was committed is not
    result = bench.one()
    assert (result.status, result.verdict, result.watermark["upper"]) == ("skipped", "verified", "2")
    assert journaled(bench)[0].watermark_upper == "2"


def test_a_first_load_without_rows_lands_with_its_schema_and_is_gone_on_from(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    assert bench.one().status == "success"
    assert list((bench.root / "out" / "f").glob("*.parquet"))
    assert bench.one().status == "skipped"
    bench.source.rows = rows(1)
    assert bench.one().rows_written == 1
