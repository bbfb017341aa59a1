"""What belongs to a run's window, and that no row is lost beside it unseen."""

from __future__ import annotations

from typing import Any

import pytest

from hygge.errors import DataError
from hygge.model import ReadRequest, Window
from hygge_sqlite import home as home_module


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


def test_what_is_planned_is_of_one_moment(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database.fill("INTEGER", 1, 2)
    database.run("PRAGMA journal_mode=WAL")
    honest = home_module.upper_end

    def late(*args: Any) -> Any:
        database.run("INSERT INTO t (v) VALUES (3)")
        return honest(*args)

    monkeypatch.setattr(home_module, "upper_end", late)
    plan = database.plan(request=ReadRequest(entity="t", window=Window(column="v")))
    assert (plan.rows_expected, plan.window.upper) == (2, "2")


@pytest.mark.parametrize("declaration", ["REAL", "BOOLEAN", "DECIMAL(10, 2)"])
def test_what_sqlite_keeps_without_an_exact_order_is_no_watermark(database: Any, declaration: str) -> None:
    database.fill(declaration, 1, 0)
    with pytest.raises(DataError, match="has no exact order") as caught:
        window(database)
    assert caught.value.code == "HYG303"


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
    first = ReadRequest(entity="t", window=Window(column="v"))
    assert any("no index" in note for note in database.plan(request=request).notes)
    assert not any("no index" in note for note in database.plan(request=first).notes), "it reads all anyway"
    database.run("CREATE INDEX i ON t (v)")
    assert not any("no index" in note for note in database.plan(request=request).notes)


# -- what SQLite's order of values would hide

NOON = "2024-01-05T12:00:00.000000"


def since(database: Any, lower: str | None, where: str | None = None, **config: Any) -> list[Any]:
    request = ReadRequest(entity="t", where=where, window=Window(column="v", lower=lower))
    found: list[Any] = database.read(request=request, **config)["v"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("greatest", "hidden"),
    [
        ("2024-01-05T12:30:00", "2024-01-05 23:00:00"),  # a space sorts before T
        ("2024-01-05 12:30:00.000", "2024-01-05 12:00:00"),  # a shorter text sorts before a longer one
        ("2024-01-06 00:00:00", "2024-01-05 12:00"),
    ],
)
def test_a_row_that_only_its_shape_puts_outside_the_window_is_refused_not_lost(
    database: Any, reader: str, greatest: str, hidden: str
) -> None:
    database.fill("TIMESTAMP", greatest, hidden)
    with pytest.raises(DataError) as caught:
        since(database, NOON)
    assert caught.value.code == "HYG303"
    assert "id = 2" in caught.value.message


def test_rows_of_another_shape_long_before_the_window_are_no_hindrance(database: Any, reader: str) -> None:
    database.fill("TIMESTAMP", "2023-01-01 00:00", "2024-01-05 12:00:00")
    assert len(since(database, NOON)) == 1


@pytest.mark.parametrize(("declaration", "low"), [("TIMESTAMP", NOON), ("DATE", "2024-01-05"), ("BLOB", "a")])
@pytest.mark.parametrize("number", [1_700_000_000, 2_460_000.5])
def test_a_number_among_the_texts_of_a_watermark_is_refused_not_lost(
    database: Any, reader: str, declaration: str, low: str, number: float
) -> None:
    text = {"TIMESTAMP": "2024-01-06 00:00:00", "DATE": "2024-01-06", "BLOB": "b"}[declaration]
    database.fill(declaration, text, number)
    with pytest.raises(DataError) as caught:
        since(database, low, **({"types": {"v": "string"}} if declaration == "BLOB" else {}))
    assert caught.value.code == "HYG303"
    assert "types" in caught.value.remedy


@pytest.mark.parametrize("declaration", ["TIMESTAMP", "DATE"])
def test_an_empty_text_among_the_times_of_a_watermark_is_refused_not_lost(
    database: Any, reader: str, declaration: str
) -> None:
    stored = {"TIMESTAMP": "2024-01-06 00:00:00", "DATE": "2024-01-06"}[declaration]
    database.fill(declaration, stored, "")
    with pytest.raises(DataError, match="id = 2") as caught:
        since(database, {"TIMESTAMP": NOON, "DATE": "2024-01-05"}[declaration])
    assert caught.value.code == "HYG303"


@pytest.mark.parametrize("where", [None, "id > 0"])
@pytest.mark.parametrize(
    "value", [1_700_000_000, "soon", "2024-13-01 00:00:00", b"\xff", "2024-01-05T12:30Z"]
)
def test_a_watermark_whose_greatest_value_is_no_time_is_refused(
    database: Any, reader: str, value: Any, where: str | None
) -> None:
    database.fill("TIMESTAMP", value)
    for lower in (None, NOON):
        with pytest.raises(DataError) as caught:
            since(database, lower, where)
        assert caught.value.code == "HYG303"


def test_texts_with_offsets_cannot_be_a_watermark(database: Any, reader: str) -> None:
    database.fill("TEXT", "2024-01-05 12:00:00+01:00")
    for end in ("+01:00", " Z"):
        database.run(f"UPDATE t SET v = '2024-01-05 12:00:00{end}'")
        with pytest.raises(DataError) as caught:
            since(database, None, types={"v": "timestamp_utc"})
        assert caught.value.code == "HYG303"


def test_a_text_whose_offset_puts_it_behind_the_bound_is_refused_not_lost(database: Any, reader: str) -> None:
    """Byte by byte it is of the day before."""
    database.fill("TEXT", "2024-01-06T00:00:00Z", "2024-01-05T23:30:00-05:00")
    with pytest.raises(DataError) as caught:
        since(database, "2024-01-06T00:00:00.000000+00:00", types={"v": "timestamp_utc"})
    assert caught.value.code == "HYG303"


def test_a_watermark_in_utc_is_read_from_its_bound_on(database: Any, reader: str) -> None:
    database.fill("TEXT", "2024-01-05T11:59:59Z", "2024-01-05T12:00:00Z", "2024-01-05T12:00:01Z")
    assert len(since(database, NOON + "+00:00", types={"v": "timestamp_utc"})) == 2


def test_what_arrives_after_a_plan_that_found_no_value_is_left_to_the_next_run(
    database: Any, reader: str
) -> None:
    database.fill("INTEGER", None)
    home, request = database.home(), ReadRequest(entity="t", window=Window(column="v", nulls=True))
    plan = home.plan(request)
    assert plan.window.upper is None
    database.run("INSERT INTO t (v) VALUES (3)")
    read = ReadRequest(entity="t", window=plan.window)
    assert [v for b in home.read(read, plan.splits[0]) for v in b["v"].to_pylist()] == [None]


def test_rows_that_the_flow_leaves_out_are_no_hindrance(database: Any, reader: str) -> None:
    database.fill("DATE", "2024-01-06", 1_700_000_000, None)
    ends = Window(column="v", lower="2024-01-05", fail_on_nulls=True)
    for where, refused in (("id = 1", False), ("id IN (1, 2)", True), ("id IN (1, 3)", True)):
        request = ReadRequest(entity="t", where=where, window=ends)
        if refused:
            with pytest.raises(DataError):
                database.read(request=request)
        else:
            assert len(database.read(request=request)) == 1


def test_an_index_that_serves_the_condition_alone_does_not_serve_the_watermark(database: Any) -> None:
    database.fill("INTEGER", 1)
    request = ReadRequest(entity="t", where="id > 0", window=Window(column="v", lower="1"))
    assert any("no index" in note for note in database.plan(request=request).notes)


@pytest.mark.parametrize(
    ("declaration", "good", "hidden", "lower"), [("UINT64_T", 5, -3, "1"), ("BLOB", b"b", "text", "61")]
)
def test_a_value_that_sorts_before_all_good_ones_is_refused_not_lost(
    database: Any, reader: str, declaration: str, good: Any, hidden: Any, lower: str
) -> None:
    database.fill(declaration, good, hidden)
    with pytest.raises(DataError, match="would never be read") as caught:
        since(database, lower)
    assert caught.value.code == "HYG303"


def test_a_bound_finer_than_the_texts_in_utc_lies_above_the_one_that_it_is_cut_to(
    database: Any, reader: str
) -> None:
    database.fill("TEXT", "2024-01-05T12:00:00Z", "2024-01-05T12:00:01Z")
    lower = "2024-01-05T12:00:00.500000+00:00"
    assert len(since(database, lower, types={"v": "timestamp_utc"})) == 1
