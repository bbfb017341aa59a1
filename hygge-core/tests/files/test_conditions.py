"""``where`` over files: which conditions are taken, what they keep, and how a slip is told."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars
import pyarrow as pa
import pytest

from hygge.errors import DataError
from hygge.model import Window

if TYPE_CHECKING:
    from parquet_source import Source


def test_a_condition_keeps_rows_where_it_is_true_and_not_where_it_is_null(source: Source) -> None:
    source.put("a.parquet", n=[1, None, 3], t=["a", "b", None])
    assert source.read(where="n <> 1")["n"].to_pylist() == [3]
    assert source.read(where="t IS NULL OR n IS NULL", columns=("n",))["n"].to_pylist() == [None, 3]
    assert source.read(where="1 = 1").num_rows == 3
    assert source.read(where="n > 0", limit=1).num_rows == 1


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("n IN (1, 3)", [1, 3]),
        ("n % 2 = 0", [2]),
        ('"a ""b" = \'x\'', [1]),
        ("ünï > 1 AND t NOT LIKE 'max(n) over%'", [2]),
        ("d >= '2024-01-02' -- as text", [2, 3]),
        ("at < '2024-01-02'", [1]),
        ("s.q = 3", [3]),
        ("CASE WHEN n = 1 THEN true END", [1]),
    ],
)
def test_conditions_are_as_people_write_them(source: Source, where: str, kept: list[int]) -> None:
    days = [datetime(2024, 1, n) for n in (1, 2, 3)]
    more: dict[str, Any] = {'a "b': ["x", "y", None], "ünï": [1, 2, 3], "t": ["a", "b", "max(n) over ()"]}
    more |= {"d": pa.array([day.date() for day in days]), "at": pa.array(days, pa.timestamp("us", "UTC"))}
    source.put("a.parquet", n=[1, 2, 3], s=[{"q": n} for n in (1, 2, 3)], **more)
    assert source.read(where=where, columns=("n",))["n"].to_pylist() == kept


@pytest.mark.parametrize(
    "where",
    [
        "n = max(n)",
        "COUNT (*) > 0",
        "row_number() OVER (ORDER BY n) = 1",
        "n IN (SELECT 1)",
        "unnest(n) = 1",
        "n = 1) AS a, (n = 2",
        "n + 1",
        "null",
    ],
)
def test_what_is_no_condition_on_single_rows_is_refused(source: Source, where: str) -> None:
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError, match="where cannot be evaluated") as caught:
        source.plan(where=where)
    assert caught.value.code == "HYG302"


@pytest.mark.parametrize(
    ("where", "instead"),
    [
        ("b is not true", "(x = false OR x IS NULL)"),
        ("b IS /* never */\nNOT FALSE AND n = 1", "(x = true OR x IS NULL)"),
        ("NOT (b IS TRUE)", "(x = true AND x IS NOT NULL)"),
        ("n = 1 OR (b is false) = true", "(x = false AND x IS NOT NULL)"),
        ("coalesce(b is false, true)", "(x = false AND x IS NOT NULL)"),
        ("b IS TRUE IS NULL", "(x = true AND x IS NOT NULL)"),
        ("b IS UNKNOWN", "x IS NULL"),
        ("b IS NOT UNKNOWN", "x IS NOT NULL"),
        ("n IS DISTINCT FROM 1 AND b", "(x IS DISTINCT FROM y)"),
        ("NOT (b OR n IS NOT DISTINCT FROM (1) or b)", "(x IS NOT DISTINCT FROM y)"),
        ("n is distinct from 1 = b", "(x IS DISTINCT FROM y)"),
        ("n is distinct from case when b then 1 end and b", "(x IS DISTINCT FROM y)"),
    ],
)
def test_what_is_evaluated_otherwise_than_in_sql_is_refused_with_another_way_to_say_it(
    source: Source, where: str, instead: str
) -> None:
    source.put("a.parquet", n=[1, 2], b=[True, None])
    with pytest.raises(DataError, match="otherwise than in SQL") as caught:
        source.plan(where=where)
    assert caught.value.code == "HYG302"
    assert f"`{instead}`" in caught.value.remedy


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("(b = false OR b IS NULL)", [2, 3]),
        ("b is true", [1]),
        ("n = 3 OR (b IS FALSE AND n IN (1, 2)) ", [2, 3]),
        ("NOT (b = true AND b IS NOT NULL)", [2, 3]),
        ("(n IS DISTINCT FROM 1) AND t <> 'b is true'", [3]),
        ("b AND n IS NOT DISTINCT FROM 1 -- and b is true", [1]),
        ("CASE WHEN n IS DISTINCT FROM 1 THEN t = 'c' END AND (b OR n > 0)", [3]),
    ],
)
def test_those_other_ways_keep_what_sql_keeps(source: Source, where: str, kept: list[int]) -> None:
    source.put("a.parquet", n=[1, 2, 3], b=[True, False, None], t=["a", "b is true", "c"])
    assert source.read(where=where, columns=("n",))["n"].to_pylist() == kept


def test_a_column_that_no_condition_can_compare_is_named_while_planning(
    source: Source, capfd: pytest.CaptureFixture[str]
) -> None:
    """Polars panics at such decimals, and a panic is no `Exception`."""
    wide = [Decimal("1" * 50)]
    source.put("a.parquet", n=[1], d=pa.array(wide, pa.decimal256(60, 0)), s=[{"w": wide[0]}])
    for where, column in (("d > 5", "d"), ("s.w > 5", "s")):
        with pytest.raises(DataError, match=f"{column} is .*decimal256") as caught:
            source.plan(where=where)
        assert caught.value.code == "HYG302"
        assert f"Leave {column} out of the condition" in caught.value.remedy
    assert source.read(where="n = 1")["d"].to_pylist() == wide
    assert capfd.readouterr().err == ""


def test_a_panic_of_polars_is_told_as_its_errors_are(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def panics(*_: object) -> None:
        raise polars.exceptions.PanicException("not yet implemented")

    source.put("a.parquet", n=[1])
    monkeypatch.setattr(polars, "from_arrow", panics)
    with pytest.raises(DataError, match=r"where cannot be evaluated: 'n > 1': not yet implemented"):
        source.plan(where="n > 1")


def test_a_misspelt_column_of_a_condition_is_told_with_those_that_are_there(source: Source) -> None:
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError) as caught:
        source.plan(where="m > 1")
    assert str(caught.value) == (
        "where cannot be evaluated: 'm > 1': there is no column 'm'\n"
        "  Write a condition in SQL over the columns: n."
    )


def test_a_condition_that_fails_on_a_value_says_so(source: Source) -> None:
    source.put("a.parquet", t=["1", "two"])
    with pytest.raises(DataError, match=r"where cannot be evaluated: 'CAST.*two"):
        source.read(where="CAST(t AS BIGINT) > 0")


@pytest.mark.parametrize("where", ["nope = 1", "n >", "n = 'x' AND", "DROP TABLE t", "N = 1", ""])
def test_what_is_no_condition_is_refused_while_planning(source: Source, where: str) -> None:
    source.put("a.parquet", n=[1])
    with pytest.raises(DataError) as caught:
        source.plan(where=where)
    assert caught.value.code == "HYG302"


def test_a_window_ends_at_the_rows_that_a_condition_keeps_and_only_their_nulls_count(source: Source) -> None:
    """The statistics of a file are of all its rows."""
    source.put("a.parquet", at=[1, 2, 9, None], t=["a", "a", "b", "b"])
    window = Window(column="at", nulls=False, fail_on_nulls=True)
    assert source.plan(where="t = 'a'", window=window).window.upper == "2"
    with pytest.raises(DataError, match="1 rows have no value"):
        source.plan(where="t = 'b'", window=window)
