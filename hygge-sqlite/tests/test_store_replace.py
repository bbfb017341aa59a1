"""Replace: what users put on a table survives, and what stands there is theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tables import NEW, OLD, rows

from hygge.errors import HyggeError, NeedsUser, Refused
from hygge.testing.values import target


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


def test_a_view_is_never_replaced(database: Any) -> None:
    database.run("CREATE VIEW t AS SELECT 1")
    state = database.store().state(target("t"))
    assert (state.foreign, state.taken) == ("the view 't'", "the view 't'")
    (told,) = database.store().check(target("t"))
    assert (told.ok, "rename or drop it" in told.fix) == (False, True)
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
