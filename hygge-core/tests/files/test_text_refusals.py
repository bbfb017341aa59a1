"""CSV and NDJSON that cannot be read: named by file, line and column, with the way out."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge.errors import ConfigurationError, DataError, Refused
from hygge.files import json_values
from hygge.files.csv_format import CsvFormat
from hygge.files.local_homes import CsvHome, NdjsonHome
from hygge.model import ReadRequest

if TYPE_CHECKING:
    from text_place import Place


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


def test_a_file_that_is_cut_short_is_refused(place: Place) -> None:
    place.put("a.csv.gz", gzip.compress(b"x\n" + b"1\n" * 10_000, mtime=0)[:-9])
    with pytest.raises(DataError, match="Truncated") as caught:
        place.read(CsvHome)
    assert caught.value.code == "HYG300"


def test_a_file_without_even_a_header_is_named(place: Place) -> None:
    place.put("a.csv", "")
    with pytest.raises(DataError, match=r"a\.csv.*it is empty") as caught:
        place.read(CsvHome)
    assert caught.value.code == "HYG300"
    place.put("b.csv", "n\n1\n")
    assert place.read(CsvHome)["n"].to_pylist() == [1]


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


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_name_that_no_header_can_have_is_refused(place: Place, name: str) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=[name, "column_0"])
    with pytest.raises(Refused, match="CSV cannot hold a column named"):
        place.write(CsvFormat(), table)


def test_a_mark_that_stands_for_two_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="are both"):
        CsvHome({"path": str(tmp_path), "delimiter": "'", "quote": "'"})


def test_a_key_of_several_kinds_is_told_by_the_one_that_can_be_declared(place: Place) -> None:
    place.put("a.ndjson", '{"a":{"x":1}}\n{"a":{"x":"s"}}\n')
    with pytest.raises(DataError, match=r"'a\.x' has values of several kinds") as caught:
        place.read(NdjsonHome)
    assert "home: {types: {a: string}}" in str(caught.value)
    assert place.read(NdjsonHome, types={"a": "string"})["a"].to_pylist() == ['{"x":1}', '{"x":"s"}']


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"b":', "}")])
def test_values_are_nested_as_deep_as_files_can_be_read_and_no_deeper(
    place: Place, begin: str, end: str
) -> None:
    def put(depth: int) -> None:
        place.put("a.ndjson", '{"a":' + begin * depth + "1" + end * depth + "}\n")

    put(json_values.DEEPEST)
    table = place.read(NdjsonHome)
    written = pa.BufferOutputStream()
    pq.write_table(table, written)
    assert pq.read_table(pa.BufferReader(written.getvalue())).equals(table)
    for depth in (json_values.DEEPEST + 1, 200, 900):
        put(depth)
        with pytest.raises(DataError, match="nested more than") as caught:
            place.read(NdjsonHome)
        assert caught.value.code == "HYG305"
        assert place.read(NdjsonHome, types={"a": "string"}).num_rows == 1
