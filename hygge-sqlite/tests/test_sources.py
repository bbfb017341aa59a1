"""Tables, views, queries and windows; what is refused, and that reading leaves no trace."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hygge.errors import DataError, HyggeError, NeedsUser, TransientError
from hygge.model import ReadRequest, Window

NAMES = ["order", "two words", 'quo"te', "select * from x; --", "naïve 👍", "[brackets]", "100%"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_table_and_column_is_read(database: Any, reader: str, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    database.run(f"CREATE TABLE {quoted} ({quoted} INTEGER)", f"INSERT INTO {quoted} VALUES (7)")
    assert database.home().entities() == [name]
    assert database.read(name)[name].to_pylist() == [7]


def test_views_generated_columns_and_tables_without_rowid_are_read(database: Any, reader: str) -> None:
    database.run(
        "CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER, c INTEGER GENERATED ALWAYS AS (b * 2) STORED, "
        "d TEXT AS (a || '!') VIRTUAL) WITHOUT ROWID",
        "INSERT INTO t (a, b) VALUES ('x', 1), ('y', 2)",
        "CREATE VIEW v AS SELECT a, c FROM t WHERE b > 1",
    )
    assert database.read().to_pylist() == [
        {"a": "x", "b": 1, "c": 2, "d": "x!"}, {"a": "y", "b": 2, "c": 4, "d": "y!"},
    ]  # fmt: skip
    assert database.read("v").to_pylist() == [{"a": "y", "c": 4}]


def test_a_strict_table_is_read_by_its_declared_types(database: Any, reader: str) -> None:
    database.run(
        "CREATE TABLE t (a INT, b REAL, c TEXT, d BLOB) STRICT", "INSERT INTO t VALUES (1, 2, 'x', x'00')"
    )
    assert database.read().to_pylist() == [{"a": 1, "b": 2.0, "c": "x", "d": b"\0"}]


def test_a_row_without_rowid_is_named_by_its_key(database: Any, reader: str) -> None:
    database.run(
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID", "INSERT INTO t VALUES ('it', 'bad')"
    )
    with pytest.raises(DataError, match="row k = 'it'"):
        database.read()


def test_a_query_is_read_as_a_derived_table(database: Any, reader: str) -> None:
    database.fill("INTEGER", 1, 2, 3, None)
    query = (
        "WITH x AS (SELECT id, v FROM t WHERE v < 3 OR v IS NULL)\nSELECT id, v FROM x ORDER BY id -- all;"
    )
    request = ReadRequest(entity="t", window=Window(column="v", lower="2"), where="id < 9 OR 1 -- comment")
    assert database.read(query=query).num_rows == 3
    assert database.read(query=query, request=request)["id"].to_pylist() == [2]


def test_a_condition_is_only_a_condition(database: Any, reader: str) -> None:
    database.fill("INTEGER", 1, 2, 3)
    request = ReadRequest(entity="t", where="v = 1 OR v = 2", window=Window(column="v", lower="2"))
    assert database.read(request=request)["v"].to_pylist() == [2]


def test_columns_are_read_in_the_order_asked_for(database: Any, reader: str) -> None:
    database.fill("TEXT", "x")
    assert database.read(request=ReadRequest(entity="t", columns=("v", "id"))).column_names == ["v", "id"]


@pytest.mark.parametrize(
    ("entity", "config", "request_", "code", "said"),
    [
        ("tt", {}, {}, "HYG302", "Did you mean 't'?"),
        ("t", {"types": {"w": "int64"}}, {}, "HYG302", "'w'"),
        ("t", {}, {"columns": ("vv",)}, "HYG302", "Did you mean 'v'?"),
        ("t", {}, {"window": Window(column="x")}, "HYG303", "x"),
        ("t", {"types": {"v": "float64"}}, {"window": Window(column="v")}, "HYG303", "no exact order"),
        ("t", {}, {"window": Window(column="v", fail_on_nulls=True)}, "HYG304", "nulls"),
        ("t", {}, {"where": "no such thing"}, "HYG300", "syntax error"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    database: Any, entity: str, config: Any, request_: Any, code: str, said: str
) -> None:
    database.fill("INTEGER", 1, None)
    with pytest.raises(HyggeError) as caught:
        database.read(request=ReadRequest(entity=entity, **request_), **config)
    assert caught.value.code == code
    assert said in str(caught.value)


# -- windows ----------------------------------------------------------------------------------


def window(database: Any, **ends: Any) -> list[Any]:
    found: list[Any] = database.read(request=ReadRequest(entity="t", window=Window(column="v", **ends)))[
        "v"
    ].to_pylist()
    return found


def test_both_ends_of_a_window_belong_to_it(database: Any, reader: str) -> None:
    database.fill("INTEGER", 1, 2, 2, 3, None)
    assert window(database, lower="2") == [2, 2, 3]
    assert window(database, lower="2", nulls=True) == [2, 2, 3, None]
    assert window(database) == [1, 2, 2, 3]


def test_the_plan_fixes_the_upper_end_before_anything_is_read(database: Any, reader: str) -> None:
    database.fill("INTEGER", 1, 2)
    home = database.home()
    request = ReadRequest(entity="t", window=Window(column="v"))
    plan = home.plan(request)
    assert plan.window.upper == "2"
    database.run("INSERT INTO t (v) VALUES (3), (2)")
    read = ReadRequest(entity="t", window=plan.window)
    assert [v for b in home.read(read, plan.splits[0]) for v in b["v"].to_pylist()] == [1, 2, 2]


@pytest.mark.parametrize("declaration", ["INTEGER", "TIMESTAMP", "DATE", "TEXT"])
def test_an_empty_table_has_no_upper_end_and_no_rows(database: Any, reader: str, declaration: str) -> None:
    database.fill(declaration)
    plan = database.plan(request=ReadRequest(entity="t", window=Window(column="v")))
    assert plan.window.upper is None
    assert window(database) == []


@pytest.mark.parametrize(
    ("form", "lower", "expected"),
    [
        ("2024-01-01 00:00:{:02d}", "2024-01-01T00:00:01.000000", [1, 2]),
        ("2024-01-01T00:00:{:02d}", "2024-01-01T00:00:01.500000", [2]),
        ("2024-01-01 00:00:{:02d}.000", "2024-01-01T00:00:01.000000", [1, 2]),
        ("2024-01-01 00:{:02d}", "2024-01-01T00:01:00.000000", [1, 2]),
    ],
)
def test_a_bound_takes_the_shape_of_the_stored_texts(
    database: Any, reader: str, form: str, lower: str, expected: list[int]
) -> None:
    database.fill("TIMESTAMP", *[form.format(n) for n in range(3)])
    found = window(database, lower=lower)
    assert [v.second or v.minute for v in found] == expected


def test_texts_of_two_shapes_are_refused_naming_the_row(database: Any, reader: str) -> None:
    database.fill("TIMESTAMP", "2024-01-01 00:00:00", "2024-01-01T00:00:01")
    with pytest.raises(DataError) as caught:
        window(database)
    assert caught.value.code == "HYG303"
    assert "id = 1" in caught.value.message


def test_texts_are_compared_byte_by_byte_whatever_the_collation(database: Any, reader: str) -> None:
    database.fill("TEXT COLLATE NOCASE", "B", "a", "C")
    assert database.plan(request=ReadRequest(entity="t", window=Window(column="v"))).window.upper == "a"
    assert window(database, lower="C") == ["a", "C"]


def test_a_plan_says_whether_an_index_serves_the_watermark(database: Any) -> None:
    database.fill("INTEGER", 1)
    request = ReadRequest(entity="t", window=Window(column="v", lower="1"))
    assert any("no index" in note for note in database.plan(request=request).notes)
    database.run("CREATE INDEX i ON t (v)")
    assert not any("no index" in note for note in database.plan(request=request).notes)


# -- files ------------------------------------------------------------------------------------


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


def test_a_cancelled_read_ends(database: Any, reader: str) -> None:
    import threading

    database.fill("INTEGER", *range(3000))
    home = database.home(query="SELECT a.v FROM t a, t b, t c WHERE a.v + b.v + c.v < 0")
    request = ReadRequest(entity="t")
    plan = home.plan(request)
    timer = threading.Timer(0.3, home.cancel)
    timer.start()
    with pytest.raises(HyggeError):
        list(home.read(request, plan.splits[0]))
    timer.join()
