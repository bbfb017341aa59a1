"""Arrow values as text and back, exactly: what CSV and NDJSON files hold.

Numbers are plain digits (decimals never with an exponent), floats the shortest text that gives the
same bits, times ISO 8601 with all digits of their unit (``2024-02-29T23:59:59.123456``, with ``Z`` behind
an instant), binary values base64, durations the count of their unit, booleans true and false.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["flat", "has_hexadecimal", "parsed", "plain_type", "written"]

_FIRST_SECOND = r"^1677-09-21[T ]00:12:43\.[0-9]{9}"  # of timestamp[ns], which Arrow does not read


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
        return _polars(values.cast(pa.large_binary())).bin.encode("base64").to_arrow().cast(pa.string())
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(pa.string())
    if isinstance(kind, pa.BaseExtensionType):
        return written(values.storage)
    if pa.types.is_floating(kind):
        return _shortest(values)
    if pa.types.is_date(kind):
        values = _within_years(values.cast(pa.date32()))
    return values.cast(pa.string())


def parsed(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values behind `written`; raises `ValueError` (`pa.ArrowInvalid`) for a text that has none."""
    if pa.types.is_string(kind):
        return texts
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, parsed(texts, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return parsed(texts, kind.value_type).dictionary_encode().cast(kind)
    if _is_binary(kind):
        return _decoded(texts).cast(kind)
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
    if pa.types.is_floating(kind):
        return _floats(texts, kind)
    if pa.types.is_integer(kind) and has_hexadecimal(texts):
        raise pa.ArrowInvalid("a text that is hexadecimal, or no number")
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return pc.utf8_trim(texts, " \t").cast(kind)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return _nanoseconds(texts, kind)
    return texts.cast(kind)


def _nanoseconds(texts: pa.Array, kind: pa.TimestampType) -> pa.Array:
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        shape = f"{_FIRST_SECOND}{'' if kind.tz is None else 'Z'}$"
        first = pc.fill_null(pc.match_substring_regex(texts, shape), False)
        if not pc.any(first).as_py():
            raise
    rest = pc.if_else(first, pa.scalar(None, pa.string()), texts).cast(kind)
    found = [int(text.rstrip("Z")[-9:]) - 9_223_372_037 * 10**9 for text in texts.filter(first).to_pylist()]
    if min(found) < -(2**63):
        raise pa.ArrowInvalid(f"a time before the first {kind}")
    return pc.replace_with_mask(rest, first, pa.array(found, pa.int64()).cast(kind))


def has_hexadecimal(texts: pa.Array) -> bool:
    """Whether Arrow would take one of the texts, such as ``0x10``, for an integer all the same."""
    return bool(pc.any(pc.match_substring_regex(texts, "0[xX]")).as_py())


def _floats(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    found = pc.utf8_trim(texts, " \t").cast(kind)
    if pc.any(pc.and_(pc.is_inf(found), pc.match_substring_regex(texts, "[0-9]"))).as_py():
        raise pa.ArrowInvalid(f"a number is greater than any {kind}")
    return found


def _polars(values: pa.Array) -> Any:
    import polars as pl

    return pl.Series(pl.from_arrow(values))


def _decoded(texts: pa.Array) -> pa.Array:
    from polars.exceptions import PolarsError

    try:
        return _polars(texts).str.decode("base64", strict=True).to_arrow()
    except PolarsError as error:
        raise pa.ArrowInvalid("a text is no base64") from error


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
    naive = _within_years(values if zone is None else _in_utc(values))
    texts = pc.replace_substring(naive.cast(pa.string()), " ", "T")
    return texts if zone is None else pc.binary_join_element_wise(texts, "Z", "")


def _shortest(values: pa.Array) -> pa.Array:
    """The shortest text that gives the same bits, with a point or an exponent: it stays a float."""
    values = values.cast(pa.float32()) if pa.types.is_float16(values.type) else values
    return _polars(values).cast(str).to_arrow().cast(pa.string())


def _within_years(values: pa.Array) -> pa.Array:
    """The same dates or moments; raises `pa.ArrowInvalid` where ISO 8601 has no year for one."""
    if pa.types.is_timestamp(values.type) and values.type.unit == "ns":
        return values  # they end long before
    ends = pc.min_max(values)
    kind = values.type
    first, last = (
        pa.scalar(text, pa.string()).cast(pa.date32()).cast(pa.timestamp("s")).cast(kind)
        for text in ("0001-01-01", "9999-12-31")
    )
    day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6}[kind.unit] if pa.types.is_timestamp(kind) else 1
    least, most = (ends[name].cast(pa.date32() if day == 1 else kind).value for name in ("min", "max"))
    if least is not None and (least < first.value or most >= last.value + day):
        raise pa.ArrowInvalid("a time outside the years 1 to 9999, which ISO 8601 cannot say")
    return values


def _in_utc(values: pa.Array) -> pa.Array:
    return values.view(pa.int64()).view(pa.timestamp(values.type.unit))


def _booleans(texts: pa.Array) -> pa.Array:
    words = pc.utf8_lower(texts)
    true, false = (pc.is_in(words, pa.array(found)) for found in (["true", "1"], ["false", "0"]))
    known: Any = pc.or_(pc.or_(true, false), pc.is_null(texts))
    if not pc.all(known).as_py():
        raise pa.ArrowInvalid("neither true nor false")
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.bool_()), true)
