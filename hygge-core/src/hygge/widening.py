"""Which Arrow types hold every value of another, exactly; nothing here rounds or guesses."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["same", "widens", "widest"]

_UNITS = ("s", "ms", "us", "ns")
_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}  # decimal digits of the greatest integer of so many bits
_MANTISSA = {16: 11, 32: 24, 64: 53}  # integers of so many bits are exact in a float of that width


def same(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether two types hold the same values and differ in layout at most (string, large_string)."""
    return bool(_plain(one).equals(_plain(other)))


def widens(narrow: pa.DataType, wide: pa.DataType) -> bool:
    """Whether each value of ``narrow`` is exactly a value of ``wide``."""
    narrow, wide = _plain(narrow), _plain(wide)
    if narrow.equals(wide) or pa.types.is_null(narrow):
        return True
    if pa.types.is_integer(narrow):
        return _widens_integer(narrow, wide)
    if pa.types.is_floating(narrow):
        return bool(pa.types.is_floating(wide) and wide.bit_width >= narrow.bit_width)
    if pa.types.is_decimal(narrow):
        return bool(
            pa.types.is_decimal(wide)
            and wide.scale >= narrow.scale
            and wide.precision - wide.scale >= narrow.precision - narrow.scale
        )
    if pa.types.is_timestamp(narrow):
        return pa.types.is_timestamp(wide) and narrow.tz == wide.tz and _finer(narrow, wide)
    if pa.types.is_time(narrow):
        return pa.types.is_time(wide) and _UNITS.index(narrow.unit) <= _UNITS.index(wide.unit)
    return bool(pa.types.is_date32(narrow) and pa.types.is_date64(wide)) or bool(
        pa.types.is_fixed_size_binary(narrow) and pa.types.is_binary(wide)
    )


def widest(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The least type that holds all values of both, or None if there is none."""
    if widens(one, other):
        return other
    if widens(other, one):
        return one
    if pa.types.is_decimal(one) and pa.types.is_decimal(other):
        scale = max(one.scale, other.scale)
        digits = max(one.precision - one.scale, other.precision - other.scale) + scale
        return (pa.decimal128 if digits <= 38 else pa.decimal256)(digits, scale) if digits <= 76 else None
    if pa.types.is_integer(one) and pa.types.is_integer(other):  # one has a sign, the other has not
        bits = 2 * max(kind.bit_width for kind in (one, other) if not _signed(kind))
        return pa.type_for_alias(f"int{bits}") if bits <= 64 else None
    return None


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or kind.equals(pa.string_view()):
        return pa.string()
    if pa.types.is_large_binary(kind) or kind.equals(pa.binary_view()):
        return pa.binary()
    if pa.types.is_timestamp(kind) and kind.tz in ("Etc/UTC", "GMT", "Z", "+00:00"):
        return pa.timestamp(kind.unit, "UTC")
    return kind


def _signed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_signed_integer(kind))


def _widens_integer(narrow: pa.DataType, wide: pa.DataType) -> bool:
    if pa.types.is_integer(wide):
        if _signed(narrow) == _signed(wide):
            return bool(wide.bit_width >= narrow.bit_width)
        return _signed(wide) and wide.bit_width > narrow.bit_width
    if pa.types.is_decimal128(wide):  # Arrow's cast of integers to decimal256 refuses some that fit
        return bool(wide.precision - wide.scale >= _DIGITS[narrow.bit_width])
    return bool(pa.types.is_floating(wide) and _MANTISSA[wide.bit_width] >= narrow.bit_width)


def _finer(narrow: pa.TimestampType, wide: pa.TimestampType) -> bool:
    # nanoseconds end in the year 2262: a coarser value need not fit
    return narrow.unit == wide.unit or (
        wide.unit != "ns" and _UNITS.index(narrow.unit) <= _UNITS.index(wide.unit)
    )
