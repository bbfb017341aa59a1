"""What a store could never take is refused before a row is read."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hygge.engine.preview import preview_project
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


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("parquet", "csv", "written as parquet, the flow now wants csv"),
        ("csv", "ndjson", "line ends '\\r\\n', the flow now wants ndjson"),
        ("csv", 'csv, delimiter: ";"', "csv, delimiter ','"),
        ("csv", "csv, line_end: lf", "csv, delimiter ',', line ends '\\n'"),
    ],
)
def test_an_append_does_not_put_files_beside_those_that_are_read_otherwise(
    bench: Any, before: str, after: str, told: str
) -> None:
    more = "run_type: incremental\nwatermark: {column: at}"
    bench.source.rows = [(1, 1, "a")]
    bench.flow(more, type=before)
    bench.one()
    folder = bench.root / "out" / "f"
    landed = set(folder.iterdir())
    bench.source.rows.append((2, 2, "b"))
    bench.flow(more, type=after)
    (foreseen,) = preview_project(bench.root)
    assert foreseen.error is not None
    assert told in foreseen.error.message
    for error in (bench.one().error, bench.one(from_="1").error):
        assert error["code"] == "HYG406"
        assert told in error["message"]
        assert "hygge run f.f --full-drop" in error["message"]
    assert set(folder.iterdir()) == landed
    bench.flow(more, type=before)
    assert bench.one().rows_written == 1
    bench.flow(more, type=after)
    assert bench.one(run_type="full_drop").rows_written == 2, "what is replaced does not matter"
    bench.source.rows.append((3, 3, "c"))
    assert bench.one().rows_written == 1
    assert not landed & set(folder.iterdir())


def test_files_that_only_their_names_tell_apart_lie_side_by_side(bench: Any) -> None:
    more = "run_type: incremental\nwatermark: {column: at}"
    for number, compression in enumerate(("none", "gzip"), 1):
        bench.source.rows.append((number, number, "a"))
        bench.flow(more, type=f"csv, compression: {compression}")
        assert bench.one().rows_written == 1
    assert bench.one(from_="1").status == "skipped"
