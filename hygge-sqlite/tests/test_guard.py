"""A guard compares with the rows that the table has at the least: what upserts added is not counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import hygge

FLOW = """
home: {type: sqlite, path: in.db}
store: {type: sqlite, path: out.db}
entities: [t]
run_type: incremental
watermark: {column: at}
keys: [id]
guard: {max_shrink: 10%}
"""


def fill(project: Path, rows: Sequence[tuple[int, int]]) -> None:
    """The source holds these rows, each an id and a time."""
    with closing(sqlite3.connect(project / "in.db")) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, at INTEGER)")
        database.execute("DELETE FROM t")
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)


def test_a_table_is_guarded_by_the_rows_that_it_had_before_it_was_upserted(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    (tmp_path / "flows" / "f.yml").write_text(FLOW)
    for source in [(n, 1) for n in range(10)], [(n, n) for n in range(12)], [(11, 12), (12, 12)]:
        fill(tmp_path, source)
        assert hygge.run(tmp_path).entities[0].mode == "upsert"
    fill(tmp_path, [(n, 1) for n in range(8)])
    (shrunk,) = hygge.run(tmp_path, run_type="full_drop").entities
    assert shrunk.error is not None
    assert "8 rows after at least 10, at least 20.0% fewer" in shrunk.error["message"]
    fill(tmp_path, [(n, 1) for n in range(9)])
    assert hygge.run(tmp_path, run_type="full_drop").status == "success"


def test_rows_that_were_upserted_are_not_taken_for_further_ones(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    (tmp_path / "flows" / "f.yml").write_text(FLOW)
    fill(tmp_path, [(n, 1) for n in range(10)])
    assert hygge.run(tmp_path).status == "success"
    fill(tmp_path, [(n, 2) for n in range(10)])
    (changed,) = hygge.run(tmp_path).entities
    assert (changed.mode, changed.rows_written) == ("upsert", 10)
    assert hygge.run(tmp_path, run_type="full_drop").status == "success"
    fill(tmp_path, [(n, 2) for n in range(8)])
    (shrunk,) = hygge.run(tmp_path, run_type="full_drop").entities
    assert shrunk.error is not None
    assert shrunk.error["code"] == "HYG412"
