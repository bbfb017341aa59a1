"""Files as they are found: shared, locked, damaged, none at all; and that reading leaves no trace."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from hygge.errors import DataError, HyggeError, NeedsUser, RunStopped, TransientError
from hygge.model import ReadRequest
from hygge_sqlite.home import SqliteHome


def test_batches_stay_within_both_bounds(database: Any, reader: str) -> None:
    database.fill("TEXT", *["x" * 1000] * 3000)
    home = database.home()
    request = ReadRequest(entity="t", batch_rows=1500, batch_bytes=1_000_000)
    batches = list(home.read(request, home.plan(request).splits[0]))
    assert sum(b.num_rows for b in batches) == 3000
    assert max(b.num_rows for b in batches) <= 1500
    assert max(b.nbytes for b in batches) < 2_500_000


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_read_sees_one_moment_while_others_write(database: Any, reader: str, mode: str) -> None:
    database.run(f"PRAGMA journal_mode={mode}")
    database.fill("INTEGER", *range(5000))
    home = database.home()
    request = ReadRequest(entity="t", batch_rows=100)
    batches = home.read(request, home.plan(request).splits[0])
    first = next(batches)
    writer = sqlite3.connect(database.path, timeout=0)
    try:
        writer.execute("UPDATE t SET v = -1")
        writer.commit()
        assert mode == "wal"
    except sqlite3.OperationalError:
        assert mode == "delete"  # it has to wait, as the plan says
    writer.close()
    assert (mode == "wal") == (home.plan(request).notes == ())
    assert [v for b in [first, *batches] for v in b["v"].to_pylist()] == list(range(5000))


def test_a_copy_lets_a_writer_go_on(database: Any, reader: str) -> None:
    database.fill("INTEGER", *range(5000))
    home = database.home(snapshot="copy")
    request = ReadRequest(entity="t", batch_rows=100)
    batches = home.read(request, home.plan(request).splits[0])
    first = next(batches)
    database.run("UPDATE t SET v = -1")
    assert [v for b in [first, *batches] for v in b["v"].to_pylist()] == list(range(5000))


def test_reading_leaves_no_trace(database: Any, reader: str) -> None:
    database.fill("INTEGER", 1)
    before, names = database.path.read_bytes(), sorted(os.listdir(database.path.parent))
    database.read()
    assert database.path.read_bytes() == before
    assert sorted(os.listdir(database.path.parent)) == names


def test_a_locked_database_is_worth_another_try(database: Any) -> None:
    database.fill("INTEGER", 1)
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TransientError) as caught:
        database.read(busy_timeout=0.05)
    assert caught.value.code == "HYG306"
    holder.close()


def test_a_missing_file_is_named_and_not_made(tmp_path: Path) -> None:
    from hygge_sqlite.home import SqliteHome

    with pytest.raises(NeedsUser, match=r"there is no file .*none\.db"):
        SqliteHome({"path": str(tmp_path / "none.db")}).plan(ReadRequest(entity="t"))
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"not a database at all", b"PK\x03\x04", bytes(4096)])
def test_a_file_that_is_no_database_is_refused(database: Any, content: bytes) -> None:
    database.path.write_bytes(content)
    with pytest.raises(NeedsUser, match="is not a SQLite database"):
        database.read()


def test_a_folder_is_refused(database: Any) -> None:
    database.path.mkdir()
    with pytest.raises(NeedsUser, match="is a folder"):
        database.read()


def test_a_damaged_database_is_refused_while_it_is_read(database: Any, reader: str) -> None:
    database.fill("TEXT", *["x" * 500] * 2000)
    with open(database.path, "r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096 * 40)
    with pytest.raises(HyggeError) as caught:
        database.read()
    assert caught.value.code in ("HYG300", "HYG301")


def test_a_check_finds_what_a_run_would_stumble_over(database: Any) -> None:
    database.fill("INTEGER", 1)
    assert [f.ok for f in database.home().check("t")] == [True]
    (finding,) = database.home().check("tt")
    assert not finding.ok
    assert finding.fix == "Did you mean 't'?"


def test_an_empty_file_is_a_database_without_tables(database: Any) -> None:
    database.path.touch()
    with pytest.raises(DataError) as caught:
        database.read()
    assert caught.value.code == "HYG302"
    assert database.path.stat().st_size == 0


def test_a_name_that_is_not_utf8_opens(tmp_path: Path, reader: str) -> None:
    place = os.fsencode(tmp_path) + b"/\xff\x01 #?%41.db"
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE t (v INTEGER)")
    connection.close()
    home = SqliteHome({"path": os.fsdecode(place)})
    plan = home.plan(ReadRequest(entity="t"))
    assert list(home.read(ReadRequest(entity="t"), plan.splits[0])) == []


def test_a_change_that_a_writer_left_half_done_is_told(database: Any, tmp_path: Path) -> None:
    database.fill("TEXT", *["x" * 900] * 500)
    writer = sqlite3.connect(database.path, isolation_level=None)
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN")
    writer.execute("UPDATE t SET v = upper(v)")
    left = tmp_path / "left.db"
    shutil.copy(database.path, left)
    shutil.copy(f"{database.path}-journal", f"{left}-journal")
    writer.close()
    with pytest.raises(NeedsUser) as caught:
        SqliteHome({"path": str(left)}).plan(ReadRequest(entity="t"))
    assert caught.value.code == "HYG300"
    assert "half" in caught.value.message
    assert left.with_name("left.db-journal").exists()


def test_looking_again_does_not_let_go_of_a_snapshot(database: Any, reader: str) -> None:
    database.fill("INTEGER", *range(5000))
    home, request = database.home(), ReadRequest(entity="t", batch_rows=100)
    batches = home.read(request, home.plan(request).splits[0])
    next(batches)
    database.home().check("t")  # in this process: POSIX locks go with the first file that is closed
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('DROP TABLE t')"
    done = subprocess.run([sys.executable, "-c", program, str(database.path)], capture_output=True, text=True)
    assert "database is locked" in done.stderr
    assert sum(b.num_rows for b in batches) == 4900


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_in_a_folder_without_write_access_is_read_or_told(
    database: Any, reader: str, mode: str
) -> None:
    database.run(f"PRAGMA journal_mode={mode}")
    database.fill("INTEGER", 1)
    program = (
        "import os, sys\n"
        "from hygge_sqlite.home import SqliteHome\n"
        "from hygge.model import ReadRequest\n"
        "from hygge.errors import HyggeError\n"
        "def read(path):\n"
        "    home, request = SqliteHome({'path': path}), ReadRequest(entity='t')\n"
        "    return sum(b.num_rows for b in home.read(request, home.plan(request).splits[0]))\n"
        "read(sys.argv[1])  # all is imported before rights are given up\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: print(read(sys.argv[2]))\n"
        "except HyggeError as error: print(error.code, error.remedy)\n"
    )
    environment = {**os.environ, "HYGGE_SQLITE_READER": reader}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "shop.db")
        shutil.copy(database.path, place)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", program, str(database.path), str(place)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        Path(folder).chmod(0o755)
    assert done.stdout.startswith("1" if mode == "delete" else "HYG300"), done


def test_a_cancelled_read_ends_and_says_so(database: Any, reader: str) -> None:
    database.fill("INTEGER", *range(3000))
    home = database.home(query="SELECT a.v FROM t a, t b, t c WHERE a.v + b.v + c.v < 0")
    plan = home.plan(ReadRequest(entity="t"))
    timer = threading.Timer(0.2, home.cancel)
    timer.start()
    with pytest.raises(RunStopped, match="was cancelled"):
        list(home.read(ReadRequest(entity="t"), plan.splits[0]))
    timer.join()
    home.cancel()  # nothing is under way any more


def test_wide_rows_stay_within_the_bound_in_bytes(database: Any, reader: str) -> None:
    database.fill("BLOB", *[bytes(100_000)] * 300)
    home = database.home()
    request = ReadRequest(entity="t", batch_bytes=1_000_000)
    batches = list(home.read(request, home.plan(request).splits[0]))
    assert max(b.nbytes for b in batches) < 2_000_000
