"""Values of SQLite to Arrow arrays in pure Python: the reference for what fits a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from hygge_sqlite.quick import Text, quick
from hygge_sqlite.types import DIGITS, Column

__all__ = ["Misfit", "Text", "array", "convert", "narrowed", "shape_of"]

EXACT_INTEGER = 2**53  # beyond it not every integer is a float64
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?")
_ZONE = re.compile(r" ?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))")
_EPOCH = date(1970, 1, 1).toordinal()
_SPAN = (date.min.toordinal(), date.max.toordinal())
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
        if column.kind == "f":
            return narrowed(column, pa.array(made, pa.float64()))
        return pa.array(made, column.type)
    except (pa.ArrowInvalid, OverflowError):  # an integer beyond the declared width
        raise Misfit(column) from None


def narrowed(column: Column, values: pa.Array) -> pa.Array:
    """The values, read wide, in the column's own type; raises `Misfit` if one does not fit exactly."""
    try:
        if column.kind == "c":
            return values.cast(pa.int32()).view(column.type)
        made = values.cast(column.type)
    except pa.ArrowInvalid:
        raise Misfit(column) from None
    if column.kind == "f" and not made.cast(values.type).equals(values):
        raise Misfit(column)
    return made


def convert(column: Column, value: Any) -> Any:
    """One value that is not null as Arrow takes it; raises ValueError if it does not fit."""
    return _CONVERT[column.kind](column, value)


def shape_of(text: str) -> str:
    """A text with every digit as 0: texts of one shape sort as what they say."""
    return re.sub(r"[0-9]", "0", text)


def _integer(column: Column, value: Any) -> int:
    if type(value) is not int:
        raise ValueError
    if pa.types.is_integer(column.type) and column.type != pa.int64():
        pa.scalar(value, column.type)  # raises an ArrowInvalid, a ValueError, out of range
    return value


def _real(column: Column, value: Any) -> float:
    if type(value) is int and abs(value) <= EXACT_INTEGER:
        value = float(value)
    if type(value) is not float:
        raise ValueError
    if column.type != pa.float64() and pa.scalar(value).cast(column.type).cast(pa.float64()).as_py() != value:
        raise ValueError
    return value


def _unsigned(column: Column, value: Any) -> int:
    if type(value) is bytes and len(value) == 8 and value[0] >= 0x80:
        return int.from_bytes(value, "big")
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _null(column: Column, value: Any) -> None:
    raise ValueError


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
    if pa.types.is_fixed_size_binary(column.type) and len(value) != column.type.byte_width:
        raise ValueError
    return value


def _date(column: Column, value: Any) -> date:
    text = _text(column, value)
    if not _DATE.fullmatch(text) or not text.isascii():
        raise ValueError
    return date.fromisoformat(text)


def _timestamp(column: Column, value: Any) -> int:
    return _moment(column, _text(column, value), 0)


def _zoned(column: Column, value: Any) -> int:
    text = _text(column, value)
    at = 16 + len(text[16:]) - len(text[16:].lstrip("0123456789:."))
    match = _ZONE.fullmatch(text[at:])
    if match is None:
        raise ValueError
    late = (int(match[2]) * 60 + int(match[3])) * 60 if match[1] else 0
    return _moment(column, text[:at], -late if match[1] == "-" else late)


def _moment(column: Column, text: str, late: int) -> int:
    """Units since 1970, ``late`` seconds taken off; the years 1 to 9999 as far as 64 bits hold them."""
    if not text.isascii() or text[10:11] not in ("T", " ") or not _DATE.fullmatch(text[:10]):
        raise ValueError
    tens: int = 10 ** DIGITS[column.type.unit]
    days = date.fromisoformat(text[:10]).toordinal()
    found = (days - _EPOCH) * 86_400 * tens - late * tens + _clock_units(column, text[11:])
    if not _SPAN[0] <= found // (86_400 * tens) + _EPOCH <= _SPAN[1] or not -(2**63) <= found < 2**63:
        raise ValueError
    return found


def _clock(column: Column, value: Any) -> int:
    return _clock_units(column, _text(column, value))


def _clock_units(column: Column, text: str) -> int:
    match = _CLOCK.fullmatch(text)
    places = DIGITS[column.type.unit]
    if match is None or not text.isascii() or len(match[4] or "") > places:
        raise ValueError
    second = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3] or 0)
    units: int = second * 10**places + int((match[4] or "").ljust(places, "0") or 0)
    return units


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
    "u": _unsigned,
    "n": _null,
    "c": _clock,
    "f": _real,
    "b": _boolean,
    "s": _text,
    "x": _blob,
    "d": _date,
    "t": _timestamp,
    "z": _zoned,
    "m": _decimal,
}
