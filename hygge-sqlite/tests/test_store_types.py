"""What the store writes, the home reads back as the same Arrow values; what it cannot is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygge.errors import DataError, NeedsUser
from hygge_sqlite import writer as writer_module

MICRO = timedelta(microseconds=1)
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)
SECONDS = [-62_135_596_800, 253_402_300_799, 0, -1, 951_782_400, None]
NINES = "9" * 38
UNITS = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}


def times(kind: pa.DataType) -> pa.Array:
    """The first and the last moment that the type and the calendar have, and some between."""
    if kind.unit == "ns":
        return pa.array([-(2**63), 2**63 - 1, 0, -1, 1, None], pa.int64()).view(kind)
    factor = UNITS[kind.unit]
    moments = [None if s is None else s * factor for s in SECONDS]
    return pa.array([*moments, 253_402_300_800 * factor - 1], pa.int64()).view(kind)


EXACT = [
    *[pa.array([-(2 ** (b - 1)), 2 ** (b - 1) - 1, 0, 1, None], f"int{b}") for b in (8, 16, 32, 64)],
    *[pa.array([0, 1, 2**b - 1, 2 ** (b - 1), 2 ** (b - 1) - 1, None], f"uint{b}") for b in (8, 16, 32, 64)],
    pa.array([0.1, -0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 2.0**53, 3.0, None]),
    pa.array([0.1, math.inf, -math.inf, 1e-45, 3.4028234e38, 0.5, None], pa.float32()),
    pa.array([0.5, math.inf, 65504.0, None], pa.float64()).cast(pa.float16()),
    pa.array([True, False, None, True, True, False, False, False, True, True]),
    pa.array([Decimal(NINES), Decimal(f"-{NINES}"), Decimal(0), Decimal(1), None], pa.decimal128(38, 0)),
    pa.array([Decimal(f"0.{NINES}"), Decimal(f"-0.{NINES}"), Decimal("0E-38"), None], pa.decimal128(38, 38)),
    pa.array([Decimal("-12.50"), Decimal("0.05"), Decimal("-0.05"), None], pa.decimal128(12, 2)),
    pa.array([Decimal("9" * 76), Decimal("-" + "9" * 76), Decimal(7), None], pa.decimal256(76, 0)),
    pa.array([Decimal("1." + "5" * 40), None], pa.decimal256(60, 40)),
    pa.array([Decimal("1.5"), Decimal("-999.99")], pa.decimal32(5, 2)),
    pa.array([Decimal("1.5"), Decimal("-999999999999999.999")], pa.decimal64(18, 3)),
    pa.array([date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(1969, 12, 31), None]),
    pa.array([date(1, 1, 1), date(9999, 12, 31), date(1969, 12, 31), None], pa.date64()),
    pa.array([0, 1, 86_399, None], pa.time32("s")),
    pa.array([0, 1, 86_399_999, None], pa.time32("ms")),
    pa.array([0, 1, 86_399_999_999, None], pa.time64("us")),
    pa.array([0, 1, 86_399_999_999_999, None], pa.time64("ns")),
    *[times(pa.timestamp(u, z)) for u in UNITS for z in (None, "UTC", "Europe/Paris", "+14:00")],
    *[pa.array([-(2**63), 2**63 - 1, 0, None], pa.int64()).view(pa.duration(u)) for u in UNITS],
    pa.array(["", "NUL\0inside", "\0", "👍🏽 e\u0301 é ‏עברית", "x" * 200_000, "'\"", "12", " 1 ", None]),
    pa.array([b"", b"\0\xff", bytes(200_000), None]),
    pa.array([bytes(16), b"\xff" * 16, None], pa.binary(16)),
    pa.nulls(3),
    pa.nulls(2, pa.int64()),
]  # fmt: skip
SAME_VALUES = [
    pa.array(["a", None, "b", "a"]).dictionary_encode(),
    pa.array(["a", None, ""], pa.large_string()),
    pa.array(["a", None, "longer than twelve bytes"], pa.string_view()),
    pa.array([b"a", None, b""], pa.large_binary()),
    pa.array([b"a", None, b"longer than twelve bytes"], pa.binary_view()),
    pa.RunEndEncodedArray.from_arrays([2, 3], pa.array([7, None], pa.int64())),
]


def shown(values: pa.ChunkedArray | pa.Array) -> list[str]:
    """Values with what equality does not see; -0.0 is not among it: SQLite may store it as 0."""
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind):
        return [str(v.value) for v in values]
    return [repr(v) for v in values.to_pylist()]


@pytest.mark.parametrize("values", EXACT, ids=lambda values: str(values.type))
def test_a_round_trip_gives_the_same_type_and_values(
    database: Any, writer: str, reader: str, values: pa.Array
) -> None:
    rows = pa.table({"id": range(len(values)), "v": values})
    database.land(rows)
    found = database.read()
    assert found.schema.field("v").type == values.type
    assert found["v"].combine_chunks().equals(rows["v"].combine_chunks())
    if not pa.types.is_floating(values.type):
        assert shown(found["v"]) == shown(values)


@pytest.mark.parametrize("values", EXACT, ids=lambda values: str(values.type))
def test_both_writers_store_the_same(
    database: Any, monkeypatch: pytest.MonkeyPatch, values: pa.Array
) -> None:
    rows = pa.table({"v": values, "w": values})

    def stored() -> list[Any]:
        database.land(rows)
        found: list[Any] = database.ask("SELECT typeof(v), v, typeof(w), w FROM t")
        return found

    native = stored()
    monkeypatch.setattr(writer_module, "compiled", lambda: None)
    assert stored() == native


@pytest.mark.parametrize("values", SAME_VALUES, ids=lambda values: str(values.type))
def test_layouts_make_no_difference_to_the_values(database: Any, writer: str, values: pa.Array) -> None:
    database.land(pa.table({"v": values}))
    assert database.read()["v"].to_pylist() == values.to_pylist()


def test_slices_are_written_from_where_they_begin(database: Any, writer: str) -> None:
    columns = {f"c{n}": values for n, values in enumerate(EXACT) if len(values) > 3}
    rows = pa.table({name: values.slice(2, 2) for name, values in columns.items()})
    database.land(rows)
    assert database.read().equals(rows)


def test_nested_values_become_json_text(database: Any, writer: str) -> None:
    kind = pa.struct([("d", pa.decimal128(5, 2)), ("l", pa.list_(pa.float64())), ("b", pa.binary())])
    value = {"d": Decimal("1.50"), "l": [1.5, None, math.nan], "b": b"\xff"}
    rows = pa.table(
        {"s": pa.array([value, None], kind), "m": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int8()))}
    )
    database.land(rows)
    found = database.read()
    assert found.schema.field("s").type == pa.string()
    assert found.to_pydict() == {
        "s": ['{"d":"1.50","l":[1.5,null,"nan"],"b":"/w=="}', None],
        "m": ['[["a",1]]', "[]"],
    }


def test_nan_is_refused_with_its_row_unless_the_store_says_null(database: Any, writer: str) -> None:
    rows = pa.table({"v": [1.0, 2.0, 3.0, 4.0, math.nan]})
    with pytest.raises(DataError, match=r"'v', row 5: NaN") as caught:
        database.land(rows)
    assert caught.value.code == "HYG301"
    database.land(rows, config={"nan": "null"})
    assert database.read()["v"].to_pylist() == [1.0, 2.0, 3.0, 4.0, None]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0, 2**31 - 1], pa.int32()).view(pa.date32()),
        pa.array([0, -(2**31)], pa.int32()).view(pa.date32()),
        pa.array([0, 253_402_300_800], pa.int64()).view(pa.timestamp("s")),
        pa.array([0, -62_135_596_801_000_000], pa.int64()).view(pa.timestamp("us", "UTC")),
        pa.array([0, 2**63 - 1], pa.int64()).view(pa.timestamp("s")),
        pa.array([0, 1], pa.int64()).view(pa.date64()),
    ],
    ids=lambda values: f"{values.type} {values[1].value}",
)  # fmt: skip
def test_a_time_that_iso_text_cannot_say_is_refused_with_its_row(
    database: Any, writer: str, values: pa.Array
) -> None:
    with pytest.raises(DataError, match="'v', row 2: a") as caught:
        database.land(pa.table({"v": values}))
    assert caught.value.code == "HYG301"
    assert not database.path.exists()


def test_what_cannot_be_a_table_is_told_at_once_and_before_any_io(database: Any) -> None:
    schema = pa.schema(
        [("id", pa.int64()), ("ID", pa.int64()), ("a\0b", pa.string()), ("i", pa.month_day_nano_interval())]
    )
    with pytest.raises(NeedsUser) as caught:
        database.store().stage(database.job(schema), "a", [])
    assert caught.value.code == "HYG405"
    for part in ("'id' and 'ID'", "holds a NUL", "'i' is of type"):
        assert part in caught.value.message
    assert not database.path.parent.joinpath(".hygge").exists()


@pytest.mark.parametrize("columns", [1, 64, 2000])
def test_a_row_longer_than_a_page_is_stored_whole(database: Any, writer: str, columns: int) -> None:
    rows = pa.table({f"c{n}": ["x" * (100_000 // columns), "y", None] * 2 for n in range(columns)})
    database.land(rows)
    assert database.ask("PRAGMA integrity_check") == [("ok",)]
    assert database.read().equals(rows)


@pytest.mark.parametrize(
    "size", [*range(16_384 - 40, 16_384 - 30), *range(4_090, 4_100), 127, 128, 16_383, 16_384]
)
def test_rows_around_the_size_of_a_page_are_stored_whole(database: Any, size: int) -> None:
    rows = pa.table({"v": [bytes([n]) * (size + n % 3) for n in range(200)]})
    store, job = database.store(), database.job(rows)
    staged = store.stage(job, "all", rows.to_batches())
    path = database.path.parent / ".hygge" / database.path.name / staged.token["files"][0][0]
    import sqlite3

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [v for (v,) in connection.execute("SELECT c0 FROM rows")] == rows["v"].to_pylist()
    connection.close()


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1) | st.none(),
            st.text(max_size=300) | st.none(),
            st.binary(max_size=300),
        ),
        max_size=60,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_make_a_file_that_sqlite_finds_whole(database: Any, rows: list[Any]) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    types = (pa.int64(), pa.string(), pa.binary())
    table = pa.table({n: pa.array(c, t) for n, c, t in zip("abc", columns, types, strict=True)})
    database.land(table)
    assert database.ask("PRAGMA integrity_check") == [("ok",)]
    assert database.read().equals(table)


def test_what_sqlite_tools_see_is_readable_text(database: Any, writer: str) -> None:
    rows = pa.table(
        {
            "at": pa.array([datetime(2024, 2, 29, 1, 2, 3)], pa.timestamp("us")),
            "z": pa.array([datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC)], pa.timestamp("ms", "Europe/Paris")),
            "d": pa.array([date(2024, 2, 29)]),
            "m": pa.array([Decimal("-0.50")], pa.decimal128(9, 2)),
        }
    )
    database.land(rows)
    assert database.ask("SELECT at, z, d, m, date(at) FROM t") == [
        ("2024-02-29 01:02:03.000000", "2024-02-29 01:02:03.000Z", "2024-02-29", "-0.50", "2024-02-29")
    ]
