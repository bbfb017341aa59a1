"""A table in SQLite follows its source, and what users put on it stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

UPSERT = {"run_type": "incremental", "watermark": {"column": "at"}, "keys": ["id"]}
APPEND = {**UPSERT, "write": "append"}


def put(world: Any, name: str, **columns: Any) -> None:
    (world.root / "origin").mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), world.root / "origin" / f"{name}.parquet")


def ask(world: Any, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(world.root / "end" / "data.db")) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def flow(world: Any, **more: Any) -> None:
    world.flow("f", {"type": "parquet", "path": "origin"}, world.store("sqlite", "end"), **more)


@pytest.mark.parametrize("mode", [UPSERT, APPEND], ids=["upsert", "append"])
def test_new_columns_come_and_types_widen_while_indexes_and_views_stay(world: Any, mode: Any) -> None:
    flow(world, **mode)
    put(world, "a", id=pa.array([1, 2], pa.int16()), at=[1, 2], n=pa.array([1, 2], pa.int16()))
    world.run("f")
    ask(world, "CREATE INDEX by_n ON t (n)")
    ask(world, "CREATE VIEW v AS SELECT id, n FROM t")
    put(world, "b", id=pa.array([3], pa.int16()), at=[3], n=[2**40], extra=["x"])
    result = world.run("f")
    assert result.mode == mode.get("write", "upsert")
    assert result.rows_written == (1 if result.mode == "append" else 2), "an upsert takes the tie again"
    assert ask(world, "SELECT id, at, n, extra FROM t ORDER BY id") == [
        (1, 1, 1, None),
        (2, 2, 2, None),
        (3, 3, 2**40, "x"),
    ]
    assert ask(world, "SELECT max(n) FROM v") == [(2**40,)]
    assert ask(world, "SELECT name FROM sqlite_schema WHERE name = 'by_n'")
    assert "'extra' (string) is new" in next(iter(world.rows("f"))).message


def test_a_replace_keeps_what_users_put_on_the_table(world: Any) -> None:
    flow(world)
    put(world, "a", id=[1, 2], at=[1, 2])
    world.run("f")
    ask(world, "CREATE UNIQUE INDEX by_id ON t (id)")
    ask(world, "CREATE VIEW v AS SELECT count(*) AS c FROM t")
    put(world, "b", id=[3], at=[3])
    world.run("f")
    assert ask(world, "SELECT c FROM v") == [(3,)]
    assert "by_id" in str(ask(world, "EXPLAIN QUERY PLAN SELECT * FROM t WHERE id = 3"))


def test_rows_that_changed_are_updated_and_the_latest_of_equal_keys_wins(world: Any) -> None:
    flow(world, **UPSERT)
    put(world, "a", id=[1, 2, 2], at=[1, 5, 3], note=["one", "late", "early"])
    world.run("f")
    assert ask(world, "SELECT id, note FROM t ORDER BY id") == [(1, "one"), (2, "late")]
    put(world, "b", id=[1, 3], at=[9, 9], note=["changed", "new"])
    assert world.run("f").verdict == "verified"
    assert ask(world, "SELECT id, note FROM t ORDER BY id") == [(1, "changed"), (2, "late"), (3, "new")]


def test_keys_without_a_value_are_refused_and_nothing_is_visible(world: Any) -> None:
    flow(world, **UPSERT)
    put(world, "a", id=[1, None], at=[1, 2])
    assert "null" in world.failing("f")["message"]
    put(world, "a", id=[1, 2], at=[1, 2])
    assert world.run("f").rows_written == 2


def test_a_table_of_keys_alone_is_upserted(world: Any) -> None:
    flow(world, **UPSERT, polish={"drop": ["at"]})
    put(world, "a", id=[1, 2], at=[1, 2])
    world.run("f")
    put(world, "b", id=[2, 3], at=[3, 3])
    world.run("f")
    assert ask(world, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


def test_a_file_read_again_is_upserted(world: Any) -> None:
    home = {"type": "parquet", "path": "origin", "changed": "reread"}
    world.flow("f", home, world.store("sqlite", "end"), run_type="incremental", keys=["id"])
    put(world, "a", id=[1, 2], note=["x", "y"])
    world.run("f")
    put(world, "a", id=[1, 2, 3], note=["x", "z", "new"])
    world.run("f")
    assert ask(world, "SELECT id, note FROM t ORDER BY id") == [(1, "x"), (2, "z"), (3, "new")]
    assert world.run("f").status == "skipped"


def test_a_backfill_upserts_the_window(world: Any) -> None:
    flow(world, **UPSERT)
    put(world, "a", id=[1, 2, 3], at=[1, 2, 3], note=["a", "b", "c"])
    world.run("f")
    put(world, "a", id=[1, 2, 3, 4], at=[1, 2, 3, 2], note=["a", "edited", "edited, too", "late"])
    assert world.run("f", from_="2", to="2").watermark["upper"] == "3"
    assert ask(world, "SELECT id, note FROM t ORDER BY id") == [
        (1, "a"),
        (2, "edited"),
        (3, "c"),
        (4, "late"),
    ]


@pytest.mark.parametrize("mode", [UPSERT, APPEND], ids=["upsert", "append"])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        (pa.array(["a", "b"]), pa.array(["a", "b", "c"], pa.large_string())),
        (pa.array(["a", "b"], pa.large_string()), pa.array(["a", "b", "c"])),
        (pa.array([1, 2], pa.int32()), pa.array([1, 2, 3], pa.int64())),
        (pa.array([1, 2], pa.int64()), pa.array([1, 2, 3], pa.int16())),
        (pa.array([1, 2], pa.uint8()), pa.array([1, 2, 3], pa.int64())),
    ],
    ids=str,
)
def test_another_layout_or_width_of_the_watermark_is_gone_on_with(
    world: Any, mode: Any, before: pa.Array, now: pa.Array
) -> None:
    flow(world, **mode)
    put(world, "a", id=[1, 2], at=before)
    world.run("f")
    put(world, "a", id=[1, 2, 3], at=now)
    assert world.run("f").status == "success"
    assert [row[0] for row in ask(world, "SELECT id FROM t ORDER BY id")] == [1, 2, 3]
    put(world, "a", id=[1, 2, 3], at=now)
    world.run("f")
    assert ask(world, "SELECT count(*) FROM t") == [(3,)]


@pytest.mark.parametrize(("before", "now"), [("s", "us"), ("us", "ms"), ("ms", "s")])
def test_times_of_another_unit_are_upserted_and_told_where_rows_are_appended(
    world: Any, before: str, now: str
) -> None:
    start = 1_600_000_000
    units = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}

    def moments(unit: str, count: int) -> pa.Array:
        return pa.array([(start + n) * units[unit] for n in range(count)], pa.timestamp(unit))

    flow(world, **UPSERT)
    put(world, "a", id=[1, 2], at=moments(before, 2))
    world.run("f")
    put(world, "a", id=[1, 2, 3], at=moments(now, 3))
    world.run("f")
    world.run("f")
    assert ask(world, "SELECT count(*) FROM t") == [(3,)]
    flow(world, **APPEND)
    put(world, "a", id=[1, 2, 3, 4], at=moments(before, 4))
    assert world.failing("f")["code"] in ("HYG407", "HYG411")


def test_times_of_a_unit_with_other_bounds_are_told_as_a_change_of_the_schema(world: Any) -> None:
    flow(world, **UPSERT)
    put(world, "a", id=[1], at=pa.array([1], pa.timestamp("us")))
    world.run("f")
    put(world, "a", id=[1], at=pa.array([1000], pa.timestamp("ns")))
    error = world.failing("f")
    assert error["code"] == "HYG411"
    assert "'at' was timestamp[us], is now timestamp[ns]" in error["message"]
