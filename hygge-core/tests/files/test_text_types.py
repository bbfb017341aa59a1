"""CSV and NDJSON: the types of what others wrote, declared, sampled or pinned, and never guessed anew."""

from __future__ import annotations

import gzip
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.errors import ConfigurationError, DataError
from hygge.files.local_homes import CsvHome, NdjsonHome
from hygge.model import ReadRequest

if TYPE_CHECKING:
    from text_place import Place


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


def test_a_type_that_is_declared_for_no_column_is_told(place: Place) -> None:
    place.put("a.csv", "amount\n1\n")
    plan = CsvHome({"path": str(place.root), "types": {"ammount": "int8"}}).plan(ReadRequest(entity="t"))
    assert plan.warnings == ("types declares 'ammount': no column of these files",)


def test_a_key_declared_as_text_takes_any_json_as_it_stands(place: Place) -> None:
    place.put("a.ndjson", '{"k":1.50}\n{"k":"x"}\n{"k":{"b":[1]}}\n{"k":null}\n')
    found = place.read(NdjsonHome, types={"k": "string"})
    assert found["k"].to_pylist() == ["1.50", "x", '{"b":[1]}', None]


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


def test_a_key_that_the_sample_did_not_have_is_refused_where_all_keys_are_read(place: Place) -> None:
    place.put("a.ndjson", '{"a":1,"c":2}\n' * 300_000 + '{"a":1,"c":2,"b":3}\n')
    with pytest.raises(DataError, match=r"line 300001: the key 'b'") as caught:
        place.read(NdjsonHome)
    assert "types: {b: string}" in caught.value.remedy
    assert place.read(NdjsonHome, types={"b": "int8"})["b"][-1].as_py() == 3
    home, asked = NdjsonHome({"path": str(place.root)}), ReadRequest(entity="t", columns=("a",))
    (split,) = home.plan(asked).splits
    assert sum(batch.num_rows for batch in home.read(asked, split)) == 300_001


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


def test_files_without_a_byte_have_no_rows(place: Place) -> None:
    place.put("a.csv", "")
    place.put("b.csv", "x\n1\n")
    assert place.read(CsvHome)["x"].to_pylist() == [1]
    place.put("a.ndjson", "")
    place.put("b.ndjson", '{"x": 1}\n\n')
    assert place.read(NdjsonHome)["x"].to_pylist() == [1]


def test_a_last_line_without_an_end_is_a_row_and_its_last_value_null(place: Place) -> None:
    place.put("a.csv", 'a,b\n"x",')
    assert place.read(CsvHome, types={"b": "string"}).to_pylist() == [{"a": "x", "b": None}]


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("10115", "00501"),
        ("1", "+1"),
        ("1", " 1"),
        ("1", "1 "),
        ("1", "-01"),
        ("1.5", "007"),
        ("1.5", "1."),
        ("1.5", ".5"),
        ("1.5", "+1.5"),
        ("1.5", " 1.5"),
        ("12345678901234567890", "012345678901234567890"),
        ("true", "TRUE"),
        ("true", "1"),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("types", [{}, {"more": "bool"}])
def test_what_a_sampled_type_would_not_have_been_sampled_from_is_refused(
    place: Place, first: str, later: str, quote: str, types: dict[str, str]
) -> None:
    place.put("1.csv", f"v,more\n{first},true\n")
    request = ReadRequest(entity="t", pinned=place.plan(CsvHome, types=types).schema)
    place.put("2.csv", f"v,more\n{first},true\n{quote}{later}{quote},false\n")
    home = CsvHome({"path": str(place.root), "types": types})
    splits = home.plan(request).splits
    with pytest.raises(DataError, match=r"2\.csv.*line 3") as caught:
        [list(home.read(request, split)) for split in splits]
    assert caught.value.code == "HYG301"


def test_the_first_value_that_does_not_fit_is_told_as_what_it_is(place: Place) -> None:
    place.put("1.csv", "v\n1\n")
    pinned = place.plan(CsvHome).schema
    for second, said in (
        ("007\nabc", "'v' was found to be int64"),
        ("abc\n007", "the value of 'v' is no int64"),
    ):
        place.put("1.csv", f"v\n1\n{second}\n")
        request = ReadRequest(entity="t", pinned=pinned)
        home = CsvHome({"path": str(place.root)})
        (split,) = home.plan(request).splits
        with pytest.raises(DataError, match=f"line 3.*{said}"):
            list(home.read(request, split))


def test_whoever_declares_a_type_means_it(place: Place) -> None:
    place.put("a.csv", "n,x,flag\n007, 1.5,TRUE\n")
    found = place.read(CsvHome, types={"n": "int64", "x": "float64", "flag": "bool"})
    assert found.to_pylist() == [{"n": 7, "x": 1.5, "flag": True}]


def test_there_is_no_year_0(place: Place) -> None:
    place.put("a.csv", "day,moment,first\n0000-01-01,0000-01-01T00:00:00,0001-01-01\n")
    assert [str(kind) for kind in place.read(CsvHome).schema.types] == ["string", "string", "date32[day]"]
