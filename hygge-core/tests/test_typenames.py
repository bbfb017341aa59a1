"""Type names: what people write is what they get, and nothing else is guessed."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hygge.typenames import parse_type


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("int64", pa.int64()),
        ("UINT8", pa.uint8()),
        ("decimal(10, 2)", pa.decimal128(10, 2)),
        ("numeric(76)", pa.decimal256(76, 0)),
        ("date", pa.date32()),
        ("time[ns]", pa.time64("ns")),
        ("timestamp", pa.timestamp("us")),
        ("timestamp[ns]", pa.timestamp("ns")),
        ("timestamp[us, UTC]", pa.timestamp("us", "UTC")),
        ("timestamp[ms, tz=Europe/Oslo]", pa.timestamp("ms", "Europe/Oslo")),
    ],
)
def test_a_name_says_one_type(name: str, kind: pa.DataType) -> None:
    assert parse_type(name) == kind


@pytest.mark.parametrize("name", ["", "char", "decimal(77,0)", "decimal(2,3)", "decimal(0)", "timestamp[h]"])
def test_what_says_no_type_is_none(name: str) -> None:
    assert parse_type(name) is None


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(),
        pa.float64(),
        pa.large_string(),
        pa.date32(),
        pa.date64(),
        pa.time32("ms"),
        pa.time64("ns"),
        pa.duration("us"),
        pa.timestamp("ns", "Europe/Oslo"),
        pa.decimal128(38, 38),
        pa.decimal256(76, 0),
        pa.binary(4),
        pa.bool_(),
    ],
    ids=str,
)
def test_arrow_s_own_name_of_a_type_says_that_type(kind: pa.DataType) -> None:
    assert parse_type(str(kind)) == kind


def test_a_name_that_arrow_and_people_understand_differently_is_none() -> None:
    assert parse_type("float") is None


@pytest.mark.parametrize(
    ("zone", "known"),
    [("UTC", True), ("Europe/Oslo", True), ("+05:30", True), ("-23:59", True)]
    + [(name, False) for name in ("Mars/X", "oslo", "../UTC", "+25:00", "/etc/localtime", "UTC+1")],
)
def test_a_zone_is_one_that_readers_know(zone: str, known: bool) -> None:
    assert (parse_type(f"timestamp[us, {zone}]") is not None) == known
