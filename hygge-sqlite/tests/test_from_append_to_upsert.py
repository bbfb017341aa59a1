"""A flow that appended and upserts from now on: what the append kept to leave out binds it no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

import hygge

FLOW = """
home: {{type: sqlite, path: in.db}}
store: {{type: sqlite, path: out.db}}
entities: [t]
run_type: incremental
watermark: {{column: at{more}}}
keys: [id]
write: {write}
"""
Rows = Sequence[tuple[int, int, str]]


def flow(project: Path, write: str, more: str = "") -> None:
    (project / "flows").mkdir(exist_ok=True)
    (project / "hygge.yml").write_text("version: 1\n")
    (project / "flows" / "f.yml").write_text(FLOW.format(write=write, more=more))


def fill(project: Path, rows: Rows) -> None:
    """The source holds these rows, each an id, a time and a note."""
    with closing(sqlite3.connect(project / "in.db")) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, at INTEGER, note TEXT)")
        database.execute("DELETE FROM t")
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)


def landed(project: Path) -> Rows:
    with closing(sqlite3.connect(project / "out.db")) as database:
        return database.execute("SELECT id, at, note FROM t ORDER BY id").fetchall()


@pytest.fixture
def appended(tmp_path: Path) -> Path:
    """A project whose rows up to 9 were appended."""
    flow(tmp_path, "append")
    fill(tmp_path, [(1, 5, "a"), (2, 9, "b")])
    assert hygge.run(tmp_path).status == "success"
    return tmp_path


def test_a_row_that_changed_at_the_watermark_is_written_over(appended: Path) -> None:
    flow(appended, "upsert")
    fill(appended, [(1, 5, "a"), (2, 9, "changed")])
    assert hygge.run(appended).status == "success"
    assert landed(appended) == [(1, 5, "a"), (2, 9, "changed")]


def test_it_looks_back_as_far_as_it_is_told(appended: Path) -> None:
    flow(appended, "upsert", ", lookback: 3")
    fill(appended, [(1, 5, "a"), (2, 9, "b"), (3, 6, "late")])
    assert hygge.run(appended).status == "success"
    assert landed(appended) == [(1, 5, "a"), (2, 9, "b"), (3, 6, "late")]
