"""The store among others: readers, writers, rights, full disks, names, death half way."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.codec import decode, encode
from hygge.errors import ConfigurationError, HyggeError, NeedsUser, StopEntity, TransientError
from hygge.failpoints import arm
from hygge.model import Receipt
from hygge.testing import trials
from hygge.testing.values import job_id, make_job, target
from hygge.testing.warm import Warm, warm
from hygge_sqlite import writing
from hygge_sqlite.place import Place
from hygge_sqlite.staging import ATTACHED
from hygge_sqlite.store import SqliteStore

ROWS = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})
OTHER = pa.table({"id": [4], "note": ["d"]})
WHOLE = {(1, 2, 3), (4,)}


@pytest.fixture(params=["wal", "delete"])
def journaled(request: pytest.FixtureRequest, database: Any) -> Any:
    """A database with a table of the store, in either way of journaling."""
    database.land(ROWS)
    database.run(f"PRAGMA journal_mode={request.param}")
    return database


@pytest.fixture
def server() -> Iterator[Warm]:
    """Processes that start in milliseconds."""
    found = warm("hygge.testing.trials:warm_up", "hygge_sqlite.store")
    yield found
    found.end_trials()


# -- readers and writers ---------------------------------------------------------------------------


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


# -- death -----------------------------------------------------------------------------------------


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


# -- what cannot be written ------------------------------------------------------------------------


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


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "select",
        "group by",
        'a"b',
        "a'b",
        "a;--",
        "[x]",
        "🙂 emoji",
        "数据",
        " ",
        "é",
        "main.t",
        "%",
        "x" * 500,
        "a\nb",
    ],
)
def test_any_column_name_is_data(database: Any, name: str) -> None:
    rows = pa.table({name: [1, 2], "rowid": ["a", "b"], "_rowid_": [1, 1], "oid": [2, 2]})
    database.land(rows)
    database.land(rows, "append")
    database.land(rows.slice(0, 1), entity="u", mode="upsert", keys=(name,))
    assert database.read()[name].to_pylist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    "name", ["", " ", "sqlite_x", "SQLITE_STAT1", "_hygge_receipts", "_HYGGE_x", "a\0b", "\ud800"]
)
def test_a_table_name_that_cannot_be_is_refused_before_any_io(tmp_path: Path, name: str) -> None:
    store = SqliteStore({"path": str(tmp_path / "x.db")})
    with pytest.raises(ConfigurationError) as caught:
        store.identity(target(name))
    assert caught.value.code == "HYG113"
    assert list(tmp_path.iterdir()) == []


def test_names_that_sqlite_takes_for_one_have_one_identity(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    store = SqliteStore({"path": str(tmp_path / "x.db")})
    linked = SqliteStore({"path": str(tmp_path / "link" / "x.db"), "table": "T_{entity}"})
    assert linked.identity(target("Orders")) == store.identity(target("t_orders"))
    assert store.identity(target("É")) != store.identity(target("é"))
    assert linked.connection() == store.connection()


def test_a_placeholder_in_the_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"store\.table"):
        SqliteStore({"path": "{entity}.db"})


def test_what_hygge_keeps_is_no_entity(database: Any) -> None:
    database.land(ROWS)
    assert database.home().entities() == ["t"]


# -- staging ---------------------------------------------------------------------------------------


def test_only_long_forgotten_staging_of_the_same_table_is_swept(database: Any) -> None:
    old = datetime.now(UTC) - timedelta(days=30)
    store = database.store()
    ids = [job_id(old), job_id(old), job_id()]
    jobs = [
        database.job(ROWS, entity=entity, id=one) for one, entity in zip(ids, ("t", "T.x", "t"), strict=True)
    ]
    for job in jobs:
        store.stage(job, "a/b.c", ROWS.to_batches())
        store.stage_overlap(job, b"x" * 16)
    assert len(database.staged()) == 6
    store.sweep(target("T"), ())
    left = database.staged()
    assert len(left) == 4
    assert not any(ids[0] in name for name in left)


def test_staged_files_and_their_names_are_on_the_disk_before_the_store_says_so(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, job = database.store(), database.job(ROWS, "append")
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    parts = [store.stage(job, str(n), ROWS.to_batches()) for n in range(ATTACHED + 1)]
    store.stage_overlap(job, b"x" * 16)
    store.seal(job, parts)
    folder = database.path.parent / ".hygge" / database.path.name
    assert {str(database.path.parent), str(folder.parent), str(folder)} <= set(synced)
    assert {str(path) for path in folder.iterdir()} <= set(synced)
    assert synced[-1] == str(folder)


def test_names_of_staged_files_stay_within_what_a_file_system_takes(tmp_path: Path) -> None:
    place = Place(database=str(tmp_path / "x.db"))
    paths = {place.staged("t" * 400, "j" * 400, split) for split in ("s" * 400, "s" * 401, "ü" * 300)}
    assert len(paths) == 3
    assert all(len(path.name.encode()) <= 255 for path in paths)


def test_staged_rows_that_cannot_be_listed_are_told_with_their_path(tmp_path: Path) -> None:
    path = tmp_path / "lake.db"
    store = SqliteStore({"path": str(path)})
    staging = Place(database=str(path)).staging
    staging.parent.mkdir()
    staging.symlink_to(staging)
    with pytest.raises(HyggeError) as caught:
        store.sweep(target("t"), ())
    assert caught.value.code == "HYG400"
    assert caught.value.details["path"] == str(staging)


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path, journal_mode: str) -> None:
    """What SQLite calls FULL: with NORMAL a power cut takes the last commits of a write-ahead log back."""
    with writing.connected(str(tmp_path / "lake.db"), 1, create=True) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
