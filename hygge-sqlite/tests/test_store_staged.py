"""What is staged: any number of files, whole, or nothing of them lands."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tables import NEW, OLD, rows

from hygge.errors import DataError, StopEntity
from hygge.model import Overlap
from hygge.testing.values import target
from hygge_sqlite.place import Place


def test_times_within_values_that_json_cannot_say_are_refused(database: Any) -> None:
    fine = pa.array([[1], [2]], pa.list_(pa.timestamp("ns")))
    with pytest.raises(DataError, match="'v': times within its values are finer than a microsecond"):
        database.land(pa.table({"id": [1, 2], "v": fine}))


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
def test_rows_that_are_missing_in_a_staged_file_stop_the_commit(
    database: Any, mode: str, there: bool
) -> None:
    if there:
        database.land(NEW, mode, keys=("id",) if mode == "upsert" else ())
    before = rows(database) if there else []
    store, job = database.store(), database.job(OLD, mode, keys=("id",) if mode == "upsert" else ())
    plan = store.seal(job, [store.stage(job, "all", OLD.to_batches())])
    (staged,) = (database.path.parent / ".hygge" / database.path.name).glob("*.*")
    with contextlib.closing(sqlite3.connect(staged)) as connection, connection:
        connection.execute("DELETE FROM rows WHERE rowid = 1")
    with pytest.raises(StopEntity, match="gave 2 rows; 3 were written"):
        store.commit(job, plan)
    assert (rows(database) if there else database.ask("SELECT name FROM sqlite_schema")) == before


@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
@pytest.mark.parametrize("splits", [0, 10, 11, 37])
def test_any_number_of_splits_lands_in_one_commit(database: Any, mode: str, splits: int) -> None:
    store, job = database.store(), database.job(OLD, mode, keys=("id",) if mode == "upsert" else ())
    parts = [pa.record_batch({"id": [n], "note": [str(n)]}) for n in range(splits)]
    staged = [store.stage(job, f"s{n}", [part]) for n, part in enumerate(parts)]
    receipt = store.commit(job, store.seal(job, staged))
    assert rows(database) == [(n, str(n)) for n in range(splits)]
    assert (receipt.rows, store.rows(job, receipt)) == (splits, splits)
    assert database.staged() == []


def test_a_staged_file_that_is_gone_or_cut_is_found_before_anything_is_visible(database: Any) -> None:
    store, job = database.store(), database.job(OLD)
    plan = store.seal(job, [store.stage(job, "a", OLD.to_batches())])
    (path,) = (database.path.parent / ".hygge" / database.path.name).glob("*")
    with path.open("r+b") as file:
        file.truncate(4096)
    with pytest.raises(StopEntity, match="has 4096 bytes") as caught:
        store.commit(job, plan)
    assert caught.value.code == "HYG404"
    path.unlink()
    with pytest.raises(StopEntity, match="is missing"):
        store.commit(job, plan)
    assert store.state(target("t")).receipt is None


def test_identities_that_are_gone_or_cut_are_found_before_anything_is_visible(database: Any) -> None:
    store, job = database.store(), database.job(OLD, "append")
    staged = store.stage(job, "a", OLD.to_batches())
    store.stage_overlap(job, b"x" * 32)
    overlap = Overlap(columns=("id",), count=2, digest="0" * 32, lower="1")
    plan = replace(store.seal(job, [staged]), overlap=overlap)
    (path,) = (database.path.parent / ".hygge" / database.path.name).glob("*.overlap")
    path.write_bytes(b"x" * 16)
    with pytest.raises(StopEntity, match="has 16 bytes") as caught:
        store.commit(job, plan)
    assert caught.value.code == "HYG404"
    path.unlink()
    with pytest.raises(StopEntity, match="is missing"):
        store.commit(job, plan)
    assert store.state(target("t")).receipt is None


def test_what_is_staged_for_a_table_with_a_dot_in_its_name_is_no_other_s(tmp_path: Path) -> None:
    place = Place(database=str(tmp_path / "lake.db"))
    for table in ("t", "t.x", "T.X.y"):
        staged = place.staged(table, "job.1", "a.b")
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.touch()
        assert [path for _, path in place.of_table(table)] == [staged]
        assert list(place.of_job(table, "job.1")) == [staged]


def test_sealing_again_after_a_stop_gathers_the_same_rows(database: Any) -> None:
    store, job = database.store(), database.job(OLD, "append")
    parts = [pa.record_batch({"id": [n], "note": [str(n)]}) for n in range(12)]
    staged = [store.stage(job, f"s{n}", [part]) for n, part in enumerate(parts)]
    store.seal(job, staged)
    receipt = store.commit(job, store.seal(job, staged))
    assert rows(database) == [(n, str(n)) for n in range(12)]
    assert receipt.rows == 12
