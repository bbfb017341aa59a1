"""Values of SQLite to Arrow arrays in pure Python: the reference for what fits a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from hygge_sqlite.quick import Text, quick
from hygge_sqlite.types import Column

__all__ = ["Misfit", "Text", "array", "convert", "shape_of"]

EXACT_INTEGER = 2**53  # beyond it not every integer is a float64
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6})?)?")
_ZONED = re.compile(
    r"(\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|[+-]\d\d:?[0-5]\d)"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


class Misfit(Exception):
    """A value does not fit its column; the row is named by whoever knows it."""

    def __init__(self, column: Column) -> None:
        super().__init__(column.name)
        self.column = column


def array(column: Column, values: Sequence[Any], instead: Callable[[Any], Any] | None = None) -> pa.Array:
    """The values of one column; ``instead`` gives what a misfit becomes, else `Misfit` is raised."""
    whole = quick(column, values)
    if whole is not None:
        return whole
    made = []
    for value in values:
        try:
            made.append(None if value is None else convert(column, value))
        except ValueError:
            if instead is None:
                raise Misfit(column) from None
            made.append(instead(value))
    try:
        return pa.array(made, column.type)
    except (pa.ArrowInvalid, OverflowError):  # an integer beyond the declared width
        raise Misfit(column) from None


def convert(column: Column, value: Any) -> Any:
    """One value that is not null as Arrow takes it; raises ValueError if it does not fit."""
    return _CONVERT[column.kind](column, value)


def shape_of(text: str) -> str:
    """A text with every digit as 0: texts of one shape sort as what they say."""
    return re.sub(r"[0-9]", "0", text)


def _integer(column: Column, value: Any) -> int:
    if type(value) is not int:
        raise ValueError
    if column.type != pa.int64() and not pa.types.is_timestamp(column.type):
        pa.scalar(value, column.type)  # raises an ArrowInvalid, a ValueError, out of range
    return value


def _real(column: Column, value: Any) -> float:
    if type(value) is int and abs(value) <= EXACT_INTEGER:
        return float(value)
    if type(value) is not float:
        raise ValueError
    return value


def _boolean(column: Column, value: Any) -> bool:
    if type(value) is not int or value not in (0, 1):
        raise ValueError
    return bool(value)


def _text(column: Column, value: Any) -> str:
    if type(value) not in (Text, str):
        raise ValueError
    decoded = value if isinstance(value, str) else value.decode("utf-8")
    if column.shape is not None and shape_of(decoded) != column.shape:
        raise ValueError
    return decoded


def _blob(column: Column, value: Any) -> bytes:
    if type(value) is not bytes:
        raise ValueError
    return value


def _date(column: Column, value: Any) -> date:
    text = _text(column, value)
    if not _DATE.fullmatch(text) or not text.isascii():
        raise ValueError
    return date.fromisoformat(text)


def _timestamp(column: Column, value: Any) -> datetime:
    text = _text(column, value)
    if not _TIME.fullmatch(text) or not text.isascii():
        raise ValueError
    return datetime.fromisoformat(text)


def _zoned(column: Column, value: Any) -> datetime:
    text = _text(column, value)
    match = _ZONED.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError
    try:
        return datetime.fromisoformat(match[1] + match[2]).astimezone(UTC)
    except OverflowError:  # beyond the years 1 to 9999 in UTC
        raise ValueError from None


def _decimal(column: Column, value: Any) -> Decimal:
    precision, scale = column.type.precision, column.type.scale
    if type(value) is float:
        found = _decimal_of_real(value, scale)
    elif type(value) is int:
        found = Decimal(value)
    else:
        text = _text(column, value)
        if not _DECIMAL.fullmatch(text) or not text.isascii():
            raise ValueError
        whole, point, places = text.partition(".")
        found = Decimal(f"{whole}.{places.rstrip('0')}0" if point else whole)  # however many zeros end it
    return _fitted(found, precision, scale)


def _decimal_of_real(value: float, scale: int) -> Decimal:
    """The decimal of at most 15 digits that reads back as this very double; else there is none."""
    if scale > 22:  # 10 ** 23 is no double
        raise ValueError
    scaled = value * 10.0**scale
    if not abs(scaled) < 1e15:
        raise ValueError
    whole = round(scaled)
    if abs(whole) >= 10**15 or whole / 10.0**scale != value:
        raise ValueError
    return Decimal(whole).scaleb(-scale)


def _fitted(found: Decimal, precision: int, scale: int) -> Decimal:
    sign, digits, exponent = found.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError
    shift = exponent + scale
    number = int("".join(map(str, digits)) or "0")
    if shift < 0:
        number, rest = divmod(number, 10**-shift)
        if rest:
            raise ValueError
    else:
        number *= 10**shift
    if number >= 10**precision:
        raise ValueError
    return Decimal((sign, tuple(map(int, str(number))), -scale))


_CONVERT: dict[str, Callable[[Column, Any], Any]] = {
    "i": _integer,
    "f": _real,
    "b": _boolean,
    "s": _text,
    "x": _blob,
    "d": _date,
    "t": _timestamp,
    "z": _zoned,
    "m": _decimal,
}
