"""The store where it dies half way or cannot write: rights, full disks, power."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.codec import decode, encode
from hygge.errors import HyggeError, NeedsUser, StopEntity
from hygge.failpoints import arm
from hygge.model import Receipt
from hygge.testing import trials
from hygge.testing.values import make_job, target
from hygge.testing.warm import Warm, warm
from hygge_sqlite import writing
from hygge_sqlite.store import SqliteStore

ROWS = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})


OTHER = pa.table({"id": [4], "note": ["d"]})


@pytest.fixture
def server() -> Iterator[Warm]:
    """Processes that start in milliseconds."""
    found = warm("hygge.testing.trials:warm_up", "hygge_sqlite.store")
    yield found
    found.end_trials()


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_death_in_a_transaction_that_spilled_leaves_the_old_rows(
    database: Any, server: Warm, journal: str
) -> None:
    splits = {"a": (0, 20_000, "old")}
    job = database.job(next(trials.batches_of((0, 1, ""))).schema, config={"path": str(database.path)})
    server.run(trials.move, job, splits, str(database.path) + ".note").result()
    database.run(f"PRAGMA journal_mode={journal}")
    for point in ("commit.dropped", "commit.moved", "commit.written"):
        store = database.store()
        job = database.job(next(trials.batches_of((0, 1, ""))).schema, config={"path": str(database.path)})
        notebook = str(database.path) + f".{point}"
        ended = server.run(trials.move, job, {"a": (0, 30_000, "new")}, notebook, failpoint=f"kill:{point}")
        assert ended.killed
        assert database.store().receipt(job) is None
        assert database.ask("SELECT count(*) FROM t") == [(20_000,)]
        store.abort(job)
    assert database.ask("PRAGMA integrity_check") == [("ok",)]
    assert database.staged() == []


def test_a_commit_asleep_outside_its_transaction_changes_nothing_afterwards(
    database: Any, server: Warm
) -> None:
    for point in ("commit.opened", "commit.committed", "staging.removed"):
        store, entity = database.store(), point.replace(".", "_")
        job = database.job(ROWS, entity=entity, config={"path": str(database.path)})
        plan = store.seal(job, [store.stage(job, "a", ROWS.to_batches())])
        sleeper = server.start(trials.commit, encode(job), encode(plan), failpoint=f"stop:{point}@1")
        assert sleeper.stopped()
        receipt = store.commit(job, plan)
        database.land(OTHER, "append", entity)
        sleeper.go_on()
        assert decode(sleeper.wait().result(), Receipt) == receipt
        assert database.ask(f"SELECT count(*) FROM {entity}") == [(4,)]


def test_an_error_in_the_middle_leaves_no_lock_and_no_half_table(database: Any) -> None:
    database.land(ROWS)
    store, job = database.store(), database.job(OTHER)
    plan = store.seal(job, [store.stage(job, "a", OTHER.to_batches())])
    arm("raise:commit.written")
    try:
        with pytest.raises(HyggeError):
            store.commit(job, plan)
    finally:
        arm("")
    assert database.ask("SELECT id FROM t") == [(1,), (2,), (3,)]
    store.commit(job, plan)
    assert database.ask("SELECT id FROM t") == [(4,)]


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    store = SqliteStore({"path": str(tmp_path / "a" / "b" / "new.db")})
    assert store.check(target())[0].ok
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("message", ["is a folder", "not a SQLite database"])
def test_what_is_no_database_is_named(database: Any, message: str) -> None:
    if message == "is a folder":
        database.path.mkdir()
    else:
        database.path.write_bytes(b"no database at all" * 100)
    job = make_job("t", store_type="sqlite", store={}, target_identity="t", schema=ROWS.schema)
    for ask in (database.store().receipt, lambda job: database.store().state(job.target)):
        with pytest.raises(NeedsUser, match=message) as caught:
            ask(job)
        assert caught.value.code == "HYG400"
    assert message in database.store().check(target("t"))[0].message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_named(database: Any) -> None:
    database.land(ROWS)
    database.path.chmod(0o444)
    with pytest.raises(NeedsUser, match="cannot be written"):
        database.land(OTHER)


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path, database: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    database.path = tmp_path / "file" / "x.db"
    with pytest.raises(HyggeError) as caught:
        database.land(ROWS)
    assert caught.value.code == "HYG400"
    assert caught.value.remedy


@contextlib.contextmanager
def limited(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes, as on a disk that is full."""
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_while_staging_is_told_as_that(database: Any) -> None:
    database.land(ROWS)
    rows = pa.table({"id": range(1000), "note": ["x" * 1000] * 1000})
    with limited(300_000), pytest.raises(StopEntity) as caught:
        database.land(rows)
    assert caught.value.code == "HYG410"
    assert database.ask("SELECT count(*) FROM t") == [(3,)]


@pytest.mark.parametrize("full", ["by pages", "by bytes"])
def test_a_full_disk_while_committing_takes_nothing_away(
    database: Any, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.land(ROWS)
    rows = pa.table({"id": range(1000), "note": ["x" * 1000] * 1000})
    store, job = database.store(), database.job(rows)
    plan = store.seal(job, [store.stage(job, "a", rows.to_batches())])
    with monkeypatch.context() as patched, limited(300_000 if full == "by bytes" else -1):
        if full == "by pages":
            patched.setattr(writing, "PRAGMAS", (*writing.PRAGMAS, "max_page_count=20"))
        with pytest.raises(HyggeError) as caught:
            store.commit(job, plan)
    assert caught.value.code == ("HYG410" if full == "by pages" else "HYG400")
    assert database.ask("SELECT id FROM t") == [(1,), (2,), (3,)]
    store.commit(job, plan)
    assert database.ask("SELECT count(*) FROM t") == [(1000,)]


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "the source's own"),
        sqlite3.OperationalError("the source's own"),
        OverflowError("the source's own"),
    ],
)
def test_an_error_of_the_source_is_left_as_it_is(database: Any, error: Exception) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise error

    job = database.job(ROWS)
    with pytest.raises(type(error), match="the source's own"):
        database.store().stage(job, "a", batches())


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path, journal_mode: str) -> None:
    """What SQLite calls FULL: with NORMAL a power cut takes the last commits of a write-ahead log back."""
    with writing.connected(str(tmp_path / "lake.db"), 1, create=True) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
