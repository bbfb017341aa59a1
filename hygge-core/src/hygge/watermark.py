"""Watermark values: which types can be one, their exact text, order and distance.

A value is kept as text with its type, never through a float or a coarser timestamp. The text of

- an integer or decimal is its digits, of a string itself, of binary its hex digits
- a date is ``2024-02-29``; a timestamp is ``2024-02-29T23:59:59.123456`` with all digits of its
  unit, and ``+00:00`` behind it if it has a zone (it is then an instant in UTC)
"""

from __future__ import annotations

import math
import re
from datetime import date, time, timedelta
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from hygge.errors import ConfigurationError, DataError, Refused

__all__ = [
    "akin",
    "arrow_type",
    "check_lookback",
    "from_text",
    "given",
    "greatest",
    "later",
    "less",
    "minus",
    "to_text",
    "type_name",
]

_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}  # unit of a timestamp: digits after the second
_SPAN = re.compile(r"(\d+)\s*(us|ms|s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EXACT = Context(prec=200)  # the default context rounds to 28 digits, decimals have up to 76
# What people may type. Python reads more as numbers and dates: 1_0, 1e3, 2024-W09-4.
_TYPED = {
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?[0-9]+(\.[0-9]+)?"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "timestamp": re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?)?(Z|\+00:00)?"
    ),
    "binary": re.compile(r"([0-9A-Fa-f]{2})*"),
}
_EPOCH = date(1970, 1, 1).toordinal()


def type_name(kind: pa.DataType) -> str:
    """The name a watermark of this type is stored under; raises `DataError` if it can't be one."""
    ok = (
        pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )
    if not ok:
        raise DataError(
            f"a column of type {kind} cannot be a watermark: its values have no exact order",
            code="HYG303",
            remedy="Choose an integer, decimal, date, timestamp, string or binary(8) column.",
        )
    return str(kind)


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type that `type_name` named; raises `Refused` for a name it never gives."""
    simple = {
        "date32[day]": pa.date32(),
        "string": pa.string(),
        "large_string": pa.large_string(),
        "binary": pa.binary(),
    }
    if name in simple:
        return simple[name]
    if match := re.fullmatch(r"u?int(8|16|32|64)", name):
        return pa.type_for_alias(match[0])
    if match := re.fullmatch(r"timestamp\[(s|ms|us|ns)(?:, tz=(.+))?\]", name):
        return pa.timestamp(match[1], match[2])
    if match := re.fullmatch(r"decimal(128|256)\((\d+), (-?\d+)\)", name):
        make = pa.decimal128 if match[1] == "128" else pa.decimal256
        return make(int(match[2]), int(match[3]))
    if match := re.fullmatch(r"fixed_size_binary\[(\d+)\]", name):
        return pa.binary(int(match[1]))
    raise Refused(
        f"the committed watermark has a type that this version does not know: {name!r}",
        code="HYG407",
        remedy="Start the entity over with `hygge run FLOW.ENTITY --full-drop`.",
    )


def akin(before: str, now: str) -> bool:
    """Whether a committed value of the type ``before`` can be gone on from where the column is ``now``.

    That is so where the same text stands for the same value and the order is the same: strings of any
    layout, integers of any width, times of another unit with or without a zone as before.
    """
    one, other = arrow_type(before), arrow_type(now)
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other):
        return (one.tz is None) == (other.tz is None)
    families = (pa.types.is_integer, lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind))
    return one == other or any(family(one) and family(other) for family in families)


def to_text(value: pa.Scalar) -> str:
    """The exact text of one value that is not null."""
    kind = value.type
    if pa.types.is_timestamp(kind):
        return _timestamp_text(value.value, kind)
    plain = value.as_py()
    if isinstance(plain, bytes):
        return plain.hex()
    if isinstance(plain, Decimal):
        return format(plain, "f")
    return plain.isoformat() if isinstance(plain, date) else str(plain)


def from_text(text: str, kind: pa.DataType) -> pa.Scalar:
    """The value behind `to_text`; raises `Refused` if it is none."""
    try:
        return pa.scalar(_plain(text, kind), kind)
    except (ValueError, ArithmeticError, pa.ArrowException) as error:
        raise Refused(
            f"the committed watermark {text!r} is no value of type {kind}",
            code="HYG407",
            remedy="Start the entity over with `hygge run FLOW.ENTITY --full-drop`.",
        ) from error


def _plain(text: str, kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(kind):
        return _timestamp_value(text, kind)
    if pa.types.is_integer(kind):
        return int(text)
    if pa.types.is_decimal(kind):
        return Decimal(text)
    if pa.types.is_date(kind):
        return date.fromisoformat(text)
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return bytes.fromhex(text)
    return text


def _timestamp_text(value: int, kind: pa.TimestampType) -> str:
    digits = _UNITS[kind.unit]
    days, rest = divmod(value, 86_400 * 10**digits)
    seconds, fraction = divmod(rest, 10**digits)
    clock = (time.min if not seconds else _clock(seconds)).isoformat("seconds")
    text = f"{date.fromordinal(_EPOCH + days).isoformat()}T{clock}"
    return text + (f".{fraction:0{digits}d}" if digits else "") + ("+00:00" if kind.tz else "")


def _clock(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _timestamp_value(text: str, kind: pa.TimestampType) -> int:
    digits = _UNITS[kind.unit]
    moment = text.removesuffix("+00:00") if kind.tz else text
    day, _, clock = moment.partition("T")
    whole, _, fraction = clock.partition(".")
    at = time.fromisoformat(whole)
    seconds = (date.fromisoformat(day).toordinal() - _EPOCH) * 86_400
    seconds += at.hour * 3600 + at.minute * 60 + at.second
    beyond = fraction[digits:].strip("0")  # the column may have had another unit once
    if at.tzinfo is not None or beyond or len(fraction) not in _UNITS.values():
        raise ValueError(text)
    return int(seconds * 10**digits + int(fraction[:digits].ljust(digits, "0") or 0))


def given(text: str, name: str, *, end: bool = False) -> str:
    """The exact text of a value that a person typed.

    A day alone stands for its first moment, and with ``end`` for its last; digits and the zone may
    be left out. Raises `ConfigurationError` HYG105 for what is no value of the type.
    """
    kind = arrow_type(name)
    try:
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return to_text(from_text(text, kind))
        text = text.strip()
        if _TYPED[_typed_as(kind)].fullmatch(text) is None:
            raise ValueError(text)
        if pa.types.is_timestamp(kind):
            return _timestamp_text(_moment(text, kind, end=end), kind)
        return to_text(from_text(text, kind))
    except (ValueError, ArithmeticError, pa.ArrowException, Refused) as error:
        raise ConfigurationError(
            f"{text!r} is no value of the watermark's type {name}",
            code="HYG105",
            remedy="Write numbers plain, dates as 2024-02-29, times as 2024-02-29T23:59:59.5 (UTC).",
        ) from error


def _typed_as(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_integer(kind):
        return "integer"
    return "decimal" if pa.types.is_decimal(kind) else "date" if pa.types.is_date(kind) else "binary"


def _moment(text: str, kind: pa.TimestampType, *, end: bool) -> int:
    digits = _UNITS[kind.unit]
    if kind.tz and text.endswith(("Z", "+00:00")):
        text = text.removesuffix("Z").removesuffix("+00:00")
    day, _, clock = text.replace(" ", "T").partition("T")
    if not clock and end:
        return _timestamp_value(day + "T23:59:59" + _fraction("9" * digits), kind)
    whole, _, fraction = clock.partition(".")
    if len(fraction) > digits:
        raise ValueError(text)
    return _timestamp_value(f"{day}T{whole or '00:00:00'}" + _fraction(fraction.ljust(digits, "0")), kind)


def _fraction(digits: str) -> str:
    return f".{digits}" if digits else ""


def check_lookback(name: str, lookback: str | int | None) -> None:
    """Raise `DataError` HYG303 for a lookback that a watermark of this type cannot have."""
    kind = arrow_type(name)
    some = _timestamp_text(0, kind) if pa.types.is_timestamp(kind) else "2000-01-01"
    minus(some if pa.types.is_temporal(kind) else "0", name, lookback)


def minus(text: str, name: str, lookback: str | int | None) -> str:
    """The value ``lookback`` below ``text``: a number for numbers, ``15m`` for times.

    Never below the least value of the type. Raises `DataError` where the two do not fit.
    """
    if lookback in (None, 0, "0"):
        return text
    kind = arrow_type(name)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _number_minus(text, kind, lookback)
    span = _span(lookback)
    if span is None or not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise DataError(
            f"lookback {lookback!r} does not fit a watermark of type {name}",
            code="HYG303",
            remedy="Write a number for numbers, a time such as 15m, 2h or 1d for times; "
            "strings and binary values have no lookback.",
        )
    if pa.types.is_date(kind):
        days = -(-span // timedelta(days=1))  # a part of a day is a whole day back
        return date.fromordinal(max(1, date.fromisoformat(text).toordinal() - days)).isoformat()
    zeros = _fraction("0" * _UNITS[kind.unit])
    least = max(-(2**63), _timestamp_value("0001-01-01T00:00:00" + zeros, kind))
    back = span // timedelta(microseconds=1) * 10 ** _UNITS[kind.unit]
    value = _timestamp_value(text, kind) - -(-back // 10**6)
    return _timestamp_text(max(least, value), kind)


def _number_minus(text: str, kind: pa.DataType, lookback: str | int | None) -> str:
    try:
        value = _EXACT.subtract(Decimal(text), Decimal(str(lookback)))
    except ArithmeticError:
        raise DataError(
            f"lookback {lookback!r} is no number, the watermark is of type {kind}",
            code="HYG303",
            remedy="Write watermark.lookback as a number in the column's own unit.",
        ) from None
    if pa.types.is_integer(kind):
        bits = kind.bit_width
        least = 0 if str(kind).startswith("u") else -(2 ** (bits - 1))
        return str(max(least, math.floor(value)))
    return format(value, "f")


def _span(lookback: str | int | None) -> timedelta | None:
    match = _SPAN.fullmatch(str(lookback).strip())
    if match is None:
        return None
    number, unit = int(match[1]), match[2]
    if unit in ("us", "ms"):
        return timedelta(microseconds=number * (1 if unit == "us" else 1000))
    return timedelta(seconds=number * _SECONDS[unit])


def greatest(values: pa.Array, floor: pa.Scalar | None = None) -> pa.Scalar | None:
    """The greatest value of an array and ``floor``; None if there is none."""
    import pyarrow.compute as pc  # a tenth of a small run's time, and most runs have no watermark

    top = pc.max(values) if len(values) > values.null_count else None
    if top is None or floor is None:
        return top if floor is None else floor
    return top if less(floor, top) else floor


def less(one: pa.Scalar, other: pa.Scalar) -> bool:
    """Whether a value comes before another of its type; a NaN never does."""
    import pyarrow.compute as pc  # as in `greatest`

    return bool(pc.less(one, other).as_py())


def later(one: str, other: str, name: str) -> str:
    """The greater of two values of one type."""
    kind = arrow_type(name)
    return one if less(from_text(other, kind), from_text(one, kind)) else other
