"""Histories that went wrong once, as short as they could be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from histories.source import Flow
from histories.steps import (
    KEEP,
    AddColumn,
    Backfill,
    Crash,
    Discard,
    DropColumn,
    Fail,
    Insert,
    LoseTarget,
    Run,
    Step,
    Update,
)
from histories.story import History

INTO_SQLITE = Flow(home="sqlite", store="sqlite")


def play(folder: Path, flow: Flow, *steps: Step) -> None:
    History(flow=flow, steps=steps).play(folder)


def test_what_a_failing_journal_has_kept_of_a_sealed_job_is_gone_on_with(tmp_path: Path) -> None:
    # The entry *sealed* was written when its sync failed; the job's staging was cleaned up behind it.
    play(tmp_path, INTO_SQLITE, Insert((1, 2)), Fail("journal.written@2"), Run())


def test_a_column_that_is_in_no_record_any_more_is_null_and_not_gone(tmp_path: Path) -> None:
    # NDJSON has no catalogue: what was committed once is pinned.
    flow = Flow(home="ndjson", store="parquet", nulls="fail")
    play(tmp_path, flow, Insert((1,)), Run(), DropColumn(), Insert((1,)), Run())


@pytest.mark.parametrize("store", ["sqlite", "parquet"])
def test_a_sealed_job_whose_staging_went_with_the_destination_is_discarded(
    tmp_path: Path, store: str
) -> None:
    flow = Flow(home="sqlite", store=store)
    sealed = Crash("engine.sealed@1")
    play(tmp_path, flow, Insert((1,)), sealed, LoseTarget(), Run(), Discard(), Run())


def test_a_file_none_of_whose_rows_count_has_been_read_all_the_same(tmp_path: Path) -> None:
    # The position moves without a row; a later change of that file is seen.
    flow = Flow(home="parquet", store="parquet", watermark=False, least_id=50)
    play(tmp_path, flow, Insert((1,)), Run(), Insert((1,)), Run(), Update(1, KEEP), Run())


def test_a_window_is_completed_by_the_columns_that_the_destination_has(tmp_path: Path) -> None:
    # A column that came since is in no row of the destination, so it can't tell them apart.
    steps = (Insert((1, 2)), Run(), AddColumn("x", "int64"), Insert((-1, 0)), Backfill(-3, None))
    play(tmp_path, INTO_SQLITE, *steps)
