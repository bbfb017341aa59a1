"""The laws of watermark values: exact text, exact order, exact distance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge import watermark
from hygge.errors import ConfigurationError, DataError, Refused
from hygge.watermark import akin, arrow_type, from_text, greatest, minus, to_text, type_name

EPOCH_DAY = date(1970, 1, 1)
FIRST = -62_135_596_800  # 0001-01-01T00:00:00, seconds since the epoch
LAST = 253_402_300_799  # 9999-12-31T23:59:59
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def timestamps() -> st.SearchStrategy[pa.Scalar]:
    def scalar(unit: str, zone: str | None, seconds: int, fraction: int) -> pa.Scalar:
        scale = 10 ** DIGITS[unit]
        low, high = (FIRST, LAST) if unit != "ns" else (-9_223_372_036, 9_223_372_035)
        whole = max(low, min(high, seconds))
        return pa.scalar(whole * scale + fraction % scale, pa.int64()).cast(pa.timestamp(unit, zone))

    return st.builds(
        scalar,
        st.sampled_from(list(DIGITS)),
        st.sampled_from([None, "UTC"]),
        st.integers(FIRST, LAST),
        st.integers(0, 10**9 - 1),
    )


def decimals() -> st.SearchStrategy[pa.Scalar]:
    def scalar(digits: int, scale: int) -> pa.Scalar:
        return pa.scalar(
            Decimal((digits < 0, tuple(map(int, str(abs(digits)))), -scale)), pa.decimal128(38, scale)
        )

    return st.builds(scalar, st.integers(-(10**38) + 1, 10**38 - 1), st.integers(0, 38))


values = st.one_of(
    timestamps(),
    decimals(),
    st.builds(lambda v: pa.scalar(v, pa.int64()), st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda v: pa.scalar(v, pa.uint64()), st.integers(0, 2**64 - 1)),
    st.builds(lambda v: pa.scalar(v, pa.date32()), st.dates()),
    st.builds(lambda v: pa.scalar(v, pa.string()), st.text()),
    st.builds(lambda v: pa.scalar(v, pa.binary(8)), st.binary(min_size=8, max_size=8)),
)


@given(values)
def test_a_value_comes_back_from_its_text_exactly(value: pa.Scalar) -> None:
    kind = arrow_type(type_name(value.type))
    assert kind == value.type
    assert from_text(to_text(value), kind).equals(value)


@given(timestamps(), st.integers(0, 10**6), st.sampled_from(["us", "ms", "s", "m", "h", "d"]))
def test_a_lookback_goes_back_exactly_that_far_or_to_the_least_value(
    value: pa.Scalar, number: int, unit: str
) -> None:
    micros = {"us": 1, "ms": 10**3, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6}
    before = from_text(minus(to_text(value), str(value.type), f"{number}{unit}"), value.type)
    scale = 10 ** DIGITS[value.type.unit]
    exact = value.value - -(-number * micros[unit] * scale // 10**6)  # a part of the unit goes back a whole
    assert before.value == max(exact, FIRST * scale, -(2**63))


def test_a_lookback_on_a_long_decimal_loses_no_digit() -> None:
    number = "12345678901234567890123456789012345.678"
    assert minus(number, "decimal128(38, 3)", "0.001") == "12345678901234567890123456789012345.677"


def test_a_lookback_of_a_part_of_a_day_takes_a_whole_date() -> None:
    assert minus("2024-03-01", "date32[day]", "1h") == "2024-02-29"


@pytest.mark.parametrize(("text", "before"), [("2", "1"), ("0", "-1"), ("-2", "-3")])
def test_a_lookback_of_a_part_of_a_number_takes_a_whole_one(text: str, before: str) -> None:
    assert minus(text, "int64", "0.5") == before


@pytest.mark.parametrize("text", ["0.00000001", "-0.00000001", "0.00000000"])
def test_a_small_decimal_is_written_with_its_digits_and_no_exponent(text: str) -> None:
    assert to_text(pa.scalar(Decimal(text), pa.decimal128(10, 8))) == text


def test_a_lookback_stops_at_the_least_value_of_the_type() -> None:
    assert minus("5", "uint8", 10) == "0"
    assert minus("0001-01-02", "date32[day]", "9w") == "0001-01-01"
    assert minus(str(-(2**63) + 1), "int64", 5) == str(-(2**63))


@pytest.mark.parametrize(
    ("text", "name", "lookback"),
    [("a", "string", "15m"), ("5", "int64", "15m"), ("2024-01-01", "date32[day]", "7"), ("00", "binary", 1)],
)
def test_a_lookback_that_does_not_fit_the_type_is_refused(text: str, name: str, lookback: str) -> None:
    with pytest.raises(DataError) as caught:
        minus(text, name, lookback)
    assert caught.value.code == "HYG303"


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.bool_(), pa.list_(pa.int64()), pa.time64("us"), pa.date64(), pa.large_binary()]
)
def test_a_type_without_an_exact_order_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(DataError):
        type_name(kind)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "int64"),
        ("1.5", "int64"),
        ("2024-13-01", "date32[day]"),
        ("2024-01-01", "timestamp[us]"),
        ("2024-01-01T00:00:00.12345", "timestamp[us]"),
        ("2024-01-01T00:00:00+01:00", "timestamp[s, tz=UTC]"),
        ("xyz", "binary"),
        (str(2**70), "int64"),
        ("1e5", "date32[day]"),
    ],
)
def test_a_text_that_is_no_value_is_refused_and_never_none(text: str, name: str) -> None:
    with pytest.raises(Refused) as caught:
        from_text(text, arrow_type(name))
    assert caught.value.code == "HYG407"
    assert "--full-drop" in caught.value.remedy


def test_a_type_name_from_elsewhere_is_refused() -> None:
    with pytest.raises(Refused):
        arrow_type("float64")


@given(st.lists(st.one_of(st.none(), st.datetimes()), max_size=20), st.one_of(st.none(), st.datetimes()))
def test_the_greatest_value_is_the_greatest_of_all(
    found: list[datetime | None], floor: datetime | None
) -> None:
    kind = pa.timestamp("us")
    top = greatest(pa.array(found, kind), None if floor is None else pa.scalar(floor, kind))
    known = [v for v in [*found, floor] if v is not None]
    assert (top.as_py() if top is not None else None) == max(known, default=None)


def test_neighbours_a_microsecond_apart_keep_their_order() -> None:
    late = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, 999_999), pa.timestamp("us"))
    earlier = pa.scalar(late.as_py() - timedelta(microseconds=1), pa.timestamp("us"))
    assert to_text(earlier) < to_text(late)
    assert pc.less(earlier, late).as_py()


@pytest.mark.parametrize(
    ("typed", "name", "kept"),
    [
        ("+5", "int64", "5"),
        (" -07 ", "int8", "-7"),
        ("1.50", "decimal128(10, 2)", "1.50"),
        ("2024-02-29", "date32[day]", "2024-02-29"),
        ("2024-02-29", "timestamp[s]", "2024-02-29T00:00:00"),
        ("2024-02-29 10:30", "timestamp[ms]", "2024-02-29T10:30:00.000"),
        ("2024-02-29T10:30:00.5Z", "timestamp[us, tz=UTC]", "2024-02-29T10:30:00.500000+00:00"),
        ("00fF", "fixed_size_binary[2]", "00ff"),
        (" x ", "string", " x "),
        (" x ", "large_string", " x "),
    ],
)
def test_a_value_that_a_person_typed_is_kept_exactly(typed: str, name: str, kept: str) -> None:
    assert watermark.given(typed, name) == kept


@pytest.mark.parametrize(
    ("typed", "name", "last"),
    [
        ("2024-02-29", "timestamp[s]", "2024-02-29T23:59:59"),
        ("2024-02-29", "timestamp[us, tz=UTC]", "2024-02-29T23:59:59.999999+00:00"),
        ("2024-02-29T10:30", "timestamp[ms]", "2024-02-29T10:30:00.000"),
        ("2024-02-29", "date32[day]", "2024-02-29"),
    ],
)
def test_only_a_day_alone_ends_with_its_last_moment(typed: str, name: str, last: str) -> None:
    assert watermark.given(typed, name, end=True) == last


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *((text, "int64") for text in ("1_0", "1.0", "1e3", "0x1", "\u0661", "", "1 0")),
        *((text, "decimal128(10, 2)") for text in ("1_0", "1e3", "NaN", ".5", "1.234")),
        *((text, "date32[day]") for text in ("20240229", "2024-W09-4", "2024-02-30")),
        *((text, "timestamp[us]") for text in ("2024-02-29T10:30:00.1_0", "2024-02-29T24:00", "2024-02-29Z")),
        ("2024-02-29T10:30+02:00", "timestamp[us, tz=UTC]"),
        ("00 ff", "fixed_size_binary[2]"),
        ("0", "binary"),
    ],
)
def test_what_a_person_typed_is_never_guessed_at(typed: str, name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no value of the watermark's type"):
        watermark.given(typed, name)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2024-01-01T00:00:00.500", "s", None),
        ("2024-01-01T00:00:00.000000", "s", 1_704_067_200),
        ("2024-01-01T00:00:00", "us", 1_704_067_200_000_000),
        ("2024-01-01T00:00:00.500", "ns", 1_704_067_200_500_000_000),
        ("2024-01-01T00:00:00.5", "us", None),
    ],
)
def test_a_time_of_another_unit_is_the_same_moment_or_refused(
    text: str, unit: str, value: int | None
) -> None:
    kind = pa.timestamp(unit)
    if value is None:
        with pytest.raises(Refused):
            from_text(text, kind)
    else:
        assert from_text(text, kind).value == value


@pytest.mark.parametrize(
    ("before", "now", "is_akin"),
    [
        ("int32", "uint64", True),
        ("string", "large_string", True),
        ("timestamp[us]", "timestamp[ns]", True),
        ("timestamp[us, tz=UTC]", "timestamp[ms, tz=Europe/Berlin]", True),  # moments are kept in UTC
        ("timestamp[us]", "timestamp[us, tz=UTC]", False),
        ("timestamp[us]", "date32[day]", False),
        ("int64", "string", False),
        ("int64", "date32[day]", False),
        ("decimal128(10, 2)", "decimal128(10, 2)", True),
        ("decimal128(10, 2)", "decimal128(12, 2)", False),
    ],
)
def test_a_value_is_gone_on_from_where_text_and_order_are_the_same(
    before: str, now: str, is_akin: bool
) -> None:
    assert akin(before, now) == akin(now, before) == is_akin
