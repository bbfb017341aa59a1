"""Incremental runs by new files, and names of every kind, from end to end."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any

import pyarrow.parquet as pq
import pytest

from hygge.config import load_project
from hygge.engine.set_watermark import set_watermark
from hygge.errors import ConfigurationError

BY_FILES = {"run_type": "incremental"}


def ids(world: Any) -> list[int]:
    """What of the origin's rows is in the SQLite store at ``end``."""
    with closing(sqlite3.connect(world.root / "end" / "data.db")) as db:
        return [id for (id,) in db.execute("SELECT id FROM t ORDER BY id")]


def test_each_file_is_moved_once_and_nothing_new_is_nothing_to_do(world: Any) -> None:
    world.flow("f", {"type": "parquet", "path": "origin"}, world.store("parquet", "end"), **BY_FILES)
    for count in (7, 3, 5):
        world.grow(count)
        assert world.run("f").rows_written == count
        assert world.run("f").status == "skipped"
        assert world.found("end") == world.expected()


def test_a_home_that_begins_again_upserts_what_is_there_and_nobody_need_be_sure(world: Any) -> None:
    origin = {"type": "parquet", "path": "origin"}
    world.flow("f", origin, world.store("sqlite", "end"), keys=["id"], **BY_FILES)
    world.grow(6)
    world.run("f")
    assert "are upserted" in set_watermark(load_project(world.root), "f.t", "start").what
    world.grow(2)
    assert world.run("f").rows_read == 8
    assert ids(world) == list(range(8))


def test_a_file_that_changed_is_an_error_and_read_again_only_by_upsert(world: Any) -> None:
    origin = {"type": "parquet", "path": "origin"}
    world.flow("f", origin, world.store("parquet", "end"), **BY_FILES)
    world.grow(6)
    world.run("f")
    changed = world.truth[0].slice(0, 4)
    pq.write_table(changed, world.root / "origin" / "0000.parquet")
    assert world.failing("f")["code"] == "HYG307"
    world.flow("f", origin | {"changed": "reread"}, world.store("parquet", "end"), **BY_FILES)
    assert world.failing("f")["code"] == "HYG405"


def test_rows_that_left_a_file_stay_until_a_full_drop_and_the_journal_says_so(world: Any) -> None:
    origin = {"type": "parquet", "path": "origin", "changed": "reread"}
    world.flow("f", origin, world.store("sqlite", "end"), keys=["id"], **BY_FILES)
    world.grow(6)
    world.run("f")
    pq.write_table(world.truth[0].slice(0, 4), world.root / "origin" / "0000.parquet")
    world.run("f")
    assert "rows that left such a file stay in the store" in next(world.rows("f")).message
    assert ids(world) == list(range(6))
    world.run("f", run_type="full_drop")
    assert ids(world) == list(range(4))


def test_a_window_of_a_watermark_needs_one(world: Any) -> None:
    world.flow("f", {"type": "parquet", "path": "origin"}, world.store("parquet", "end"), **BY_FILES)
    world.grow(2)
    with pytest.raises(ConfigurationError, match="has no watermark, of which --from and --to are values"):
        world.run("f", from_="1")


def test_a_table_loaded_by_watermark_is_not_gone_on_with_by_files(world: Any) -> None:
    origin = {"type": "parquet", "path": "origin"}
    world.flow("f", origin, world.store("parquet", "end"), run_type="incremental", watermark={"column": "at"})
    world.grow(6)
    world.run("f")
    world.flow("f", origin, world.store("parquet", "end"), **BY_FILES)
    assert world.failing("f")["code"] in ("HYG406", "HYG407")


def test_a_file_that_comes_with_another_schema_meets_the_policy(world: Any) -> None:
    origin = {"type": "parquet", "path": "origin"}
    world.flow("f", origin, world.store("parquet", "end"), **BY_FILES)
    world.grow(3)
    world.run("f")
    more = world.truth[0].append_column("extra", [["x"] * 3])
    pq.write_table(more, world.root / "origin" / "0001.parquet")
    assert "'extra' (string) is new" in world.failing("f")["message"]
    world.flow(
        "f", origin, world.store("parquet", "end"), drift={"add_columns": "ignore"}, **BY_FILES
    )  # fmt: skip
    assert world.run("f").rows_written == 3


@pytest.mark.parametrize("kind", ["sqlite", "parquet", "csv", "ndjson"])
@pytest.mark.parametrize(
    "name", ["two words", "select", 'quo"te', "o'clock", "100%", "[brackets]", "naïve 🎉"]
)
def test_entities_of_any_name_settle_and_come_back(world: Any, kind: str, name: str) -> None:
    world.grow(3)
    (world.root / "origin").rename(world.root / "origin-moved")
    (world.root / "origin").mkdir()
    (world.root / "origin-moved").rename(world.root / "origin" / name)
    home, store = world.home(kind, "mid"), world.store(kind, "mid")
    home.pop("table", None)
    world.flow("a", {"type": "parquet", "path": "origin"}, store, entities=[name])
    world.flow("b", home, {"type": "parquet", "path": "end"}, entities=[name])
    for flow in "ab":
        world.run(flow)
    found = pq.ParquetDataset(world.root / "end" / name).read()
    assert Counter(found["id"].to_pylist()) == Counter([0, 1, 2])


@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson", "sqlite"])
def test_a_flow_does_not_settle_in_what_it_reads(world: Any, kind: str) -> None:
    world.grow(3)
    place = "origin"
    if kind == "sqlite":
        world.flow("first", {"type": "parquet", "path": "origin"}, world.store("sqlite", "mid"))
        world.run("first")
        place = "mid"
    home = world.home(kind, place) if kind == "sqlite" else {"type": "parquet", "path": place}
    world.flow("f", home, world.store(kind, place))
    (world.root / "flows" / "first.yml").unlink(missing_ok=True)
    before = sorted(path.name for path in (world.root / place).iterdir())
    for options in ({}, {"run_type": "full_drop", "adopt": True}):
        error = world.failing("f", **options)
        assert error["code"] == "HYG114"
        assert "is what is read" in error["message"]
    assert sorted(path.name for path in (world.root / place).iterdir()) == before
