"""No number of a text file is rounded where nobody asked for a float."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hygge.errors import DataError
from hygge.files import csv_reader, ndjson_reader
from hygge.files.local_homes import CsvHome, NdjsonHome
from hygge.files.rounding import has_long_numbers

if TYPE_CHECKING:
    from text_place import Place

ARROW = int(pa.__version__.partition(".")[0])


def test_a_number_is_never_rounded_where_nobody_asked_for_floats(place: Place) -> None:
    late = b"1.5\n" * 1_000_000 + b"9007199254740993\n"
    place.put("a.csv", b"n\n" + late)
    with pytest.raises(DataError, match=r"row 1000001 \(line 1000002\)"):
        place.read(CsvHome)
    assert place.read(CsvHome, types={"n": "float64"})["n"][-1].as_py() == 2.0**53
    place.put("a.csv", "n,m\n0.1234567890123456789,1e400\n")
    assert place.read(CsvHome, types={"m": "string"})["n"].to_pylist() == ["0.1234567890123456789"]
    with pytest.raises(DataError, match="'m' is no double"):
        place.read(CsvHome, types={"m": "float64"})


@pytest.fixture
def short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what lies behind a sample need not be a megabyte away."""
    for reader in (csv_reader, ndjson_reader):
        monkeypatch.setattr(reader, "SAMPLED_BYTES", 64)


@pytest.mark.parametrize(
    "text",
    ["9007199254740993.0", "0.123456789012345678", "1.23456789012345678", "-120.1234567890123456789",
     "1e-400", "3e-324", "0.0123456789012345678", "-0.00123456789012345678", "123456789012345678e-5",
     "100000000000000000000000", f"0.{'0' * 330}1", f"1e-{'9' * 20}"],
)  # fmt: skip
def test_a_number_that_a_float_would_change_is_refused_behind_the_sample_too(
    place: Place, short_samples: None, text: str
) -> None:
    place.put("a.csv", b"n\n" + b"1.5\n" * 300 + f"{text}\n".encode())
    with pytest.raises(DataError, match=r"row 301 .*'n' is no double"):
        place.read(CsvHome)
    place.put("a.ndjson", b'{"n":1.5}\n' * 120 + f'{{"n":{text}}}\n'.encode())
    with pytest.raises(DataError, match=r"line 121"):
        place.read(NdjsonHome)
    if float(text) == 0 and ARROW < 24:  # it refuses what is too small, declared or not
        with pytest.raises(DataError, match="line 121"):
            place.read(NdjsonHome, types={"n": "float64"})
    else:
        assert place.read(NdjsonHome, types={"n": "float64"})["n"][-1].as_py() == float(text)


@pytest.mark.parametrize(
    "text",
    ["0.12345678901234568", "1.7976931348623157e308", "5e-324", "0.1000000000000000000",
     "2.500000000000000000", "0.1000000000000000055511151231257827", "18014398509481984.0",
     "-0.00012345678901234567"],
)  # fmt: skip
def test_a_number_that_a_float_holds_is_one_however_it_is_written(place: Place, text: str) -> None:
    place.put("a.csv", f"n\n{text}\n1.5\n")
    assert place.read(CsvHome)["n"][0].as_py() == float(text)
    place.put("a.ndjson", f'{{"n":{text}}}\n')
    assert place.read(NdjsonHome)["n"][0].as_py() == float(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("[{}]", "9007199254740993"),
        ('{{"b":{}}}', "9007199254740993"),
        ('{{"b":[{}]}}', "0.0123456789012345678"),
    ],
)
def test_a_number_within_a_value_is_not_rounded_either(
    place: Place, short_samples: None, kind: str, value: str
) -> None:
    rows = [f'{{"n":{kind.format(number)}}}\n' for number in ("1.5", value)]
    place.put("a.ndjson", (rows[0] * 150 + rows[1]).encode())
    with pytest.raises(DataError, match="line 151"):
        place.read(NdjsonHome)


@pytest.mark.parametrize("text", ["0x1F", "0X10"])
def test_a_hexadecimal_text_is_no_integer(place: Place, text: str) -> None:
    place.put("a.csv", f"n,h\n1,0xff\n{text},0x0\n")
    with pytest.raises(DataError, match="row 2"):
        place.read(CsvHome, types={"n": "int64"})
    assert place.read(CsvHome)["n"].to_pylist() == ["1", text]


def test_what_stands_in_texts_costs_floats_nothing(place: Place) -> None:
    """Else each block would be decoded line by line."""
    uuid, number = "6fa459ea-ee8a-3ca4-894e-345db77e160355", "12345678901234567890"
    assert not has_long_numbers(
        f'{{"n":1.5,"id":"{uuid}","k":{number},"c":"code-1234"}}\n'.encode(), r"[:\[,]"
    )
    assert not has_long_numbers(f"1.5,{uuid},{number},code-1234\n".encode(), r"^|[\r\n,]")


def test_an_integer_that_no_float_holds_makes_its_column_text(place: Place) -> None:
    place.put("a.csv", "n\n9007199254740993\n1.5\n")
    assert place.read(CsvHome)["n"].to_pylist() == ["9007199254740993", "1.5"]
