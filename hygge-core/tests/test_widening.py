"""Widening: never a value lost, tried on the values themselves."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from hygge.widening import same, widens, widest

EXTREMES = {
    pa.int8(): [-128, 127],
    pa.int32(): [-(2**31), 2**31 - 1],
    pa.int64(): [-(2**63), 2**63 - 1],
    pa.uint8(): [0, 255],
    pa.uint32(): [0, 2**32 - 1],
    pa.uint64(): [0, 2**64 - 1],
    pa.float32(): [1.5, -3.4e38, 2.0**-149],
    pa.float64(): [1.7e308, 0.1],
    pa.decimal128(5, 2): [Decimal("999.99"), Decimal("-0.01")],
    pa.decimal128(38, 0): [Decimal("9" * 38)],
    pa.decimal128(38, 38): [Decimal("0." + "9" * 38)],
    pa.decimal256(76, 38): [Decimal("9" * 38 + "." + "9" * 38)],
    pa.date32(): [date(1, 1, 1), date(9999, 12, 31)],
    pa.date64(): [date(1, 1, 1), date(9999, 12, 31)],
    pa.time32("s"): [time(23, 59, 59)],
    pa.time64("us"): [time(23, 59, 59, 999999)],
    pa.timestamp("s"): [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)],
    pa.timestamp("us"): [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)],
    pa.timestamp("ns"): [datetime(1900, 1, 1), datetime(2262, 4, 11)],
    pa.timestamp("us", "UTC"): [datetime(1, 1, 1), datetime(9999, 12, 31)],
    pa.string(): ["", "smörgås"],
    pa.large_string(): ["", "x"],
    pa.binary(): [b"", b"\0\xff"],
    pa.binary(2): [b"\0\xff"],
    pa.bool_(): [True, False],
}


@pytest.mark.parametrize(("narrow", "wide"), list(itertools.product(EXTREMES, EXTREMES)), ids=str)
def test_a_wider_type_holds_every_value_of_the_narrower_one(narrow: pa.DataType, wide: pa.DataType) -> None:
    if not widens(narrow, wide):
        return
    values = pa.array(EXTREMES[narrow], narrow)
    there = values.cast(wide)
    if not pa.types.is_fixed_size_binary(narrow):
        assert there.cast(narrow).equals(values)
    assert [str(v) for v in there.cast(wide)] == [str(v) for v in values.cast(wide)]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(EXTREMES, 2)), ids=str)
def test_the_widest_of_two_types_widens_both_whichever_comes_first(
    one: pa.DataType, other: pa.DataType
) -> None:
    found = widest(one, other)
    if found is None:
        assert widest(other, one) is None
        return
    assert widens(one, found)
    assert widens(other, found)
    assert same(found, widest(other, one))


def test_what_could_lose_a_value_is_no_widening() -> None:
    assert not widens(pa.int64(), pa.float64())
    assert not widens(pa.timestamp("us"), pa.timestamp("ns"))
    assert not widens(pa.timestamp("us"), pa.timestamp("us", "UTC"))
    assert not widens(pa.decimal128(10, 2), pa.decimal128(10, 4))
    assert not widens(pa.string(), pa.int64())
    assert widest(pa.uint64(), pa.int8()) is None
    assert widest(pa.string(), pa.int64()) is None


def test_layouts_of_the_same_values_are_the_same_type() -> None:
    assert same(pa.dictionary(pa.int8(), pa.large_string()), pa.string())
    assert same(pa.timestamp("us", "Etc/UTC"), pa.timestamp("us", "UTC"))
    assert not same(pa.int32(), pa.int64())
