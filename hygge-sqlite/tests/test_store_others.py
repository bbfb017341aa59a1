"""The store among others: readers keep what they read, writers are waited for."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import TransientError
from hygge.testing.values import target
from hygge_sqlite import writing

ROWS = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})


OTHER = pa.table({"id": [4], "note": ["d"]})


@pytest.fixture(params=["wal", "delete"])
def journaled(request: pytest.FixtureRequest, database: Any) -> Any:
    """A database with a table of the store, in either way of journaling."""
    database.land(ROWS)
    database.run(f"PRAGMA journal_mode={request.param}")
    return database


@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
def test_a_reader_sees_the_old_or_the_new_table_and_never_a_part(
    database: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        writing, "PRAGMAS", (*writing.PRAGMAS, "cache_size=20")
    )  # pages go to the file before the commit
    many = [pa.table({"id": range(n, n + 20_000), "v": [f"{n}"] * 20_000}) for n in (0, 20_000)]
    keys = {"keys": ("id",)} if mode == "upsert" else {}
    database.land(many[0], mode, **keys)
    seen: set[Any] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.add(database.ask("SELECT count(*), min(id), max(id) FROM t")[0])

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            database.land(many[1], mode, **keys)
            seen.add(database.ask("SELECT count(*), min(id), max(id) FROM t")[0])
        finally:
            ended.set()
        looking.result()
    after = (20_000, 20_000, 39_999) if mode == "replace" else (40_000, 0, 39_999)
    assert seen <= {(20_000, 0, 19_999), after}
    assert after in seen


def test_a_reader_in_the_middle_keeps_its_rows_and_the_commit_waits_or_goes_on(journaled: Any) -> None:
    reader = sqlite3.connect(journaled.path, isolation_level=None)
    reader.execute("BEGIN")
    first = reader.execute("SELECT id FROM t").fetchall()
    wal = journaled.ask("PRAGMA journal_mode") == [("wal",)]
    if wal:
        journaled.land(OTHER)
    else:
        with pytest.raises(TransientError, match="locked") as caught:
            journaled.land(OTHER, config={"busy_timeout": 0.1})
        assert "busy_timeout" in caught.value.remedy
    assert reader.execute("SELECT id FROM t").fetchall() == first
    reader.close()
    if not wal:
        journaled.land(OTHER)
    assert journaled.ask("SELECT id FROM t") == [(4,)]


@pytest.mark.parametrize("there", [False, True])
def test_a_database_that_hygge_made_has_a_write_ahead_log_and_one_that_was_there_keeps_its_way(
    database: Any, there: bool
) -> None:
    if there:
        database.run("CREATE TABLE theirs (v)")
    database.land(ROWS)
    database.land(OTHER)
    assert database.ask("PRAGMA journal_mode") == [("delete" if there else "wal",)]


def test_nobody_is_locked_out_while_rows_are_staged(journaled: Any) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        for batch in ROWS.to_batches():
            with contextlib.closing(sqlite3.connect(journaled.path, timeout=0)) as other, other:
                other.execute("CREATE TABLE IF NOT EXISTS mine (x)")
            yield batch

    store, job = journaled.store(), journaled.job(ROWS)
    store.commit(job, store.seal(job, [store.stage(job, "a", batches())]))


def test_a_writer_is_waited_for(journaled: Any) -> None:
    writer = sqlite3.connect(journaled.path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: writer.execute("COMMIT")).start()
    journaled.land(OTHER)
    assert journaled.ask("SELECT id FROM t") == [(4,)]
    writer.close()


def test_two_flows_settle_in_one_database_side_by_side(database: Any) -> None:
    def move(entity: str) -> None:
        for _ in range(5):
            database.land(ROWS, "append", entity)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, ["a", "b", "c", "d"]))
    for entity in "abcd":
        assert database.ask(f"SELECT count(*) FROM {entity}") == [(15,)]
        assert database.store().state(target(entity)).receipt.number == 5
    assert database.ask("PRAGMA integrity_check") == [("ok",)]
