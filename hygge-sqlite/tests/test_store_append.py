"""Append: columns that are added, stand in another order, or need a wider type."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tables import OLD, rows

from hygge.errors import Refused
from hygge.testing.values import target


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


def test_a_trigger_of_a_user_goes_on_where_a_type_was_widened(database: Any) -> None:
    database.land(pa.table({"id": [1], "v": pa.array([1], pa.int8())}), "append")
    database.run(
        "CREATE TABLE log (what)",
        "CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.v); END",
    )
    database.land(pa.table({"id": [2], "v": pa.array([2**40], pa.int64())}), "append")
    assert database.ask("SELECT what FROM log") == [(2**40,)], "and the rows that were there are no news"
