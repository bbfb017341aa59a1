"""Replace, append and upsert: what a reader finds, what survives, what is refused."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import DataError, HyggeError, NeedsUser, Refused, StopEntity
from hygge.model import Overlap, ReadRequest, Window
from hygge.testing.values import target
from hygge.watermark import to_text

OLD = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})
NEW = pa.table({"id": [2, 4], "note": ["B", "d"]})


def rows(database: Any, table: str = "t") -> list[Any]:
    found: list[Any] = database.ask(f'SELECT * FROM "{table}" ORDER BY 1')
    return found


# -- what users put on a table ---------------------------------------------------------------------


@pytest.fixture
def furnished(database: Any) -> Any:
    """A table with indexes, a trigger, a view and a foreign key of another table."""
    database.land(OLD)
    database.run(
        "PRAGMA journal_mode=DELETE",
        'CREATE INDEX "by note" ON t (note COLLATE NOCASE) WHERE note IS NOT NULL',
        "CREATE INDEX by_length ON T (length(note))",
        "CREATE TABLE log (what)",
        "CREATE TRIGGER noted AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END",
        "CREATE VIEW v AS SELECT id, upper(note) AS u FROM t",
        "CREATE TABLE child (t_id REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO child VALUES (1)",
    )
    return database


def objects(database: Any) -> list[Any]:
    found: list[Any] = database.ask(
        "SELECT type, name, sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY name"
    )
    return found


def test_indexes_triggers_views_and_other_tables_survive_a_replace(furnished: Any) -> None:
    before = objects(furnished)
    furnished.land(NEW)
    assert objects(furnished) == before
    assert rows(furnished) == [(2, "B"), (4, "d")]
    assert furnished.ask("SELECT * FROM v") == [(2, "B"), (4, "D")]
    assert furnished.ask("SELECT * FROM child") == [(1,)]
    assert furnished.ask("SELECT * FROM log") == []
    plan = furnished.ask("EXPLAIN QUERY PLAN SELECT * FROM t WHERE length(note) = 1")
    assert "by_length" in plan[0][3]
    assert furnished.ask("PRAGMA integrity_check") == [("ok",)]


def test_an_index_whose_column_is_gone_is_named_before_anything_is_visible(furnished: Any) -> None:
    with pytest.raises(Refused, match=r"index 'by note'.*'note' is gone") as caught:
        furnished.land(pa.table({"id": [9]}))
    assert caught.value.code == "HYG411"
    assert rows(furnished) == [(1, "a"), (2, "b"), (3, None)]


def test_an_expression_that_no_longer_fits_is_named(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE INDEX by_length ON t (length(note))")
    with pytest.raises(Refused, match="index 'by_length'"):
        database.land(pa.table({"id": [9]}))


def test_a_unique_index_that_the_new_rows_break_is_named(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE UNIQUE INDEX one_note ON t (note)")
    with pytest.raises(Refused, match="index 'one_note'"):
        database.land(pa.table({"id": [1, 2], "note": ["x", "x"]}))
    with pytest.raises(HyggeError, match="UNIQUE"):
        database.land(pa.table({"id": [7], "note": ["a"]}), "append")
    assert rows(database) == [(1, "a"), (2, "b"), (3, None)]


def test_a_replace_may_bring_other_columns_and_types(database: Any) -> None:
    database.land(OLD)
    database.land(pa.table({"n": pa.array([Decimal("1.5")], pa.decimal128(5, 1)), "id": ["x"]}))
    assert rows(database) == [("1.5", "x")]
    assert database.store().state(target("t")).damage is None


# -- append ----------------------------------------------------------------------------------------


def test_an_append_adds_columns_that_are_null_in_older_rows(database: Any) -> None:
    database.land(OLD)
    wider = pa.table({"id": [4], "note": ["d"], "at": pa.array([date(2024, 2, 29)])})
    database.land(wider, "append")
    assert rows(database)[2:] == [(3, None, None), (4, "d", "2024-02-29")]
    assert database.store().state(target("t")).damage is None
    assert database.read().column_names == ["id", "note", "at"]


def test_columns_in_another_order_land_in_their_own_place(database: Any) -> None:
    database.land(OLD)
    database.land(pa.table({"note": ["d"], "id": [4]}), "append")
    assert rows(database)[-1] == (4, "d")


WIDENED = [
    (pa.array([1, -128], pa.int8()), pa.array([2**40], pa.int64())),
    (pa.array([1, 255], pa.uint8()), pa.array([-1], pa.int16())),
    (pa.array([2**32 - 1], pa.uint32()), pa.array([2**64 - 1], pa.uint64())),
    (pa.array([2**24, -1], pa.int32()), pa.array([0.5])),
    (pa.array([0.5], pa.float32()), pa.array([0.1])),
    (pa.array([127, -5, None], pa.int8()), pa.array([Decimal("1.25")], pa.decimal128(8, 2))),
    (pa.array([Decimal("1.5"), Decimal("-0.5")]), pa.array([Decimal("1.2345")], pa.decimal128(20, 4))),
    (pa.array([Decimal(7)], pa.decimal128(3, 0)), pa.array([Decimal("1.5")], pa.decimal256(60, 1))),
    (pa.array([0, -1], pa.timestamp("s")), pa.array([1], pa.timestamp("us"))),
    (pa.array([0, -1, None], pa.timestamp("ms", "UTC")), pa.array([1], pa.timestamp("us", "UTC"))),
    (pa.array([1], pa.time32("s")), pa.array([1], pa.time64("ns"))),
    (pa.array([date(1, 1, 1)]), pa.array([date(9999, 12, 31)], pa.date64())),
    (pa.array([b"1234"], pa.binary(4)), pa.array([b""], pa.binary())),
    (pa.nulls(2), pa.array(["text"])),
    (pa.nulls(2), pa.array([datetime(2024, 1, 1)], pa.timestamp("us"))),
    (pa.nulls(2), pa.array([Decimal("1.5")])),
]


@pytest.mark.parametrize(("before", "more"), WIDENED, ids=lambda values: str(values.type))
@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_wider_type_keeps_every_value_exactly(
    database: Any, before: pa.Array, more: pa.Array, mode: str
) -> None:
    keys = ("id",) if mode == "upsert" else ()
    ids = list(range(len(before) + len(more)))
    database.land(pa.table({"id": ids[: len(before)], "v": before}), mode, keys=keys)
    database.run("CREATE INDEX mine ON t (v)", "CREATE VIEW w AS SELECT v FROM t")
    database.land(pa.table({"id": ids[len(before) :], "v": more}), mode, keys=keys)
    found = database.read()["v"].combine_chunks()
    assert found.type == more.type
    assert found.equals(pa.concat_arrays([before.cast(more.type), more]))
    assert "mine" in [name for (name,) in database.ask("SELECT name FROM sqlite_schema")]
    assert len(database.ask("SELECT * FROM w")) == len(ids)
    assert database.store().state(target("t")).damage is None
    widened = rows(database)
    database.land(pa.table({"id": ids, "v": found}), "replace")
    assert rows(database) == widened, "values rest as if they had always been of that type"


def test_a_wider_type_leaves_the_key_and_the_case_of_names(database: Any) -> None:
    database.land(pa.table({"Id": [1], "Net": pa.array([1], pa.int32())}), "upsert", keys=("Id",))
    kinds = database.ask("SELECT name || ' ' || type FROM pragma_table_info('t')")
    database.run(  # as users do it who want a primary key
        f"CREATE TABLE of_mine ({', '.join(kind for (kind,) in kinds)}, PRIMARY KEY (Id))",
        "INSERT INTO of_mine SELECT * FROM t",
        "DROP TABLE t",
        "ALTER TABLE of_mine RENAME TO t",
    )
    columns = "SELECT name, pk FROM pragma_table_info('t')"
    before = database.ask(columns)
    assert before == [("Id", 1), ("Net", 0)]
    wider = pa.table({"Id": [1, 2], "Net": pa.array([2**40, 3], pa.int64()), "More": ["x", "y"]})
    database.land(wider, "upsert", keys=("Id",))
    assert database.ask(columns) == [*before, ("More", 0)]
    assert rows(database) == [(1, 2**40, "x"), (2, 3, "y")]


@pytest.mark.parametrize(
    ("before", "after"),
    [(pa.int64(), pa.int32()), (pa.string(), pa.int64()), (pa.uint64(), pa.decimal128(20, 0)),
     (pa.float64(), pa.float32()), (pa.timestamp("us"), pa.timestamp("us", "UTC"))],
)  # fmt: skip
def test_a_type_that_does_not_hold_what_is_there_is_refused(
    database: Any, before: pa.DataType, after: pa.DataType
) -> None:
    database.land(pa.table({"v": pa.nulls(1, before)}))
    with pytest.raises(Refused, match="'v' is") as caught:
        database.land(pa.table({"v": pa.nulls(1, after)}), "append")
    assert caught.value.code == "HYG411"
    assert len(rows(database)) == 1


# -- upsert ----------------------------------------------------------------------------------------


def test_an_upsert_changes_what_is_there_and_adds_the_rest(database: Any) -> None:
    database.land(OLD, "upsert", keys=("id",))
    database.land(NEW, "upsert", keys=("id",))
    assert rows(database) == [(1, "a"), (2, "B"), (3, None), (4, "d")]


@pytest.mark.parametrize("first", ["replace", "append", "upsert"])
def test_of_equal_keys_in_one_batch_the_last_row_wins(database: Any, first: str) -> None:
    database.land(OLD, first, keys=("id",))
    twice = pa.table({"id": [2, 5, 2, 5, 2], "note": ["x", "x", "y", "y", None]})
    database.land(twice, "upsert", keys=("id",))
    assert rows(database) == [(1, "a"), (2, None), (3, None), (5, "y")]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([3, 9, None, 7]),
        pa.array([0, 2**64 - 1, None, 2**63], pa.uint64()),
        pa.array(["a", "z", None, "b"]),
        pa.array([Decimal("-10.5"), Decimal("10.5"), None, Decimal("9.5")]),
        pa.array([Decimal("-10.5"), Decimal("-1.5"), None, Decimal("-2.5")]),
        pa.array([1, 9, None, 7], pa.timestamp("ns", "UTC")),
    ],
    ids=lambda values: str(values.type),
)
def test_of_equal_keys_the_greatest_of_the_latest_by_column_wins(database: Any, values: pa.Array) -> None:
    batch = pa.table({"id": [1, 1, 1, 1], "note": ["low", "high", "none", "mid"], "at": values})
    database.land(batch, "upsert", keys=("id",), latest_by="at")
    assert database.ask("SELECT note FROM t") == [("high",)]


def test_a_table_of_keys_alone_takes_each_once(database: Any) -> None:
    keys = pa.table({"a": [1, 1, 2, 1], "b": ["x", "x", "x", "y"]})
    receipt = database.land(keys, "upsert", keys=("a", "b"))
    assert receipt.rows == 4
    database.land(keys, "upsert", keys=("a", "b"))
    assert database.ask("SELECT * FROM t ORDER BY a, b") == [(1, "x"), (1, "y"), (2, "x")]


def test_nan_is_no_key_where_it_would_become_null(database: Any) -> None:
    rows_ = pa.table({"id": [1.5, math.nan], "n": [1, 2]})
    with pytest.raises(DataError, match="key 'id' is null in row 2"):
        database.land(rows_, "upsert", keys=("id",), config={"nan": "null"})


def test_times_within_values_that_json_cannot_say_are_refused(database: Any) -> None:
    fine = pa.array([[1], [2]], pa.list_(pa.timestamp("ns")))
    with pytest.raises(DataError, match="'v': times within its values are finer than a microsecond"):
        database.land(pa.table({"id": [1, 2], "v": fine}))


def test_keys_that_do_not_stay_stop_the_commit(database: Any) -> None:
    keys = pa.table({"a": [1, 2]})
    database.land(keys, "upsert", keys=("a",))
    database.run("CREATE TRIGGER gone AFTER INSERT ON t WHEN new.a = 3 BEGIN DELETE FROM t WHERE a = 3; END")
    with pytest.raises(StopEntity, match="gave 2 rows; 3 were written"):
        database.land(pa.table({"a": [1, 3, 4]}), "upsert", keys=("a",))
    assert database.ask("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


def test_other_keys_than_before_get_an_index_of_their_own(database: Any) -> None:
    rows_ = pa.table({"id": [1, 2, 3], "code": ["a", "b", "c"], "v": [1, 2, 3]})
    database.land(rows_, "upsert", keys=("id",))
    changed = pa.table({"id": [1, 9], "code": ["b", "d"], "v": [20, 90]})
    database.land(changed, "upsert", keys=("code",))
    assert database.ask("SELECT id, code, v FROM t ORDER BY code") == [
        (1, "a", 1), (1, "b", 20), (3, "c", 3), (9, "d", 90)
    ]  # fmt: skip


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


def test_rows_of_a_receipt_that_others_followed_are_not_counted(database: Any) -> None:
    store, first = database.store(), database.job(OLD, "append")
    receipt = store.commit(first, store.seal(first, [store.stage(first, "all", OLD.to_batches())]))
    assert store.rows(first, receipt) == 3
    database.land(NEW)
    assert store.rows(first, receipt) is None


def test_a_null_key_is_refused_with_its_row(database: Any) -> None:
    with pytest.raises(DataError, match="the key 'id' is null in row 4 of split 'all'") as caught:
        database.land(pa.table({"id": [1, 2, 3, None], "v": [1, 2, 3, 4]}), "upsert", keys=("id",))
    assert caught.value.code == "HYG301"
    with pytest.raises(DataError, match="null in row 1"):
        database.land(pa.table({"id": pa.nulls(1), "v": [1]}), "upsert", keys=("id",))


def test_equal_keys_at_the_target_are_refused(database: Any) -> None:
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}))
    with pytest.raises(Refused, match="equal keys") as caught:
        database.land(NEW, "upsert", keys=("id",))
    assert caught.value.code == "HYG405"
    assert rows(database) == [(1, "a"), (1, "b")]


def test_other_keys_get_an_index_of_their_own(database: Any) -> None:
    database.land(OLD)
    database.land(NEW, "upsert", keys=("id",))
    database.land(pa.table({"id": [9], "note": ["B"]}), "upsert", keys=("note",))
    assert (9, "B") in rows(database)
    assert len(rows(database)) == 4


def test_a_replace_between_upserts_may_hold_equal_keys_again(database: Any) -> None:
    database.land(OLD)
    database.land(NEW, "upsert", keys=("id",))
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}), keys=("id",))
    assert rows(database) == [(1, "a"), (1, "b")]


# -- many splits -----------------------------------------------------------------------------------


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


# -- what stands there -----------------------------------------------------------------------------


def test_a_view_is_never_replaced(database: Any) -> None:
    database.run("CREATE VIEW t AS SELECT 1")
    assert database.store().state(target("t")).foreign == "the view 't'"
    for adopt in (False, True):
        with pytest.raises(NeedsUser, match="view 't'"):
            database.land(OLD, adopt=adopt)
    assert database.ask("SELECT * FROM t") == [(1,)]


def test_a_table_of_others_is_adopted_with_its_indexes(database: Any) -> None:
    database.run(
        "CREATE TABLE T (id TEXT, note)", "CREATE INDEX mine ON T (note)", "INSERT INTO T VALUES (7, 8)"
    )
    with pytest.raises(Refused, match="the table 'T'"):
        database.land(OLD)
    database.land(OLD, adopt=True)
    assert rows(database) == [(1, "a"), (2, "b"), (3, None)]
    assert "mine" in [name for (name,) in database.ask("SELECT name FROM sqlite_schema")]


@pytest.mark.parametrize(
    ("statement", "damage"),
    [
        ("DROP TABLE t", "the table is gone"),
        ("ALTER TABLE t DROP COLUMN note", "column 'note' is gone"),
        ("ALTER TABLE t ADD COLUMN mine", "column 'mine' is not hygge's"),
    ],
)
def test_a_table_that_users_changed_is_told_as_damaged(database: Any, statement: str, damage: str) -> None:
    database.land(OLD)
    database.run(statement)
    assert database.store().state(target("t")).damage == damage
    assert damage in database.store().check(target("t"))[0].message


def test_receipts_of_long_ago_are_let_go(database: Any) -> None:
    for _ in range(52):
        database.land(NEW)
    assert database.ask("SELECT count(*), min(number), max(number) FROM _hygge_receipts") == [(50, 3, 52)]


def test_only_the_last_receipt_keeps_its_identities(database: Any) -> None:
    for _ in range(3):
        store, job = database.store(), database.job(OLD, "append")
        staged = store.stage(job, "all", OLD.to_batches())
        store.stage_overlap(job, b"x" * 32)
        overlap = Overlap(columns=("id",), count=2, digest="0" * 32, lower="1")
        receipt = store.commit(job, replace(store.seal(job, [staged]), overlap=overlap))
    assert database.ask("SELECT number FROM _hygge_receipts WHERE overlap NOT NULL") == [(3,)]
    assert store.overlap(receipt) == b"x" * 32


# -- reading back ----------------------------------------------------------------------------------


def read_back(database: Any, window: Window, columns: tuple[str, ...] = ("id",)) -> pa.Table:
    store = database.store()
    receipt = store.state(target("t")).receipt
    batches = list(store.read_back(receipt, columns, window))
    return pa.Table.from_batches(batches) if batches else pa.table({"id": []})


WINDOWS = [
    (pa.array([-5, 1, 2, 9, None]), "1", "2"),
    (pa.array([0, 2**62, 2**63, 2**64 - 1, None], pa.uint64()), str(2**62), str(2**63)),
    (pa.array([Decimal(x) for x in ("-10.0", "-9.5", "0.5", "10.0")] + [None]), "-9.5", "0.5"),
    (pa.array([Decimal(x) for x in ("-10.0", "9.5", "10.5", "100.0")] + [None]), "9.5", "10.5"),
    (pa.array([Decimal(x) for x in ("-100.0", "-10.0", "-9.5", "3.0")] + [None]), "-10.0", "-9.5"),
    (
        pa.array([date(1, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date(9999, 12, 31), None]),
        "2024-02-29", "2024-03-01",
    ),
    (
        pa.array([0, 5, 7, 10**18, None], pa.timestamp("ns")),
        "1970-01-01T00:00:00.000000005", "1970-01-01T00:00:00.000000007",
    ),
    (
        pa.array([0, 5, 7, 9, None], pa.timestamp("s", "UTC")),
        "1970-01-01T00:00:05+00:00", "1970-01-01T00:00:07+00:00",
    ),
    (pa.array(["", "a", "b", "c", None], pa.large_string()), "a", "b"),
    (pa.array([b"", b"a", b"b", b"c", None]), "61", "62"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "lower", "upper"), WINDOWS, ids=lambda v: str(getattr(v, "type", "")))
def test_rows_of_a_window_are_given_back_exactly(
    database: Any, reader: str, values: pa.Array, lower: str, upper: str
) -> None:
    rows = pa.table({"id": range(5), "v": values})
    database.land(rows)
    window = Window(column="v", type=str(values.type), lower=lower, upper=upper)
    assert read_back(database, window, ("id", "v")).equals(rows.slice(1, 2))
    assert read_back(database, window)["id"].to_pylist() == [1, 2]
    assert read_back(database, replace(window, lower=None))["id"].to_pylist() == [0, 1, 2]
    assert read_back(database, replace(window, upper=None))["id"].to_pylist() == [1, 2, 3]
    assert read_back(database, replace(window, nulls=True))["id"].to_pylist() == [1, 2, 4]


def test_values_that_became_json_cannot_be_read_back(database: Any) -> None:
    database.land(pa.table({"id": [1], "l": [[1]]}))
    with pytest.raises(StopEntity, match="JSON") as caught:
        read_back(database, Window(column="id"), ("id", "l"))
    assert caught.value.code == "HYG405"


def test_nothing_is_left_open_in_the_database(database: Any) -> None:
    database.land(OLD)
    sqlite3.connect(database.path, timeout=0).execute("BEGIN EXCLUSIVE").connection.close()


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2**63 - 1, 2**63, 2**64 - 1], pa.uint64()),
        pa.array([1, 10**9, 2**62, 2**63 - 1], pa.timestamp("ns")),
        pa.array([-1, 0, 1, 253_402_300_799], pa.timestamp("s", "Europe/Paris")),
        pa.array([-1, 0, 1, 999], pa.timestamp("ms", "UTC")),
        pa.array([b"\0" * 4, b"a" * 4, b"b" * 4, b"\xff" * 4], pa.binary(4)),
        pa.array([-128, 0, 1, 127], pa.int8()),
    ],
    ids=lambda values: str(values.type),
)
def test_what_was_written_is_read_incrementally(database: Any, reader: str, values: pa.Array) -> None:
    written = pa.table({"id": range(4), "v": values})
    database.land(written)
    for first in range(4):
        lower = to_text(values[first])
        request = ReadRequest(entity="t", window=Window(column="v", lower=lower))
        assert database.plan(request=request).window.upper == to_text(values[3])
        assert database.read(request=request).equals(written.slice(first))
