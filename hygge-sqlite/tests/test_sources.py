"""Tables, views and queries, whatever they and their columns are called; what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hygge.errors import DataError, HyggeError, NeedsUser
from hygge.model import ReadRequest, Window
from hygge_sqlite.home import SqliteHome

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
        ("t", {}, {"where": "no such thing"}, "HYG302", "syntax error"),
        ("t", {}, {"where": "v >"}, "HYG302", "'v >' is no condition here: it is not finished"),
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


def test_a_statement_is_shown_as_it_runs(database: Any) -> None:
    database.fill("TEXT", "a  b")
    request = ReadRequest(entity="t", where="v = 'a  b' -- the one with two spaces")
    assert "v = 'a  b' -- the one with two spaces\n)" in database.plan(request=request).statement


def test_a_column_named_like_the_rest_of_the_statement_is_read_and_named(database: Any, reader: str) -> None:
    database.run(
        'CREATE TABLE t (id INTEGER PRIMARY KEY, " FROM ""t"" WHERE " INTEGER)',
        "INSERT INTO t VALUES (1, 1), (2, 'x')",
    )
    with pytest.raises(DataError, match="id = 2"):
        database.read(request=ReadRequest(entity="t", where="id > 0"))


@pytest.mark.parametrize("declaration", ["DECIMAL(0)", "DECIMAL(0, 0)", "DECIMAL(50, 2)", "NUMERIC(2, 5)"])
def test_a_decimal_that_arrow_has_no_type_for_needs_a_type(database: Any, declaration: str) -> None:
    database.fill(declaration, "1")
    with pytest.raises(DataError) as caught:
        database.read()
    assert caught.value.code == "HYG305"


def test_a_named_decimal_with_more_places_than_digits_is_refused(database: Any) -> None:
    database.fill("TEXT", "1")
    with pytest.raises(NeedsUser, match=r"decimal\(2, 5\)"):
        database.read(types={"v": "decimal(2, 5)"})


def test_a_table_is_found_whatever_the_case_of_its_name_and_its_rows_are_named(database: Any) -> None:
    database.run("CREATE TABLE Orders (v INTEGER)", "INSERT INTO Orders VALUES ('x')")
    with pytest.raises(DataError, match="rowid = 1"):
        database.read("orders")


def test_expressions_of_a_view_need_a_type_and_columns_keep_theirs(database: Any) -> None:
    database.fill("TIMESTAMP", "2024-01-05 12:00:00")
    database.run("CREATE VIEW w AS SELECT v, id + 1 AS total FROM t")
    with pytest.raises(DataError) as caught:
        database.read("w")
    assert caught.value.remedy.endswith("  types:\n    total: int64")
    assert database.read("w", types={"total": "int64"})["total"].to_pylist() == [2]


def test_what_is_suggested_can_be_pasted_whatever_the_columns_are_called(database: Any) -> None:
    database.run(
        'CREATE TABLE t ("a: b", "#c", "no", "qu""ote\'s", "1", "x\ny")', "INSERT INTO t VALUES (1,2,3,4,5,6)"
    )
    with pytest.raises(DataError) as caught:
        database.read()
    block = caught.value.remedy.partition("types:")[2]
    types = yaml.safe_load("types:" + block)["types"]
    assert list(types) == ["a: b", "#c", "no", "qu\"ote's", "1", "x\ny"]
    assert database.read(types=types).num_rows == 1


def test_a_limit_reads_that_many_rows_at_most(database: Any, reader: str) -> None:
    database.fill("TEXT", "a", "b", "c")
    for limit, found in (2, 2), (9, 3):
        request = ReadRequest(entity="t", limit=limit, where="v <> 'x' -- only")
        assert database.read(request=request).num_rows == found


def test_a_column_that_is_gone_between_plan_and_reading_is_an_error_and_no_text(
    database: Any, reader: str
) -> None:
    database.fill("TEXT", "a", "b")
    home, request = database.home(), ReadRequest(entity="t")
    plan = home.plan(request)
    database.run("ALTER TABLE t RENAME COLUMN v TO w")
    with pytest.raises(HyggeError, match="no such column"):
        list(home.read(request, plan.splits[0]))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ('"vv" = 1', "Did you mean 'v'"),
        ('v = "a"', "single quotes"),
        ("v = 'a') OR (v = 'b'", "no condition here"),
        ("v = 'a' GROUP BY v", "no condition here"),
        ("nope = 1", "no such column"),
        ("v = 'a'; DROP TABLE t", "no condition here"),
    ],
)
def test_a_where_that_does_not_stand_alone_is_refused(database: Any, where: str, said: str) -> None:
    database.fill("TEXT", "a", "b")
    with pytest.raises(HyggeError) as caught:
        database.home().plan(ReadRequest(entity="t", where=where))
    assert said in str(caught.value)


def test_a_where_may_quote_comment_and_ask(database: Any, reader: str) -> None:
    database.fill("TEXT", "a", """it's "x\"""")
    conditions = [
        """"v" = 'a' -- "no name\"""",
        """v = 'it''s "x"' /* "x" */""",
        """t."v" IN (SELECT v FROM t AS o)""",
    ]
    for where in conditions:
        request = ReadRequest(entity="t", where=where)
        assert database.read(request=request).num_rows >= 1, where


def test_what_virtual_tables_keep_is_no_entity(database: Any) -> None:
    database.run("CREATE VIRTUAL TABLE notes USING fts5(body)", "CREATE TABLE t (a INT)")
    assert database.home().entities() == ["notes", "t"]


def test_types_for_a_column_that_is_not_there_say_where_they_stand(database: Any) -> None:
    database.fill("TEXT", "a")
    with pytest.raises(DataError, match=r"home\.types names 'x'"):
        database.home(types={"x": "int64"}).plan(ReadRequest(entity="t"))


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_texts_in_utf_16_are_no_watermark(database: Any, encoding: str) -> None:
    database.run(f"PRAGMA encoding = '{encoding}'", "CREATE TABLE t (v TEXT)")
    with pytest.raises(DataError, match="UTF-16"):
        database.home().plan(ReadRequest(entity="t", window=Window(column="v")))


def test_how_many_rows_to_expect_is_said_only_where_one_look_tells(database: Any) -> None:
    database.fill("INTEGER", 1, 2, 3)
    window = Window(column="v", lower="2")
    assert database.plan().rows_expected == 3
    assert database.plan(request=ReadRequest(entity="t", where="v = 1")).rows_expected is None
    assert database.plan(request=ReadRequest(entity="t", window=window)).rows_expected is None
    database.run("CREATE TABLE w (id INTEGER PRIMARY KEY, v INTEGER) WITHOUT ROWID")
    assert database.plan("w").rows_expected is None


def test_a_writer_is_said_to_wait_unless_a_copy_or_its_log_spares_it(database: Any) -> None:
    database.fill("INTEGER", 1)
    assert any("not in WAL mode" in note for note in database.plan().notes)
    assert not database.plan(snapshot="copy").notes
    database.run("PRAGMA journal_mode=WAL")
    assert not database.plan().notes


def test_a_database_has_one_identity_whichever_way_leads_to_it(database: Any) -> None:
    database.fill("INTEGER", 1)
    link = database.path.with_name("link.db")
    link.symlink_to(database.path)
    assert SqliteHome({"path": str(link)}).identity("t") == database.home().identity("t")


def test_a_watermark_keeps_its_type_where_misfits_become_text(database: Any) -> None:
    database.fill("INTEGER", 1, 2)
    database.run("ALTER TABLE t ADD COLUMN other INTEGER")
    request = ReadRequest(entity="t", window=Window(column="v", lower="2"))
    found = database.read(request=request, on_mismatch="text")
    assert found["v"].to_pylist() == [2]
    assert [str(field.type) for field in found.schema] == ["string", "int64", "string"]


@pytest.mark.parametrize(
    "where", ['"rowid" = 2', '"t"."id" = 2', 'id IN (SELECT "other" FROM more WHERE "other" > 1)']
)
def test_a_where_may_quote_what_is_no_column_of_the_table_but_is_known(database: Any, where: str) -> None:
    database.fill("INTEGER", 1, 2)
    database.run("CREATE TABLE more (other)", "INSERT INTO more VALUES (1), (2)")
    assert database.read(request=ReadRequest(entity="t", where=where))["v"].to_pylist() == [2]
