"""What a store could never take is refused before a row is read."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hygge.files.store import FileStore
from hygge.model import Job


@pytest.mark.parametrize(
    ("store", "schema", "told"),
    [
        ("csv", pa.schema([("id", pa.int64()), ("", pa.string())]), "CSV cannot hold a column named ''"),
        ("parquet", pa.schema([("id", pa.month_day_nano_interval())]), "'id' is of type month_day_nano"),
    ],
    ids=["a name", "a type"],
)
def test_a_schema_that_no_file_of_the_kind_can_hold(
    bench: Any, store: str, schema: pa.Schema, told: str
) -> None:
    bench.source.schema = schema
    bench.flow("", type=store)
    done = bench.one()
    assert (done.status, done.error["code"]) == ("failed", "HYG405")
    assert told in done.error["message"]
    assert bench.source.reads == 0
    assert bench.leftovers() == []


def test_the_store_is_asked_with_the_job_that_is_then_staged(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Job] = []
    staged: list[Job] = []
    stage = FileStore.stage
    monkeypatch.setattr(FileStore, "foresee", lambda self, job: asked.append(job))
    monkeypatch.setattr(
        FileStore, "stage", lambda self, job, *more: staged.append(job) or stage(self, job, *more)
    )
    bench.flow("run_type: incremental\nwatermark: {column: at}")
    for row in ((1, 1, "a"), (2, 2, "b")):
        bench.source.rows.append(row)
        assert bench.one().status == "success"
        assert asked[-1:] == staged[-1:]
    assert [job.base_number for job in asked] == [0, 1]


def test_where_the_store_fails_to_answer_the_attempt_ends_and_the_next_one_moves_all(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.rows = [(1, 1, "a")]
    with monkeypatch.context() as failing:
        failing.setattr(FileStore, "foresee", lambda self, job: 1 / 0)
        assert bench.one().error["code"] == "HYG900"
    assert bench.one().status == "success"
    assert bench.landed() == {(1, 1, "a"): 1}
