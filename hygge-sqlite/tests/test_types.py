"""Every value arrives as it is, or the error names table, column, row and what is stored there."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hygge.errors import DataError
from hygge_sqlite.reader_native import suits
from hygge_sqlite.types import Column

LONG = "1234567890123456789012345678.0123456789"


def test_the_compiled_reader_is_what_these_tests_compare_with() -> None:
    assert suits([Column(name="v", kind="i", type=pa.int64())])


@pytest.mark.parametrize(
    ("declaration", "kind", "values"),
    [
        ("INTEGER", pa.int64(), [0, -1, 2**63 - 1, -(2**63), None]),
        ("BIGINT UNSIGNED", pa.int64(), [7]),
        ("BOOLEAN", pa.bool_(), [True, False, None, True, False, True, True, True, False]),
        ("REAL", pa.float64(), [0.1, 0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, None]),
        ("DOUBLE PRECISION", pa.float64(), [1.5]),
        ("TEXT", pa.string(), ["", "NUL\0inside", "👍🏽 e\u0301 é ‏עברית", "x" * 100_000, None]),
        ("VARCHAR(10)", pa.string(), ["longer than ten is stored all the same"]),
        ("BLOB", pa.binary(), [b"", b"\0\xff", bytes(100_000), None]),
        ("DATE", pa.date32(), [date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(1969, 12, 31)]),
        (
            "TIMESTAMP", pa.timestamp("us"),
            [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999), datetime(1969, 12, 31, 23)],
        ),
        (
            "DECIMAL(18, 2)", pa.decimal128(18, 2),
            [Decimal("0.00"), Decimal("-12.50"), Decimal("9999999999999.99")],
        ),
        ("NUMERIC", pa.float64(), [1.0, 2.5]),
        ("JSON", pa.string(), ['{"a": 1}']),
    ],
)  # fmt: skip
def test_a_declared_type_gives_its_arrow_type_and_exact_values(
    database: Any, reader: str, declaration: str, kind: pa.DataType, values: list[Any]
) -> None:
    stored = [str(v) if isinstance(v, date | Decimal) else v for v in values]
    database.fill(declaration, *stored)
    table = database.read()
    assert table.schema.field("v").type == kind
    assert [repr(v) for v in table["v"].to_pylist()] == [repr(v) for v in values]


@pytest.mark.parametrize(
    ("declaration", "value", "stored"),
    [
        ("INTEGER", "seven", "a text of 5 bytes"),
        ("INTEGER", 1.5, "a real (1.5)"),
        ("BOOLEAN", 2, "an integer (2)"),
        ("BOOLEAN", "true", "a text of 4 bytes"),
        ("TEXT", b"\xff", "a blob of 1 bytes"),
        ("BLOB", "text", "a text of 4 bytes"),
        ("DATE", "2023-02-29", "a text of 10 bytes"),
        ("DATE", "2024-1-01", "a text of 9 bytes"),
        ("DATE", 19000, "an integer (19000)"),
        ("TIMESTAMP", 1700000000, "an integer (1700000000)"),
        ("TIMESTAMP", 2460000.5, "a real (2460000.5)"),
        ("TIMESTAMP", "2024-01-01", "a text of 10 bytes"),
        ("TIMESTAMP", "2024-01-01 24:00:00", "a text of 19 bytes"),
        ("TIMESTAMP", "2024-01-01 00:00:00.1234567", "a text of 27 bytes"),
        ("TIMESTAMP", "2024-01-01T00:00:00Z", "a text of 20 bytes"),
        ("TIMESTAMP", "0000-01-01 00:00:00", "a text of 19 bytes"),
        ("DECIMAL(4, 2)", 100, "an integer (100)"),
        ("DECIMAL(4, 2)", 1.005, "a real (1.005)"),
        ("NUMERIC", 2**53 + 1, f"an integer ({2**53 + 1})"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_row(
    database: Any, reader: str, declaration: str, value: Any, stored: str
) -> None:
    database.fill(declaration, None, None, value)
    with pytest.raises(DataError) as caught:
        database.read()
    assert caught.value.code == "HYG301"
    assert f"t.v, row id = 3: holds {stored}" in caught.value.message
    assert "types:" in caught.value.remedy


def test_what_a_misfit_holds_is_not_shown_when_it_could_be_a_secret(database: Any, reader: str) -> None:
    database.fill("INTEGER", "hunter2")
    with pytest.raises(DataError) as caught:
        database.read()
    assert "hunter2" not in str(caught.value)


def test_text_that_is_not_utf8_is_refused(database: Any, reader: str) -> None:
    database.fill("TEXT", "fine")
    database.run("INSERT INTO t (v) VALUES (CAST(x'c328' AS TEXT))")
    with pytest.raises(DataError, match="id = 2"):
        database.read()


def test_a_misfit_becomes_null_or_text_by_policy_and_is_counted(database: Any) -> None:
    database.fill("INTEGER", 1, "seven", 2.5, b"\x01\xff")
    assert database.values(on_mismatch="null") == [1, None, None, None]
    assert database.values(on_mismatch="text") == ["1", "seven", "2.5", "\x01\\xff"]
    home = database.home(on_mismatch="null")
    from hygge.model import ReadRequest

    plan = home.plan(ReadRequest(entity="t"))
    list(home.read(ReadRequest(entity="t"), plan.splits[0]))
    assert home.coerced == {"v": 3}


@pytest.mark.parametrize(
    ("name", "stored", "expected"),
    [
        ("unix_s", 1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("unix_ms", 1_700_000_000_123, datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)),
        ("unix_us", -1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("timestamp_utc", "2024-03-31 02:30:00+02:00", datetime(2024, 3, 31, 0, 30, tzinfo=UTC)),
        ("timestamp_utc", "2024-03-31T02:30Z", datetime(2024, 3, 31, 2, 30, tzinfo=UTC)),
        ("int8", -128, -128),
        ("decimal(38, 10)", LONG, Decimal(LONG)),
        ("string", "2024", "2024"),
    ],
)  # fmt: skip
def test_a_named_type_reads_what_the_declaration_does_not_say(
    database: Any, reader: str, name: str, stored: Any, expected: Any
) -> None:
    database.fill("", stored)
    assert database.values(types={"v": name}) == [expected]


def test_an_integer_beyond_a_named_width_is_a_misfit(database: Any, reader: str) -> None:
    database.fill("INTEGER", 127, 128)
    with pytest.raises(DataError) as caught:
        database.values(types={"v": "int8"})
    assert caught.value.code == "HYG301"
    assert "id = 2" in caught.value.message


def test_columns_without_a_type_are_told_at_once_with_what_to_write(database: Any) -> None:
    database.run("CREATE TABLE t (a, b ANY, c INTEGER)", "INSERT INTO t VALUES (1, 'x', 2), (2, 'y', 3)")
    with pytest.raises(DataError) as caught:
        database.read()
    assert caught.value.code == "HYG305"
    assert caught.value.remedy.endswith("  types:\n    a: int64\n    b: string")
    assert database.read(types={"a": "int64", "b": "string"})["b"].to_pylist() == ["x", "y"]


declarations = st.sampled_from(
    [
        "INTEGER",
        "BOOLEAN",
        "REAL",
        "TEXT",
        "BLOB",
        "DATE",
        "TIMESTAMP",
        "DECIMAL(5,2)",
        "DECIMAL(18,0)",
        "DECIMAL(30,6)",
        "NUMERIC",
    ]
)
named = st.none() | st.sampled_from(
    [
        "int8",
        "int16",
        "int32",
        "float64",
        "bool",
        "string",
        "binary",
        "date",
        "timestamp",
        "timestamp_utc",
        "unix_s",
        "unix_us",
        "decimal(9,4)",
    ]
)
texts = st.one_of(
    st.text(max_size=8),
    st.dates().map(str),
    st.datetimes().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?"
        r"( ?Z|[+-][0-2][0-9]:?[0-6][0-9])?",
        fullmatch=True,
    ),
    st.sampled_from(
        [
            "0000-01-01",
            "2023-02-29",
            "10000-01-01",
            "2024-01-01 24:00",
            "2024-01-01 23:59:60",
            "-001-01-01",
            "2024-02-29T00:00:00Z",
            "0001-01-01T00:00+00:01",
            "9999-12-31T23:59:59.999999-00:01",
            "NaN",
            "1e3",
            "\0",
            "\U0010ffff",
            "\u0662024-01-01",
            "2024-01-01\n",
            " 2024-01-01",
            "2024-01-01 00:00:00\0",
        ]
    ),
    st.from_regex(r"[+-]?[0-9]{0,4}\.?[0-9]{0,4}", fullmatch=True),
)
values = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-3, 1000), st.floats(allow_nan=False),
    st.decimals(-999, 999, places=2).map(float), texts, st.binary(max_size=6),
)  # fmt: skip


@given(declarations, named, st.lists(values, max_size=6), st.lists(st.binary(max_size=3), max_size=1))
@example("DECIMAL(5, 2)", None, ["+.5", "5.", "-.0", ".000", "1." + "0" * 5000, "0" * 5000 + "1"], [])
@example("DECIMAL(5, 2)", None, ["."], [])
@example("TEXT", "timestamp_utc", ["2024-01-01T00:00:00+00:60"], [])
@example("REAL", None, [math.inf, -math.inf, -0.0, 5e-324, 2**53], [])
@example("TEXT", None, [], [b"\xed\xa0\x80"])
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_readers_give_the_same_arrays_or_both_refuse(
    database: Any, by_both: Any, declaration: str, name: str | None, stored: list[Any], raw: list[bytes]
) -> None:
    types = {} if name is None else {"v": name}

    def outcome() -> Any:
        try:
            table = database.read(types=types)
            return table, repr(table)  # -0.0 equals 0.0 but does not look like it
        except DataError as error:
            return error.code, error.message

    database.path.unlink(missing_ok=True)
    database.fill(declaration, *stored)
    database.run(*[f"INSERT INTO t (v) VALUES (CAST(x'{text.hex()}' AS TEXT))" for text in raw])
    native, python = by_both(outcome)
    assert native == python
