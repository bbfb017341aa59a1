"""CSV and NDJSON: what was written comes back, whatever its type and text."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from text_place import Place, forms

from hygge.errors import DataError
from hygge.files.csv_format import CsvFormat
from hygge.files.csv_reader import CsvReader
from hygge.files.local_homes import CsvHome
from hygge.files.ndjson_format import NdjsonFormat
from hygge.files.ndjson_reader import NdjsonReader
from hygge.files.text import parsed, written

EXTREMES = {
    "bool": pa.array([True, False, None]),
    "int8": pa.array([-128, 127, None], pa.int8()),
    "int64": pa.array([-(2**63), 2**63 - 1, None]),
    "uint64": pa.array([0, 2**64 - 1, None], pa.uint64()),
    "float32": pa.array([1.5, -3.4028234663852886e38, None], pa.float32()),
    "float64": pa.array([5e-324, -0.0, None]),
    "money": pa.array([Decimal("99999999.99"), Decimal("-0.01"), None], pa.decimal128(10, 2)),
    "places": pa.array([Decimal("1e-38"), Decimal("-0." + "9" * 38), None], pa.decimal128(38, 38)),
    "great": pa.array([Decimal("9" * 76), Decimal("-" + "9" * 76), None], pa.decimal256(76, 0)),
    "date": pa.array([date(1, 1, 1), date(9999, 12, 31), None]),
    "date64": pa.array([date(1, 1, 1), date(9999, 12, 31), None], pa.date64()),
    "time": pa.array([time(0), time(23, 59, 59, 999999), None]),
    "time32": pa.array([time(0), time(23, 59, 59), None], pa.time32("s")),
    "ns": pa.array([-(2**63) + 10**9, 2**63 - 1, None], pa.int64()).cast(pa.timestamp("ns")),
    "us": pa.array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), None], pa.timestamp("us")),
    "s": pa.array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), None], pa.timestamp("s")),
    "utc": pa.array([datetime(1, 1, 1), datetime(9999, 12, 31), None], pa.timestamp("ms", "UTC")),
    "oslo": pa.array(  # one clock time twice
        [datetime(2024, 10, 27, 0, 30, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC), None],
        pa.timestamp("us", "Europe/Oslo"),
    ),
    "span": pa.array([timedelta(days=-9), timedelta(microseconds=1), None], pa.duration("us")),
    "text": pa.array(["", 'a "b", c\r\nd\te\\ \x00 \ufeff 🎉', None]),
    "blob": pa.array([b"", bytes(range(256)), None]),
    "fixed": pa.array([b"ab", b"\0\xff", None], pa.binary(2)),
    "nothing": pa.nulls(3),
}  # fmt: skip


maybe_text = st.one_of(st.none(), st.text(max_size=9))


NESTED = {
    "list": pa.array([[2**63 - 1, None], [], None], pa.list_(pa.int64())),
    "object": pa.array([{"a b": 0.1, '"': 'x"\n\x01é'}, None, {"a b": None, '"': ""}]),
    "moments": pa.array([[datetime(1, 1, 1), None], [], None], pa.list_(pa.timestamp("us"))),
    "decimals": pa.array([[Decimal("1.10")], None, []], pa.list_(pa.decimal128(38, 2))),
    "map": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    "numbered": pa.array([[(1, "x")], [], None], pa.map_(pa.int64(), pa.string())),
    "blobs": pa.array([[b"\0\xff"], None, []], pa.list_(pa.binary())),
    "lists": pa.array([[[1], []], None, [None]], pa.list_(pa.list_(pa.int8()))),
    "pairs": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
}


@pytest.fixture
def tiny_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few bytes, so that every record is at the edge of one."""
    for module in ("csv_reader", "ndjson_reader"):
        monkeypatch.setattr(f"hygge.files.{module}.BLOCK", 7)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "bz2"])
def test_every_type_at_its_extremes_comes_back_equal(place: Place, compression: Any) -> None:
    table = pa.table(EXTREMES)
    for form, reader in forms(compression=compression):
        path = place.write(form, table, table.slice(1, 1))
        found = place.back(reader, path, table.schema)
        assert found.equals(pa.concat_tables([table, table.slice(1, 1)]))
        assert place.rows(form, path) == 4


@pytest.mark.parametrize("name", list(EXTREMES))
def test_the_text_of_a_value_is_the_value_s_own(name: str) -> None:
    values = EXTREMES[name]
    texts = written(values)
    assert parsed(texts, values.type).equals(values)
    assert not any("E" in t for t in texts.to_pylist() if t and pa.types.is_decimal(values.type))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text(max_size=3))), max_size=6
    )
)
def test_any_texts_come_back_from_both_and_other_tools_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str | None]]
) -> None:
    place = Place(tmp_path_factory.mktemp("text"))
    table = pa.table({"a b": pa.array([r[0] for r in rows], pa.string()),
                      '"': pa.array([r[1] for r in rows], pa.string())})  # fmt: skip
    for form, reader in forms():
        path = place.write(form, table)
        assert place.back(reader, path, table.schema).equals(table)
        assert place.rows(form, path) == len(rows)
    with (place.root / "x.csv").open(newline="", encoding="utf-8") as file:
        head, *found = list(csv.reader(file))
    assert head == ["a b", '"']
    if not any("\0" in (t or "") for r in rows for t in r):
        assert found == [[t or "" for t in row] for row in rows]
    lines = (place.root / "x.ndjson").read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(line) for line in lines] == table.to_pylist()


def test_csv_lines_end_as_the_standard_says_and_null_is_not_empty(place: Place) -> None:
    place.write(CsvFormat(), pa.table({"a": ["", None, "x"], "b": [1, 2, None]}))
    assert (place.root / "x.csv").read_bytes() == b'a,b\r\n"",1\r\n,2\r\nx,\r\n'
    place.write(CsvFormat(delimiter=";", line_end="\n"), pa.table({"a": ["1;2"], "b": [1]}), name="y")
    assert (place.root / "y.csv").read_bytes() == b'a;b\n"1;2";1\n'


def test_files_that_quote_everything_can_have_nulls(place: Place) -> None:
    place.put("a.csv", '"n","t"\n"","x"\n"1",""\n')
    assert place.read(CsvHome, quoted_nulls=True).to_pylist() == [{"n": None, "t": "x"}, {"n": 1, "t": None}]
    with pytest.raises(DataError, match="'n' is no int64"):
        place.read(CsvHome, types={"n": "int64"})


def test_a_column_on_its_own_keeps_its_nulls(place: Place) -> None:
    table = pa.table({"a": ["", None, "x", None]})
    path = place.write(CsvFormat(), table)
    assert place.back(CsvReader({}), path, table.schema).equals(table)
    assert place.rows(CsvFormat(), path) == 4


def test_tables_without_rows_keep_their_names(place: Place) -> None:
    table = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    for form, reader in forms():
        path = place.write(form, table)
        assert place.back(reader, path, table.schema).equals(table)
        assert place.rows(form, path) == 0
    assert (place.root / "x.csv").read_bytes() == b"a,b\r\n"


def test_nan_is_refused_by_json_or_null_where_the_flow_says_so(place: Place) -> None:
    table = pa.table({"n": [1.0, float("nan"), float("-inf")]})
    with pytest.raises(DataError, match="'n' holds NaN"):
        place.write(NdjsonFormat(), table)
    path = place.write(NdjsonFormat(non_finite="null"), table, name="y")
    assert (place.root / path).read_text() == '{"n":1.0}\n{"n":null}\n{"n":null}\n'
    csv_path = place.write(CsvFormat(), table)
    assert str(place.back(CsvReader({}), csv_path, table.schema)["n"].to_pylist()) == "[1.0, nan, -inf]"


def test_nested_values_are_json(place: Place) -> None:
    table = pa.table({"id": [1], "v": [{"a": [1, None], "b": "x"}]})
    path = place.write(NdjsonFormat(), table)
    assert json.loads((place.root / path).read_text()) == {"id": 1, "v": {"a": [1, None], "b": "x"}}
    assert place.back(NdjsonReader({}), path, table.schema).equals(table)
    place.write(CsvFormat(), table)
    with (place.root / "x.csv").open(newline="") as file:
        assert json.loads(list(csv.reader(file))[1][1]) == {"a": [1, None], "b": "x"}


@pytest.mark.parametrize("name", list(NESTED))
def test_nested_values_come_back_equal_from_both(place: Place, name: str) -> None:
    table = pa.table({"id": list(range(len(NESTED[name]))), "v": NESTED[name]})
    for form, reader in forms():
        path = place.write(form, table, table.slice(1))
        assert place.back(reader, path, table.schema).equals(pa.concat_tables([table, table.slice(1)]))


def test_the_first_nanoseconds_there_are_come_back(place: Place) -> None:
    least = pa.array([-(2**63), -(2**63) + 145_224_191, 0, None], pa.int64()).cast(pa.timestamp("ns"))
    texts = written(least)
    assert parsed(texts, least.type).equals(least)
    zoned = least.cast(pa.timestamp("ns", "UTC"))
    assert parsed(written(zoned), zoned.type).equals(zoned)
    with pytest.raises(ValueError, match="before the first"):
        parsed(pa.array(["1677-09-21T00:12:43.145224191"]), least.type)
    place.put("a.csv", "t\n" + "\n".join(text or "" for text in texts.to_pylist()[:3]) + "\n")
    assert place.read(CsvHome, types={"t": "timestamp[ns]"})["t"].combine_chunks().equals(least.slice(0, 3))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([10_000_000], pa.date32()),
        pa.array([2**62], pa.timestamp("us")),
        pa.array([-(2**40)], pa.int64()).cast(pa.timestamp("s")),
        pa.array([pa.MonthDayNano([1, 2, 3])]),
        pa.array([[float("nan")]]),
    ],
)
def test_values_without_a_text_are_refused_by_name(place: Place, values: pa.Array) -> None:
    for form, _ in forms():
        with pytest.raises(DataError, match="cannot be written as text"):
            place.write(form, pa.table({"v": values}))


def test_records_are_whole_whatever_the_size_of_a_block(place: Place, tiny_blocks: None) -> None:
    rows = {"a": ['x\r\n"y",', "", None, "z" * 40], "b": [1, None, 3, 4]}
    for form, reader in forms():
        path = place.write(form, pa.table(rows))
        assert place.back(reader, path, pa.table(rows).schema).to_pydict() == rows
        assert place.rows(form, path) == 4


def test_a_line_longer_than_a_block_is_read(place: Place) -> None:
    text = "x" * 3_000_000
    table: Mapping[str, Any] = {"a": [text, "y"], "b": [1, 2]}
    for form, reader in forms():
        path = place.write(form, pa.table(table))
        assert place.back(reader, path, pa.table(table).schema).equals(pa.table(table))


def test_a_column_without_a_name_is_an_empty_key(place: Place) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["", "column_0"])
    path = place.write(NdjsonFormat(), table)
    assert place.back(NdjsonReader({}), path, table.schema).equals(table)


@pytest.mark.parametrize("form", [CsvFormat(), NdjsonFormat()], ids=["csv", "ndjson"])
@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (pa.timestamp("us"), -62_135_596_800 * 10**6, 253_402_300_800 * 10**6 - 1),
        (pa.timestamp("s", "UTC"), -62_135_596_800, 253_402_300_800 - 1),
        (pa.date32(), -719_162, 2_932_896),
        (pa.date64(), -719_162 * 86_400_000, 2_932_896 * 86_400_000),
    ],
    ids=str,
)
def test_moments_are_written_to_the_ends_of_the_years_1_and_9999(
    place: Place, form: Any, kind: pa.DataType, first: int, last: int
) -> None:
    step = 86_400_000 if kind == pa.date64() else 1
    whole = pa.int32() if kind == pa.date32() else pa.int64()

    def moments(*values: int) -> pa.Table:
        return pa.table({"id": [1] * len(values), "at": pa.array(values, whole).view(kind)})

    place.write(form, moments(first, last), name="within")
    for beyond in (first - step, last + step):
        with pytest.raises(DataError, match="outside the years 1 to 9999"):
            place.write(form, moments(beyond), name=f"beyond{beyond}")
