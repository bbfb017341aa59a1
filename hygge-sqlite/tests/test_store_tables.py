"""Tables as users make them in the target's place: with keys, generated columns and triggers of their own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from tables import NEW, OLD, rows

from hygge.errors import Refused, StopEntity


def remade(database: Any, columns: str, options: str = "") -> None:
    """The table of the store, made anew by its users with the rows that it had."""
    database.run(
        "ALTER TABLE t RENAME TO old",
        f"CREATE TABLE t ({columns}) {options}",
        "INSERT INTO t (id, note) SELECT id, note FROM old",
        "DROP TABLE old",
    )


def counted(database: Any, more: pa.Table, mode: str = "append", **options: Any) -> tuple[int, int | None]:
    """The rows that a commit says it brought, and those that the store then finds of it."""
    store, job = database.store(), database.job(more, mode, **options)
    receipt = store.commit(job, store.seal(job, [store.stage(job, "all", more.to_batches())]))
    return receipt.rows, store.rows(job, receipt)


def test_a_table_without_rowid_is_appended_to_and_counted(database: Any) -> None:
    database.land(NEW)
    remade(database, "id INTEGER, note TEXT, PRIMARY KEY (note, id)", "WITHOUT ROWID")
    assert counted(database, pa.table({"id": [1, 9], "note": ["d", "e"]})) == (2, 2)
    assert len(rows(database)) == 4


@pytest.mark.parametrize("ids", [[11, 12], [5, 12], [5, 6], [40, 50]])
def test_rows_whose_number_is_their_key_are_counted_wherever_they_go(database: Any, ids: list[int]) -> None:
    database.land(pa.table({"id": [1, 10], "note": ["a", "j"]}))
    remade(database, "id INTEGER PRIMARY KEY, note TEXT")
    assert counted(database, pa.table({"id": ids, "note": ["d", "e"]})) == (2, 2)


def test_rows_that_a_trigger_adds_are_not_counted_as_landed(database: Any) -> None:
    database.land(OLD)
    database.run(
        "CREATE TRIGGER noted AFTER INSERT ON t WHEN new.note = 'd' "
        "BEGIN INSERT INTO t VALUES (0, 'log'); END"
    )
    assert counted(database, pa.table({"id": [4, 5], "note": ["d", "e"]})) == (2, 2)
    assert len(rows(database)) == 6


DELETED = "AFTER INSERT ON t WHEN new.id = 4 BEGIN DELETE FROM t WHERE id = 4; END"
IGNORED = "BEFORE INSERT ON t WHEN new.id = 4 BEGIN SELECT RAISE(IGNORE); END"
NUMBERED = "id INTEGER PRIMARY KEY, note TEXT"


@pytest.mark.parametrize(
    ("mode", "columns", "trigger"),
    [
        ("append", "", DELETED),
        ("append", "", IGNORED),
        ("append", NUMBERED, IGNORED),
        ("upsert", "", DELETED),
        ("upsert", "", IGNORED),
        ("upsert", NUMBERED, DELETED),
    ],
)
def test_rows_that_a_trigger_does_not_let_in_are_missed_and_the_trigger_is_named(
    database: Any, mode: str, columns: str, trigger: str
) -> None:
    keys = ("id",) if mode == "upsert" else ()
    database.land(OLD, mode, keys=keys)
    if columns:
        remade(database, columns)
    database.run(f"CREATE TRIGGER guarding {trigger}")
    before = rows(database)
    with pytest.raises(StopEntity, match=r"of 2 rows 1 are there .* guarding") as caught:
        database.land(pa.table({"id": [4, 5], "note": ["d", "e"]}), mode, keys=keys)
    assert "drop it" in caught.value.remedy
    assert rows(database) == before


def test_where_keys_number_the_rows_nobody_knows_what_a_trigger_removed(database: Any) -> None:
    database.land(OLD)
    remade(database, NUMBERED)
    database.run(f"CREATE TRIGGER guarding {DELETED}")
    assert counted(database, pa.table({"id": [4, 5], "note": ["d", "e"]})) == (2, None)


def test_a_trigger_that_removes_older_rows_stops_nobody(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE TRIGGER forgetting AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < new.id - 1; END")
    assert counted(database, pa.table({"id": [4, 5], "note": ["d", "e"]})) == (2, 2)
    assert rows(database) == [(4, "d"), (5, "e")]


def test_a_column_that_gets_its_value_by_itself_needs_none_from_the_rows(database: Any) -> None:
    database.land(OLD)
    remade(
        database,
        "k INTEGER NOT NULL PRIMARY KEY, id INTEGER, note TEXT, twice INTEGER NOT NULL AS (2 * id)",
    )
    assert counted(database, pa.table({"id": [4], "note": ["d"]}))[0] == 1
    assert database.ask("SELECT id, note, twice FROM t WHERE id = 4") == [(4, "d", 8)]


def test_a_trigger_with_the_name_of_the_target_is_no_table(database: Any) -> None:
    database.run("CREATE TABLE mine (x)", "CREATE TRIGGER t AFTER INSERT ON mine BEGIN SELECT 1; END")
    database.land(OLD)
    database.land(NEW, "append")
    assert len(rows(database)) == 5


def test_a_replaced_table_keeps_its_name_and_the_indexes_on_columns_of_another_case(database: Any) -> None:
    database.run("CREATE TABLE T (ID, NOTE)", "CREATE INDEX mine ON T (NOTE)")
    database.land(OLD, adopt=True)
    named = database.ask("SELECT name, tbl_name FROM sqlite_schema WHERE lower(tbl_name) = 't' ORDER BY 1")
    assert named == [("T", "T"), ("mine", "T")]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_only_a_replacement_adopts_a_table_of_others(database: Any, mode: str) -> None:
    database.run("CREATE TABLE t (id INTEGER, note TEXT)", "INSERT INTO t VALUES (7, 'mine')")
    with pytest.raises(Refused, match="the table 't'") as caught:
        database.land(OLD, mode, keys=("id",), adopt=True)
    assert caught.value.code == "HYG402"
    assert rows(database) == [(7, "mine")]
