"""CSV and NDJSON: what was written comes back, what does not fit is named, nothing is guessed."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from text_place import Place

from hygge import schemas
from hygge.errors import ConfigurationError, DataError
from hygge.files.csv_format import CsvFormat
from hygge.files.csv_reader import CsvReader
from hygge.files.filesystem import FileSystem
from hygge.files.format import FileFormat, FormatReader
from hygge.files.local_homes import CsvHome, NdjsonHome
from hygge.files.ndjson_format import NdjsonFormat
from hygge.files.ndjson_reader import NdjsonReader
from hygge.files.text import parsed, written
from hygge.model import ReadRequest

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


def size_of(files: FileSystem, path: str) -> int:
    found = files.info(path)
    assert found is not None
    return found.size


def forms(**options: Any) -> list[tuple[FileFormat, FormatReader]]:
    return [(CsvFormat(**options), CsvReader({})), (NdjsonFormat(**options), NdjsonReader({}))]


# -- what was written comes back --------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "bz2"])
def test_every_type_at_its_extremes_comes_back_equal(place: Place, compression: Any) -> None:
    table = pa.table(EXTREMES)
    for form, reader in forms(compression=compression):
        path = place.write(form, table, table.slice(1, 1))
        found = place.back(reader, path, table.schema)
        assert found.equals(pa.concat_tables([table, table.slice(1, 1)]))
        assert form.rows(place.files, path, size_of(place.files, path)) == 4


@pytest.mark.parametrize("name", list(EXTREMES))
def test_the_text_of_a_value_is_the_value_s_own(name: str) -> None:
    values = EXTREMES[name]
    texts = written(values)
    assert parsed(texts, values.type).equals(values)
    assert not any("E" in t for t in texts.to_pylist() if t and pa.types.is_decimal(values.type))


maybe_text = st.one_of(st.none(), st.text(max_size=9))


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
        assert form.rows(place.files, path, size_of(place.files, path)) == len(rows)
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


def test_a_column_on_its_own_keeps_its_nulls(place: Place) -> None:
    table = pa.table({"a": ["", None, "x", None]})
    path = place.write(CsvFormat(), table)
    assert place.back(CsvReader({}), path, table.schema).equals(table)
    assert CsvFormat().rows(place.files, path, size_of(place.files, path)) == 4


def test_tables_without_rows_keep_their_names(place: Place) -> None:
    table = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    for form, reader in forms():
        path = place.write(form, table)
        assert place.back(reader, path, table.schema).equals(table)
        assert form.rows(place.files, path, size_of(place.files, path)) == 0
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


# -- types --------------------------------------------------------------------------------------------


def test_types_that_nobody_declared_are_what_all_values_fit(place: Place) -> None:
    head = "n,code,big,real,day,at,utc,flag,mixed,none\n"
    moments = "2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05Z"
    place.put("a.csv", f"{head}1,007,99999999999999999999,1.5,{moments},true,1,\n")
    place.put("b.csv", f"{head}-5,x,1,1e5,,,,false,x,\n")
    found = place.read(CsvHome)
    assert {f.name: str(f.type) for f in found.schema} == {
        "n": "int64", "code": "string", "big": "decimal128(38, 0)", "real": "double", "day": "date32[day]",
        "at": "timestamp[us]", "utc": "timestamp[us, tz=UTC]", "flag": "bool", "mixed": "string",
        "none": "string",
    }  # fmt: skip
    assert found["code"].to_pylist() == ["007", "x"]
    place.put("c.ndjson", '{"n": 1, "big": 18446744073709551616, "at": "2024-01-02T03:04:05Z", "s": "007"}\n'
              '{"n": null, "big": 1, "l": [1], "s": "true"}\n')  # fmt: skip
    found = place.read(NdjsonHome)
    assert {f.name: str(f.type) for f in found.schema} == {
        "n": "int64", "big": "decimal128(38, 0)", "at": "timestamp[us, tz=UTC]", "s": "string",
        "l": "list<item: int64>",
    }  # fmt: skip
    assert found["big"].to_pylist() == [Decimal(2**64), Decimal(1)]


def test_declared_types_win_and_pinned_ones_never_change_silently(place: Place) -> None:
    place.put("a.csv", "n,m\n1,1\n")
    pinned = place.plan(CsvHome, types={"m": "decimal(5,2)"}).schema
    assert schemas.unpack(pinned).field("m").type == pa.decimal128(5, 2)
    place.put("a.csv", "m,n,new\n1,text,2\n")
    now = schemas.unpack(place.plan(CsvHome, pinned=pinned).schema)
    assert [(f.name, str(f.type)) for f in now] == [
        ("m", "decimal128(5, 2)"), ("n", "int64"), ("new", "int64"),
    ]  # fmt: skip
    home = CsvHome({"path": str(place.root)})
    plan = home.plan(ReadRequest(entity="t", pinned=pinned))
    with pytest.raises(DataError, match=r"row 1 \(line 2\): the value of 'n' is no int64: 'aaaa'") as caught:
        list(home.read(ReadRequest(entity="t"), plan.splits[0]))
    assert "types" in caught.value.remedy
    with pytest.raises(ConfigurationError, match="varchar"):
        CsvHome({"path": str(place.root), "types": {"n": "varchar"}})


def test_files_of_other_columns_and_orders_are_read_by_name(place: Place) -> None:
    place.put("a.csv", "x,y\n1,2\n")
    place.put("b.csv", "y,z\n3,4\n")
    assert place.read(CsvHome).to_pylist() == [{"x": 1, "y": 2, "z": None}, {"x": None, "y": 3, "z": 4}]
    assert place.read(CsvHome, "b.csv").to_pylist() == [{"y": 3, "z": 4}]


def test_files_are_read_with_other_marks_and_without_a_header(place: Place) -> None:
    place.put("a.csv", "\ufeffx;y\n'1;2';NULL\n")
    found = place.read(CsvHome, delimiter=";", quote="'", null_values=["NULL"])
    assert found.to_pylist() == [{"x": "1;2", "y": None}]
    place.put("a.csv", "1,2\n3,4\n")
    assert place.read(CsvHome, header=False, types={"a": "int8", "b": "string"}).to_pylist() == [
        {"a": 1, "b": "2"}, {"a": 3, "b": "4"},
    ]  # fmt: skip
    place.put("a.csv", "x\nå\n".encode("latin-1"))
    assert place.read(CsvHome, encoding="latin-1").to_pylist() == [{"x": "å"}]


def test_compressed_files_are_read(place: Place) -> None:
    place.put("a.csv.gz", gzip.compress(b"x\n1\n", mtime=0))
    place.put("b.csv", "x\n2\n")
    assert place.read(CsvHome)["x"].to_pylist() == [1, 2]
    place.put("a.jsonl.gz", gzip.compress(b'{"x": 1}', mtime=0))
    assert place.read(NdjsonHome)["x"].to_pylist() == [1]


# -- what cannot be read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1\n", r"row 1 \(line 2\): it has 1 values, the header 2"),
        ("a,b\n\n1,2\n'\n,'\n".replace("'", '"') + "1,2,3\n", r"line 4.*it has 1 values"),
        ('a,b\n"1\n",2\n\n1,2,3\n', r"row 2 \(line 5\): it has 3 values"),
        ('a,b\n1,5" pipe\n', r"row 1 \(line 2\): a quote stands in an unquoted value"),
        ('a,b\n1,"x"y\n', r"row 1 \(line 2\): text follows a closing quote"),
        ('a,b\n1,"x\n2,y\n', "never closed"),
        ("a,a\n1,2\n", "'a' twice"),
        ("a,\n1,2\n", "without a name"),
    ],
)
def test_a_broken_csv_is_named(place: Place, text: str, said: str) -> None:
    place.put("broken.csv", text)
    with pytest.raises(DataError, match=said) as caught:
        place.read(CsvHome)
    assert "broken.csv" in caught.value.message


def test_a_csv_of_another_encoding_is_told_of_it_and_can_be_read_with_it(place: Place) -> None:
    place.put("old.csv", "a\nx\ncaf\xe9\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"row 2 \(line 3\).*bytes that are not UTF-8 from byte 4") as caught:
        place.read(CsvHome)
    assert caught.value.code == "HYG300"
    assert "home: {encoding: cp1252}" in str(caught.value.remedy)
    assert place.read(CsvHome, encoding="cp1252").column("a").to_pylist() == ["x", "caf\xe9"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1}\n{"a": \n', "line 2"),
        ("[1]\n", "line 1 is no object"),
        ('{"a": 1}\nnull\n', "line 2 is no object"),
    ],
)
def test_a_broken_ndjson_is_named_by_its_line(place: Place, text: str, said: str) -> None:
    place.put("broken.ndjson", text)
    with pytest.raises(DataError, match=said) as caught:
        place.read(NdjsonHome)
    assert "broken.ndjson" in caught.value.message


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("int64", '"x"', "string"),
        ("int8", "300", "number"),
        ("date", '"soon"', "string"),
        ("int8", "[1]", "list"),
    ],
)
def test_a_json_value_that_does_not_fit_is_named_by_line_and_key(
    place: Place, kind: str, value: str, told: str
) -> None:
    place.put("a.ndjson", f'{{"k": null}}\n{{"k": {value}}}\n')
    with pytest.raises(DataError, match=rf"line 2: the value of 'k', a {told},") as caught:
        place.read(NdjsonHome, types={"k": kind})
    assert caught.value.details["row"] == 2


def test_a_value_deep_in_a_file_is_found(place: Place) -> None:
    place.put("a.csv", "n,t\n" + "1,x\n" * 400_000 + "1.5,y\n")
    with pytest.raises(DataError, match=r"row 400001 \(line 400002\): the value of 'n' is no int64: '0\.0'"):
        place.read(CsvHome, types={"n": "int64"})


def test_files_without_a_byte_have_no_rows(place: Place) -> None:
    place.put("a.csv", "")
    place.put("b.csv", "x\n1\n")
    assert place.read(CsvHome)["x"].to_pylist() == [1]
    place.put("a.ndjson", "")
    place.put("b.ndjson", '{"x": 1}\n\n')
    assert place.read(NdjsonHome)["x"].to_pylist() == [1]


def test_a_line_longer_than_a_block_is_read(place: Place) -> None:
    text = "x" * 3_000_000
    table: Mapping[str, Any] = {"a": [text, "y"], "b": [1, 2]}
    for form, reader in forms():
        path = place.write(form, pa.table(table))
        assert place.back(reader, path, pa.table(table).schema).equals(pa.table(table))


# -- what Arrow's parsers would let pass ----------------------------------------------------------------


@pytest.fixture
def tiny_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few bytes, so that every record is at the edge of one."""
    for module in ("csv_reader", "ndjson_reader"):
        monkeypatch.setattr(f"hygge.files.{module}.BLOCK", 7)


def test_records_are_whole_whatever_the_size_of_a_block(place: Place, tiny_blocks: None) -> None:
    rows = {"a": ['x\r\n"y",', "", None, "z" * 40], "b": [1, None, 3, 4]}
    for form, reader in forms():
        path = place.write(form, pa.table(rows))
        assert place.back(reader, path, pa.table(rows).schema).to_pydict() == rows
        assert form.rows(place.files, path, size_of(place.files, path)) == 4


def test_a_last_line_without_an_end_is_a_row_and_its_last_value_null(place: Place) -> None:
    place.put("a.csv", 'a,b\n"x",')
    assert place.read(CsvHome, types={"b": "string"}).to_pylist() == [{"a": "x", "b": None}]


def test_a_file_that_is_cut_short_is_refused(place: Place) -> None:
    place.put("a.csv.gz", gzip.compress(b"x\n" + b"1\n" * 10_000, mtime=0)[:-9])
    with pytest.raises(DataError, match="Truncated") as caught:
        place.read(CsvHome)
    assert caught.value.code == "HYG300"


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


def test_a_type_that_is_declared_for_no_column_is_told(place: Place) -> None:
    place.put("a.csv", "amount\n1\n")
    plan = CsvHome({"path": str(place.root), "types": {"ammount": "int8"}}).plan(ReadRequest(entity="t"))
    assert plan.warnings == ("types declares 'ammount': no column of these files",)


def test_a_file_without_even_a_header_is_named(place: Place) -> None:
    place.put("a.csv", "")
    with pytest.raises(DataError, match=r"a\.csv.*it is empty") as caught:
        place.read(CsvHome)
    assert caught.value.code == "HYG300"
    place.put("b.csv", "n\n1\n")
    assert place.read(CsvHome)["n"].to_pylist() == [1]


def test_a_key_that_the_sample_did_not_have_is_refused_where_all_keys_are_read(place: Place) -> None:
    place.put("a.ndjson", '{"a":1,"c":2}\n' * 300_000 + '{"a":1,"c":2,"b":3}\n')
    with pytest.raises(DataError, match=r"line 300001: the key 'b'") as caught:
        place.read(NdjsonHome)
    assert "types: {b: string}" in caught.value.remedy
    assert place.read(NdjsonHome, types={"b": "int8"})["b"][-1].as_py() == 3
    home, asked = NdjsonHome({"path": str(place.root)}), ReadRequest(entity="t", columns=("a",))
    (split,) = home.plan(asked).splits
    assert sum(batch.num_rows for batch in home.read(asked, split)) == 300_001


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ('"2024-01-02T03:04:05Z"', "timestamp"),
        ('"2024-01-02T03:04:05"', "timestamp[us, UTC]"),
        ('"\ud83d"', "string"),
        ("9" * 40, "float32"),
        ('"AAE"', "binary"),
        ("1,\"k\":2", "int64"),
    ],
)  # fmt: skip
def test_json_that_only_nearly_fits_is_refused(place: Place, value: str, kind: str) -> None:
    place.put("a.ndjson", f'{{"k":{value}}}\n'.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match=r"a\.ndjson.*line 1"):
        place.read(NdjsonHome, types={"k": kind})


def test_a_key_declared_as_text_takes_any_json_as_it_stands(place: Place) -> None:
    place.put("a.ndjson", '{"k":1.50}\n{"k":"x"}\n{"k":{"b":[1]}}\n{"k":null}\n')
    found = place.read(NdjsonHome, types={"k": "string"})
    assert found["k"].to_pylist() == ["1.50", "x", '{"b":[1]}', None]


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


@pytest.mark.parametrize("name", list(NESTED))
def test_nested_values_come_back_equal_from_both(place: Place, name: str) -> None:
    table = pa.table({"id": list(range(len(NESTED[name]))), "v": NESTED[name]})
    for form, reader in forms():
        path = place.write(form, table, table.slice(1))
        assert place.back(reader, path, table.schema).equals(pa.concat_tables([table, table.slice(1)]))


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


def test_files_that_quote_everything_can_have_nulls(place: Place) -> None:
    place.put("a.csv", '"n","t"\n"","x"\n"1",""\n')
    assert place.read(CsvHome, quoted_nulls=True).to_pylist() == [{"n": None, "t": "x"}, {"n": 1, "t": None}]
    with pytest.raises(DataError, match="'n' is no int64"):
        place.read(CsvHome, types={"n": "int64"})


def test_an_encoding_that_nobody_knows_is_refused_at_once(place: Place) -> None:
    with pytest.raises(ConfigurationError, match="'nope' is no encoding"):
        CsvHome({"path": str(place.root), "encoding": "nope"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"id\n1\n", mtime=0), "let its name end in .gz"),
        (b"PK\x03\x04\x14\x00\x06\x00", "export its sheets as CSV"),
        (b"SQLite format 3\x00\x10\x00", "home: {type: sqlite}"),
        (b"id\x00,n\n1,2\n", "Check home.delimiter"),
        ("id,näme\n".encode("latin-1"), "Check home.delimiter, home.quote and home.encoding"),
    ],
)
def test_what_is_no_csv_is_told_by_how_it_begins(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match="its first line is no header") as caught:
        CsvHome({"path": str(tmp_path)}).plan(ReadRequest(entity="a"))
    assert said in caught.value.remedy


def test_a_ragged_line_keeps_its_advice_also_where_columns_are_pinned(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,2\n")
    home = CsvHome({"path": str(tmp_path)})
    pinned = home.plan(ReadRequest(entity="a")).schema
    (tmp_path / "a.csv").write_text("id,n\n1\n")
    request = ReadRequest(entity="a", pinned=pinned)
    with pytest.raises(DataError, match="row 1") as caught:
        list(home.read(request, home.plan(request).splits[0]))
    assert "full-drop" not in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"id": 1}]\n', "It is one JSON array"),
        (gzip.compress(b'{"id": 1}\n', mtime=0), "let its name end in .gz"),
        (b"id\n1\n", "Each line has to be one JSON object"),
    ],
)
def test_what_is_no_ndjson_is_told_by_how_it_begins(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DataError, match="line 1 is no object") as caught:
        NdjsonHome({"path": str(tmp_path)}).plan(ReadRequest(entity="a"))
    assert said in caught.value.remedy
