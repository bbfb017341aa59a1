"""What a stored value has to become when its column's type is widened, as an SQL expression."""

from __future__ import annotations

import pyarrow as pa

from hygge.widening import widens
from hygge_sqlite.storage import declaration, is_one_way, stored_type
from hygge_sqlite.types import DIGITS

__all__ = ["widened"]


def widened(name: str, before: pa.DataType, after: pa.DataType) -> str | None:
    """The expression over the quoted column ``name`` that gives exactly the same value in the wider type.

    None where there is none: the type does not hold all values, or SQLite cannot convert them exactly.
    """
    before, after = stored_type(before), stored_type(after)
    if declaration(after) is None or is_one_way(after) or not widens(before, after):
        return None
    if pa.types.is_decimal(after):
        return _as_decimal(name, before, after)
    if pa.types.is_floating(after):
        return f"CAST({name} AS REAL)"
    if pa.types.is_timestamp(after) or pa.types.is_time(after):
        return _as_time(name, before, after)
    return name  # integers, days and bytes rest alike in all their widths


def _as_decimal(name: str, before: pa.DataType, after: pa.DataType) -> str | None:
    if pa.types.is_null(before):
        return name
    if pa.types.is_uint64(before):
        return None  # from 2^63 on they rest as bytes
    scale = before.scale if pa.types.is_decimal(before) else 0
    return f"CAST({name} AS TEXT){_more(scale, after.scale)}"


def _as_time(name: str, before: pa.DataType, after: pa.DataType) -> str:
    if pa.types.is_null(before):
        return name
    more = _more(DIGITS[before.unit], DIGITS[after.unit])
    if not more or not pa.types.is_timestamp(after) or after.tz is None:
        return f"{name}{more}"
    return f"rtrim({name}, 'Z'){more} || 'Z'"


def _more(places: int, wanted: int) -> str:
    """What is written behind digits of so many places to have as many as wanted."""
    if places == wanted:
        return ""
    return f" || '{'' if places else '.'}{'0' * (wanted - places)}'"
