"""Arrow values as text and back, exactly: what CSV and NDJSON files hold.

Numbers are plain digits (decimals never with an exponent), floats the shortest text that gives the
same bits, times ISO 8601 with all digits of their unit (``2024-02-29T23:59:59.123456``, with ``Z`` behind
an instant), binary values base64, durations the count of their unit, booleans true and false.
"""

from __future__ import annotations

import base64
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["flat", "parsed", "plain_type", "written"]


def flat(kind: pa.DataType) -> bool:
    """Whether values of the type are single values."""
    return not pa.types.is_nested(plain_type(kind))


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without dictionary encoding."""
    return plain_type(kind.value_type) if pa.types.is_dictionary(kind) else kind


def written(values: pa.Array) -> pa.Array:
    """The text of each flat value; null stays null."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return written(values.dictionary_decode())
    if pa.types.is_string(kind):
        return values
    if pa.types.is_decimal(kind):
        return _decimals(values)
    if pa.types.is_timestamp(kind):
        return _moments(values)
    if _is_binary(kind):
        texts = [None if v is None else base64.b64encode(v).decode("ascii") for v in values.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(pa.string())
    if pa.types.is_float16(kind):
        values = values.cast(pa.float32())
    if pa.types.is_date64(kind):
        values = values.cast(pa.date32())
    return values.cast(pa.string())


def parsed(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values behind `written`; raises `ValueError` (`pa.ArrowInvalid`) for a text that has none."""
    if pa.types.is_string(kind):
        return texts
    if pa.types.is_dictionary(kind):
        return parsed(texts, kind.value_type).cast(kind)
    if _is_binary(kind):
        found = [None if t is None else base64.b64decode(t, validate=True) for t in texts.to_pylist()]
        return pa.array(found, kind)
    if pa.types.is_boolean(kind):
        return _booleans(texts)
    if pa.types.is_duration(kind):
        return texts.cast(pa.int64()).cast(kind)
    if pa.types.is_float16(kind):
        return texts.cast(pa.float32()).cast(kind)
    if pa.types.is_date64(kind):
        return texts.cast(pa.date32()).cast(kind)
    if pa.types.is_null(kind):
        if texts.null_count < len(texts):
            raise pa.ArrowInvalid("a value in a column that has none")
        return pa.nulls(len(texts))
    if pa.types.is_time(kind):
        moments = pc.binary_join_element_wise("1970-01-01", texts, "T")
        return moments.cast(pa.timestamp(kind.unit)).cast(kind)
    return texts.cast(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _decimals(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.string())
    odd = pc.fill_null(pc.match_substring(texts, "E"), False)
    if not pc.any(odd).as_py():
        return texts
    plain = [None if v is None else format(v, "f") for v in values.filter(odd).to_pylist()]
    return pc.replace_with_mask(texts, odd, pa.array(plain, pa.string()))


def _moments(values: pa.Array) -> pa.Array:
    zone = values.type.tz
    naive = values.cast(pa.timestamp(values.type.unit)) if zone is None else _in_utc(values)
    texts = pc.replace_substring(naive.cast(pa.string()), " ", "T")
    return texts if zone is None else pc.binary_join_element_wise(texts, "Z", "")


def _in_utc(values: pa.Array) -> pa.Array:
    return values.view(pa.int64()).view(pa.timestamp(values.type.unit))


def _booleans(texts: pa.Array) -> pa.Array:
    words = pc.utf8_lower(texts)
    true, false = (pc.is_in(words, pa.array(found)) for found in (["true", "1"], ["false", "0"]))
    known: Any = pc.or_(pc.or_(true, false), pc.is_null(texts))
    if not pc.all(known).as_py():
        raise pa.ArrowInvalid("neither true nor false")
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.bool_()), true)
