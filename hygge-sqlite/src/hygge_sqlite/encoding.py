"""Arrow columns to what a writer binds: plain layouts, refused where SQLite could not give them back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from hygge.errors import DataError
from hygge_sqlite.compiled import extremes
from hygge_sqlite.storage import is_one_way

__all__ = ["as_python", "plain", "plain_type", "texts", "without_nan"]

_DAYS = (
    date.min.toordinal() - date(1970, 1, 1).toordinal(),
    date.max.toordinal() - date(1970, 1, 1).toordinal(),
)
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_UINT64_SIGN = 2**63


def plain(values: pa.Array, column: str, first_row: int, *, nan_as_null: bool) -> pa.Array:
    """The values in the one layout that the writers know; nested ones as JSON text.

    ``first_row`` is the number of the first value in its split, for the error. Raises `DataError`
    HYG301 for NaN, which SQLite would make null without a word, and for times outside the years 1 to 9999.
    """
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(values.storage, column, first_row, nan_as_null=nan_as_null)
    if pa.types.is_dictionary(kind):
        return plain(values.dictionary_decode(), column, first_row, nan_as_null=nan_as_null)
    if pa.types.is_run_end_encoded(kind):
        import pyarrow.compute as pc  # slow to import, and what most loads need goes without

        return plain(pc.run_end_decode(values), column, first_row, nan_as_null=nan_as_null)
    if kind.equals(pa.string_view()) or kind.equals(pa.binary_view()):
        return values.cast(pa.large_string() if kind.equals(pa.string_view()) else pa.large_binary())
    if is_one_way(kind):
        try:
            plainly = values.to_pylist(maps_as_pydicts=None)
        except ValueError as error:
            raise DataError(
                f"column {column!r}: times within its values are finer than a microsecond, which its JSON "
                "here could not say",
                code="HYG301",
                remedy="Leave it out with polish.drop, or give such times a column of their own.",
                column=column,
            ) from error
        return pa.array([None if v is None else _json(v) for v in plainly], pa.large_string())
    if pa.types.is_floating(kind):
        return _without_nan(values, column, first_row, nan_as_null)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _within_years(values, column, first_row)
    return values


def without_nan(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with null for each NaN."""
    import pyarrow.compute as pc  # as in `plain`

    columns = [
        pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        if pa.types.is_floating(values.type)
        else values
        for values in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the arrays that `plain` gives for one of this type."""
    return plain(pa.nulls(0, kind), "", 0, nan_as_null=False).type


def _without_nan(values: pa.Array, column: str, first_row: int, nan_as_null: bool) -> pa.Array:
    if not values.type.equals(pa.float64()):
        values = values.cast(pa.float64())
    if values.equals(values):  # with a NaN in it, it is not equal to itself
        return values
    import pyarrow.compute as pc  # as in `plain`

    wrong = pc.is_nan(values)
    if nan_as_null:
        return pc.if_else(wrong, pa.scalar(None, values.type), values)
    raise DataError(
        f"column {column!r}, row {_place(wrong, first_row)}: NaN, which SQLite would store as null",
        code="HYG301",
        remedy='Say store: {nan: "null"} to have nulls there, or correct it at the source.',
        column=column,
    )


def _within_years(values: pa.Array, column: str, first_row: int) -> pa.Array:
    if pa.types.is_date64(values.type):
        days = _whole_days(values, column, first_row)
        return _within_years(days, column, first_row)
    factor = 1 if pa.types.is_date32(values.type) else _PER_DAY[values.type.unit]
    numbers = values.view(pa.int32() if pa.types.is_date32(values.type) else pa.int64())
    low, high = _DAYS[0] * factor, (_DAYS[1] + 1) * factor - 1
    top = 2**31 if pa.types.is_date32(values.type) else 2**63
    if low < -top and high >= top:  # nanoseconds end long before
        return values
    ends = extremes(numbers)
    if ends is None or (low <= ends[0] and ends[1] <= high):
        return values
    import pyarrow.compute as pc  # as in `plain`

    wrong = pc.or_(pc.less(numbers, low), pc.greater(numbers, high))
    raise DataError(
        f"column {column!r}, row {_place(wrong, first_row)}: a time outside the years 1 to 9999, "
        "which ISO text cannot say",
        code="HYG301",
        remedy="Correct it at the source, or cast the column to int64 with polish.",
        column=column,
    )


def _whole_days(values: pa.Array, column: str, first_row: int) -> pa.Array:
    """date64 as date32; Arrow wants whole days in it, but enforces nothing."""
    import pyarrow.compute as pc  # as in `plain`

    numbers = values.view(pa.int64())
    days = pc.divide(numbers, _PER_DAY["ms"])
    wrong = pc.not_equal(pc.multiply(days, _PER_DAY["ms"]), numbers)
    if not pc.any(wrong).as_py():
        return days.cast(pa.int32(), safe=False).view(pa.date32())  # 2^63 ms are fewer than 2^37 days
    raise DataError(
        f"column {column!r}, row {_place(wrong, first_row)}: a date64 that is no whole day",
        code="HYG301",
        remedy="Cast the column to a timestamp with polish.",
        column=column,
    )


def _place(wrong: pa.Array, first_row: int) -> int:
    import pyarrow.compute as pc  # as in `plain`

    return first_row + int(pc.index(wrong, True).as_py()) + 1


# -- for the writer in Python ------------------------------------------------------------------


def as_python(values: pa.Array) -> Iterable[Any]:
    """What `sqlite3` binds for each value of an array that `plain` gave."""
    kind = values.type
    if pa.types.is_boolean(kind):
        return _listed(values.cast(pa.int8()))
    if pa.types.is_uint64(kind):
        return [_unsigned(v) for v in values.to_pylist()]
    if pa.types.is_duration(kind):
        return _listed(values.view(pa.int64()))
    if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
        return texts(values)
    return _listed(values)


def _listed(values: pa.Array) -> list[Any]:
    found: list[Any] = values.to_pylist()
    return found


def texts(values: pa.Array) -> list[str | None]:
    """Decimals and times as their texts, each with all of its type's digits."""
    kind = values.type
    if pa.types.is_decimal(kind):
        return [None if v is None else format(v, "f") for v in values.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return [None if v is None else f"{v}Z" for v in texts(values.view(pa.timestamp(kind.unit)))]
    found: list[str | None] = values.cast(pa.string()).to_pylist()
    return found


def _unsigned(value: int | None) -> int | bytes | None:
    """Integers up to 2^63 as they are, greater ones as 8 bytes: SQLite sorts blobs behind all numbers."""
    return value if value is None or value < _UINT64_SIGN else value.to_bytes(8, "big")


def _json(value: Any) -> str:
    return json.dumps(_plain_json(value), ensure_ascii=False, separators=(",", ":"), default=_other)


def _plain_json(value: Any) -> Any:
    """Maps come as pairs and stay so, their keys need not be text; JSON knows no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: _plain_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_json(part) for part in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


def _other(value: Any) -> Any:
    for kinds, text in _JSON_TEXTS:
        if isinstance(value, kinds):
            return text(value)
    return str(value)


_JSON_TEXTS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Decimal, lambda value: format(value, "f")),
    ((datetime, date, time), lambda value: value.isoformat()),
    (timedelta, str),
    (bytes, lambda value: base64.b64encode(value).decode("ascii")),
)
