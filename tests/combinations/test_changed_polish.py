"""What was polished otherwise before: rows that are there are found again, or the run says why not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from hygge.config import load_project
from hygge.engine.state import adopt
from hygge.errors import Refused

INCREMENTAL = {"run_type": "incremental", "watermark": {"column": "n"}}
UPSERT = {**INCREMENTAL, "keys": ["id"]}
NUMBERED = {"columns": {"case": "snake", "collisions": "number"}}


def put(world: Any, name: str = "a", **columns: Any) -> None:
    (world.root / "origin").mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), world.root / "origin" / f"{name}.parquet")


def flow(world: Any, store: str = "sqlite", **more: Any) -> None:
    world.flow("f", {"type": "parquet", "path": "origin"}, world.store(store, "end"), **more)


def rows(world: Any) -> list[dict[str, Any]]:
    """The rows of the destination, columns that are null left out."""
    database: Path = world.root / "end" / "data.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("SELECT * FROM t")
            names = [one[0] for one in found.description]
            listed = [dict(zip(names, row, strict=True)) for row in found]
    else:
        listed = ds.dataset(world.root / "end" / "t").to_table().to_pylist()
    kept = [{name: value for name, value in row.items() if value is not None} for row in listed]
    return sorted(kept, key=lambda row: row.get("n", row.get("N")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"hash": ["id"]}),
        ({"hash": ["id"]}, {}),
        ({"hash": ["id"]}, {"hash": [{"columns": ["id"], "into": "id", "salt": "${secret:env:PEPPER}"}]}),
        ({}, {"rename": {"id": "order_id"}}),
        ({}, {"cast": {"id": "int64"}}),
        ({}, {"columns": {"case": "pascal"}}),
    ],
)
def test_an_upsert_under_other_keys_is_refused_and_nothing_doubled(
    world: Any, monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], after: dict[str, Any]
) -> None:
    monkeypatch.setenv("PEPPER", "p")
    put(world, id=["1", "2"], n=[1, 2])
    flow(world, **UPSERT, polish=before)
    world.run("f")
    landed = rows(world)
    put(world, "b", id=["3"], n=[3])
    flow(world, **UPSERT, polish=after)
    assert world.failing("f")["code"] in ("HYG406", "HYG411"), "other keys, or another type or table"
    assert rows(world) == landed
    assert world.run("f", run_type="full_drop").rows_written == 3
    put(world, "c", id=["4"], n=[4])
    assert world.run("f").status == "success"
    assert len(rows(world)) == 4


def test_another_salt_is_another_key(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    polish = {"hash": [{"columns": ["id"], "into": "id", "salt": "${secret:env:PEPPER}"}]}
    put(world, id=["1", "2"], n=[1, 2])
    flow(world, **UPSERT, polish=polish)
    monkeypatch.setenv("PEPPER", "one")
    world.run("f")
    assert world.run("f").status == "success", "the same salt makes the same keys"
    monkeypatch.setenv("PEPPER", "zimt&sternanis")
    assert world.failing("f")["code"] == "HYG406"
    kept = [path for path in world.root.rglob("*") if path.is_file() and path.suffix in (".jsonl", ".db")]
    assert kept
    assert not any(b"sternanis" in path.read_bytes() for path in kept), "a salt is nobody's business"


def test_a_watermark_that_polish_changes_is_told_where_keys_may_be_equal(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    put(world, id=["1", "1"], n=[1, 2])
    flow(world, **UPSERT, polish={"cast": {"n": "string"}})
    with caplog.at_level("INFO", "hygge"):
        world.run("f")
    assert "polish changes 'n': of rows with equal keys, the last one counts" in caplog.text


def test_polish_of_other_columns_may_change(world: Any) -> None:
    put(world, id=["1", "2"], n=[1, 2], v=["x", "y"])
    flow(world, **UPSERT)
    world.run("f")
    flow(world, **UPSERT, polish={"hash": ["v"]})
    assert world.run("f").status == "success"
    assert [len(row["v"]) for row in rows(world)] == [1, 64]


@pytest.mark.parametrize("store", ["sqlite", "parquet"])
def test_a_backfill_that_appends_is_refused_once_polish_has_changed(world: Any, store: str) -> None:
    put(world, id=["1", "2"], n=[1, 2], v=["x", "y"])
    flow(world, store, **INCREMENTAL)
    world.run("f")
    flow(world, store, **INCREMENTAL, polish={"hash": ["v"]})
    assert world.run("f").status == "skipped"
    landed = rows(world)
    for more in ({}, {"id": ["3"], "n": [3], "v": ["z"]}):
        if more:
            put(world, "b", **more)
            world.run("f")
            landed = rows(world)
        error = world.failing("f", from_="0")
        assert "polish has changed" in error["message"]
        assert rows(world) == landed
    world.run("f", run_type="full_drop")
    assert world.run("f", from_="0").rows_written == 0


@pytest.mark.parametrize(
    ("store", "more"),
    [("sqlite", {}), ("sqlite", {"write": "append"}), ("parquet", {"drift": {"add_columns": "ignore"}})],
)
def test_numbered_names_stay_with_their_columns(world: Any, store: str, more: dict[str, Any]) -> None:
    flow(world, store, **INCREMENTAL, keys=["n"], **more, polish=NUMBERED)
    put(world, n=[1], Amount=[10], amount=[20])
    world.run("f")
    for turn, columns in enumerate(
        (
            {"n": [2], "amount": [20], "Amount": [10]},
            {"amount": [20], "n": [3], "Amount": [10]},
            {"AMOUNT": [30], "amount": [20], "Amount": [10], "n": [4]},
            {"amount": [20], "AMOUNT": [30], "n": [5]},
            {"AMOUNT": [30], "Amount": [10], "n": [6], "amount": [20]},
        )
    ):
        (world.root / "origin" / "a.parquet").unlink()
        put(world, **columns)
        world.run("f")
        expected = {"n": turn + 2, "amount_2": 20}
        expected |= {"amount": 10} if "Amount" in columns else {}
        expected |= {"amount_3": 30} if "AMOUNT" in columns and store == "sqlite" else {}
        assert rows(world)[-1] == expected


def test_a_name_that_was_given_without_a_number_stays_where_another_comes_before(world: Any) -> None:
    flow(world, **INCREMENTAL, polish=NUMBERED)
    put(world, n=[1], amount=[10])
    world.run("f")
    put(world, Amount=[77], amount=[11], n=[2])
    world.run("f")
    assert rows(world) == [{"n": 1, "amount": 10}, {"n": 2, "amount": 11, "amount_2": 77}]


@pytest.mark.parametrize("polish", [{}, {"drop": ["x"]}])
def test_an_upsert_leaves_the_columns_alone_that_the_source_lost(world: Any, polish: dict[str, Any]) -> None:
    put(world, id=[1, 2, 3], n=[1, 2, 3], x=["a", "b", "c"])
    flow(world, **UPSERT)
    world.run("f")
    if not polish:
        put(world, id=[1, 2, 3, 4], n=[1, 2, 3, 4])
    flow(world, **UPSERT, polish=polish)
    world.run("f")
    world.run("f", from_="1")
    assert [row.get("x") for row in rows(world)] == ["a", "b", "c", *([] if polish else [None])]


def test_keys_that_the_stored_rows_do_not_have_are_not_adopted(world: Any) -> None:
    put(world, id=["1", "2"], n=[1, 2])
    flow(world, **UPSERT)
    world.run("f")
    put(world, id=["1", "2"], n=[1, 2], code=["a", "b"])
    flow(world, **{**UPSERT, "keys": ["code"]})
    assert world.failing("f")["code"] == "HYG406"
    with pytest.raises(Refused, match="are not those of the rows that are stored"):
        adopt(load_project(world.root), "f.t")


def test_a_numbered_flow_may_polish_a_column_that_is_new(world: Any) -> None:
    put(world, n=[1], Amount=[10], amount=[20], gone=["x"])
    flow(world, **INCREMENTAL, polish=NUMBERED)
    world.run("f")
    put(world, n=[2], amount=[20], Amount=[10], gone=["y"], fresh=["f"])
    flow(world, **INCREMENTAL, polish={**NUMBERED, "rename": {"fresh": "new"}, "drop": ["gone"]})
    world.run("f")
    assert rows(world)[-1] == {"n": 2, "amount": 10, "amount_2": 20, "new": "f"}


def test_a_hash_is_numbered_in_the_worker_as_it_was_planned(world: Any) -> None:
    flow(world, **INCREMENTAL, keys=["n"], polish=NUMBERED)
    put(world, n=[1], amount=["a"], Amount=["b"])
    world.run("f")
    put(world, n=[2], amount=["a"])
    more = {"hash": [{"columns": ["amount"], "into": "AMOUNT"}]}
    flow(world, **INCREMENTAL, keys=["n"], polish={**NUMBERED, **more})
    world.run("f")
    found = rows(world)[-1]
    assert (found["amount"], len(found["amount_3"])) == ("a", 64)
    assert "amount_2" not in found


@pytest.mark.parametrize("more", [{}, INCREMENTAL])
def test_another_rule_for_numbered_names_counts_from_a_full_drop_on(world: Any, more: dict[str, Any]) -> None:
    numbered = {"columns": {"case": "keep", "collisions": "number"}}
    put(world, n=[1], Id=[10], ID=[20])
    flow(world, "parquet", **more, polish=numbered)
    world.run("f", run_type="full_drop")
    flow(world, "parquet", **more, polish=NUMBERED)
    if more:
        assert world.failing("f")["code"] == "HYG411"
    world.run("f", run_type="full_drop" if more else None)
    assert rows(world) == [{"n": 1, "id": 10, "id_2": 20}]


def test_a_backfill_by_keys_goes_on_where_polish_of_other_columns_changed(world: Any) -> None:
    put(world, id=[1, 2], n=[1, 2], v=["x", "y"])
    keyed = {**INCREMENTAL, "keys": ["id"], "write": "append"}
    flow(world, **keyed)
    world.run("f")
    flow(world, **keyed, polish={"hash": ["v"]})
    assert world.run("f", from_="0").rows_written == 0
    flow(world, **keyed, polish={"cast": {"id": "int32"}})
    assert "polish has changed" in world.failing("f", from_="0")["message"]


def test_a_backfill_without_keys_goes_on_where_the_source_has_got_a_column(world: Any) -> None:
    put(world, n=[1, 2], v=["x", "y"])
    flow(world, **INCREMENTAL, polish={"hash": ["v"]})
    world.run("f")
    put(world, n=[1, 2, 3], v=["x", "y", "z"], more=pa.array([None, None, "m"]))
    world.run("f")
    assert world.run("f", from_="0").rows_written == 0
    assert len(rows(world)) == 3


def test_a_column_that_is_newer_than_rows_there_tells_no_rows_apart(world: Any) -> None:
    put(world, n=[1, 2], v=["x", "y"])
    flow(world, **INCREMENTAL)
    world.run("f")
    put(world, n=[1, 2, 3], v=["x", "y", "z"], more=["default", "default", "m"])
    world.run("f")
    put(world, n=[1, 2, 3, 4], v=["x", "y", "z", "w"], more=["default", "default", "m", "m"])
    for _ in range(2):
        assert world.run("f", from_="0").rows_written == 0
        world.run("f")
    assert [row["n"] for row in rows(world)] == [1, 2, 3, 4]
    world.run("f", run_type="full_drop")
    put(world, "b", n=[1], v=["x"], more=["late"])
    assert world.run("f", from_="0", to="3").rows_written == 1
    assert [row["more"] for row in rows(world)] == ["default", "late", "default", "m", "m"]
