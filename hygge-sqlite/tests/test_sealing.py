"""What cannot land is refused before the job is sealed, after which it could only go forward."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import NeedsUser, Refused

OLD = pa.table({"id": [1, 2], "note": ["a", "b"]})


def sealed(database: Any, rows: pa.Table, mode: str, keys: Sequence[str] = ()) -> Any:
    store, job = database.store(), database.job(rows, mode, keys=tuple(keys))
    return store.seal(job, [store.stage(job, "all", rows.to_batches())])


def refused(database: Any, rows: pa.Table, mode: str, *keys: str) -> Refused:
    """The error of sealing, and of asking before a row is read."""
    with pytest.raises(Refused) as foreseen:
        database.store().foresee(database.job(rows, mode, keys=keys))
    with pytest.raises(Refused) as caught:
        sealed(database, rows, mode, keys)
    assert foreseen.value.message == caught.value.message
    return caught.value


def test_an_index_whose_column_is_gone(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE INDEX by_note ON t (note)")
    assert "'note' is gone" in refused(database, pa.table({"id": [9]}), "replace").message


def test_an_expression_that_no_longer_fits(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE INDEX by_length ON t (length(note))")
    assert "index 'by_length'" in refused(database, pa.table({"id": [9]}), "replace").message


def test_equal_keys_at_the_target(database: Any) -> None:
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}))
    error = refused(database, OLD, "upsert", "id")
    assert error.code == "HYG405"
    assert "--full-drop" in error.remedy
    assert sealed(database, OLD, "upsert", ["id", "note"])


def test_equal_keys_are_no_obstacle_to_an_append(database: Any) -> None:
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}))
    database.land(OLD, "append", keys=("id",))
    assert len(database.ask("SELECT * FROM t")) == 4


def test_keys_that_are_null_at_the_target_are_not_equal(database: Any) -> None:
    database.land(pa.table({"id": pa.array([None, None], pa.int64()), "note": ["a", "b"]}))
    database.land(OLD, "upsert", keys=("id",))
    assert len(database.ask("SELECT * FROM t")) == 4


def test_a_key_that_is_a_new_column_meets_nulls_only(database: Any) -> None:
    database.land(OLD)
    database.land(OLD.append_column("k", pa.array([7, 8])), "upsert", keys=("k",))
    assert len(database.ask("SELECT * FROM t")) == 4


def test_a_type_that_cannot_be_widened(database: Any) -> None:
    database.land(OLD)
    error = refused(database, pa.table({"id": ["x"], "note": ["c"]}), "append")
    assert error.code == "HYG411"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("columns", [1_998, 1_999])
def test_more_columns_than_an_upsert_can_read(database: Any, columns: int, there: bool) -> None:
    rows = pa.table({f"c{n}": [n] for n in range(columns)})
    if there:
        database.land(rows)
    if columns == 1_998:
        database.land(rows, "upsert", keys=("c0",))
    else:
        with pytest.raises(NeedsUser, match="1,998 are the most"):
            sealed(database, rows, "upsert", ["c0"])


def test_a_column_that_must_have_a_value_and_would_get_none(database: Any) -> None:
    database.land(OLD)
    database.run("ALTER TABLE t ADD COLUMN kind TEXT NOT NULL DEFAULT 'x'")
    database.land(OLD, "append")
    database.run("ALTER TABLE t RENAME TO old", "CREATE TABLE t (id INTEGER, note TEXT, must TEXT NOT NULL)")
    assert "'must' is NOT NULL" in refused(database, OLD, "append").message


def test_a_name_written_in_another_case_gives_the_value(database: Any) -> None:
    database.land(OLD)
    database.run("ALTER TABLE t RENAME TO old", "CREATE TABLE t (ID INTEGER NOT NULL, note TEXT)")
    database.land(OLD, "append")
    assert database.ask("SELECT ID FROM t") == [(1,), (2,)]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_a_view_in_the_target_s_place_is_told_as_what_it_is(database: Any, mode: str) -> None:
    database.land(OLD)
    database.run("ALTER TABLE t RENAME TO old", "CREATE VIEW t AS SELECT 1 AS id FROM old")
    plan = sealed(database, OLD, mode, ["id"])
    with pytest.raises(Refused, match="rename or drop") as caught:
        database.store().commit(database.job(OLD, mode, keys=("id",)), plan)
    assert caught.value.code == "HYG402"


def test_keys_written_in_another_case_are_the_same_keys(database: Any) -> None:
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}))
    assert refused(database, OLD.rename_columns(["ID", "note"]), "upsert", "ID").code == "HYG405"


def test_a_database_that_somebody_has_locked_is_no_obstacle(database: Any) -> None:
    """What was staged must not be lost because another entity commits."""
    database.land(OLD)
    database.run("PRAGMA journal_mode=DELETE")
    with contextlib.closing(sqlite3.connect(database.path)) as other:
        job = database.job(OLD, "append")
        other.execute("BEGIN EXCLUSIVE")
        store = database.store()
        assert store.seal(job, [store.stage(job, "all", OLD.to_batches())]).rows == 2


def test_more_columns_than_a_table_can_get(database: Any) -> None:
    database.land(pa.table({f"c{n}": [n] for n in range(2_000)}))
    more = pa.table({"new": [1]})
    assert "2,001" in refused(database, more, "append").message


def test_keys_of_which_one_is_null_at_the_target_are_not_equal(database: Any) -> None:
    database.land(pa.table({"id": pa.array([1, 1, 2]), "note": pa.array([None, None, "b"])}))
    database.land(OLD, "upsert", keys=("id", "note"))
    assert len(database.ask("SELECT * FROM t")) == 4


def test_as_many_columns_as_a_table_can_have_are_no_obstacle(database: Any) -> None:
    wide = pa.table({f"c{n}": [n] for n in range(2_000)})
    database.land(wide)
    database.land(wide, "append")
    assert database.ask("SELECT count(*) FROM t") == [(2,)]
