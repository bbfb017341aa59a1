"""JSON values to Arrow, exactly; and the type that values have which nobody declared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from hygge.errors import DataError
from hygge.files.rounding import refuse_rounded
from hygge.files.sampling import kind_of
from hygge.files.text import flat, parsed, plain_type

__all__ = ["Fraction", "converted", "from_json", "is_native", "kind_of_values"]

DEEPEST = 40  # levels of lists and objects; a list is two in Parquet, and from 100 on nobody reads its files
_NATIVE = (
    pa.types.is_integer,
    pa.types.is_float32,
    pa.types.is_float64,
    pa.types.is_decimal128,
    pa.types.is_boolean,
    pa.types.is_string,
)
_text = msgspec.json.Decoder(str).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_pairs = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Fraction(str):
    """A number as its text, told from a string."""

    __slots__ = ()


def is_native(kind: pa.DataType) -> bool:
    """Whether Arrow's parser reads values of the type exactly, and nothing else for them."""
    if pa.types.is_list(kind):
        return is_native(kind.value_type)
    if pa.types.is_struct(kind):
        return all(is_native(field.type) for field in kind)
    return any(check(kind) for check in _NATIVE)


def converted(raw: Sequence[msgspec.Raw | None], kind: pa.DataType, *, exact: bool = False) -> pa.Array:
    """The values behind pieces of JSON; raises `ValueError` for one that is no ``kind``.

    A column of strings takes any value, a number or an object as its JSON text. With ``exact`` a number
    that a float would round is no float.
    """
    values = [None if one is None or bytes(one) == b"null" else one for one in raw]
    if pa.types.is_struct(kind):
        return _structs(values, kind, exact=exact)
    if pa.types.is_map(kind):
        return _maps(values, kind, exact=exact)
    if not flat(kind):
        return _lists(values, kind, exact=exact)
    texts = pa.array([_flat_text(one, plain_type(kind)) for one in values], pa.string())
    if exact:
        refuse_rounded(texts, kind)
    return parsed(texts, kind)


def from_json(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The nested values behind whole JSON texts; raises `ValueError` for one that is no ``kind``."""
    raw = [None if text is None else msgspec.Raw(text.encode()) for text in texts.to_pylist()]
    return converted(raw, kind)


def _flat_text(one: msgspec.Raw | None, kind: pa.DataType) -> str | None:
    if one is None:
        return None
    plain = bytes(one)
    quoted = plain[:1] == b'"'
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _text(plain) if quoted else plain.decode()
    number = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    if plain[:1] in b"[{" or (quoted and number) or not (quoted or number or _counts(kind)):
        raise pa.ArrowInvalid(f"no {kind}")
    if pa.types.is_boolean(kind) != (plain in (b"true", b"false")):
        raise pa.ArrowInvalid(f"no {kind}")
    return _text(plain) if quoted else plain.decode()


def _counts(kind: pa.DataType) -> bool:
    """Whether a value may be a number as well as a text."""
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_duration(kind))


def _structs(values: Sequence[msgspec.Raw | None], kind: pa.StructType, *, exact: bool) -> pa.Array:
    rows: list[dict[str, msgspec.Raw]] = [{} if one is None else _pairs(one) for one in values]
    known = {field.name for field in kind}
    if any(key not in known for row in rows for key in row):
        raise pa.ArrowInvalid(f"a key that is not in {kind}")
    columns = [converted([row.get(field.name) for row in rows], field.type, exact=exact) for field in kind]
    nulls = pa.array([one is None for one in values], pa.bool_())
    return pa.StructArray.from_arrays(columns, fields=list(kind), mask=nulls)


def _lists(values: Sequence[msgspec.Raw | None], kind: pa.DataType, *, exact: bool) -> pa.Array:
    rows = [None if one is None else _items(one) for one in values]
    found = converted([item for row in rows if row for item in row], kind.value_type, exact=exact)
    plain = pa.ListArray.from_arrays(_offsets(rows), found)
    return plain if plain.type.equals(kind) else plain.cast(kind)


def _maps(values: Sequence[msgspec.Raw | None], kind: pa.MapType, *, exact: bool) -> pa.Array:
    rows = [None if one is None else _pairs(one) for one in values]
    keys = parsed(pa.array([key for row in rows if row for key in row], pa.string()), kind.key_type)
    items = converted([item for row in rows if row for item in row.values()], kind.item_type, exact=exact)
    return pa.MapArray.from_arrays(_offsets(rows), keys, items).cast(kind)


def _offsets(rows: Sequence[Any]) -> pa.Array:
    ends: list[int | None] = []
    at = 0
    for row in rows:
        ends.append(None if row is None else at)  # where a value is null its offset is, too
        at += len(row or ())
    return pa.array([*ends, at], pa.int32())


# -- types that nobody declared -------------------------------------------------------------------


def kind_of_values(
    name: str, values: Sequence[Any], within: str | None = None, depth: int = 0
) -> pa.DataType:
    """The type that all values of a key have; numbers with a fraction come as text.

    Strings that are all times are times. ``within``: the key of a line that it lies in, ``depth`` deep.
    Raises `DataError` HYG305 where values are of several kinds, or nested deeper than Arrow's schemas go.
    """
    whole = name if within is None else within
    text = f"Declare {whole!r} as text, which its JSON then is: home: {{types: {{{whole}: string}}}}."
    if depth > DEEPEST:
        message = f"the values of the key {whole!r} are nested more than {DEEPEST} deep"
        raise DataError(message, code="HYG305", remedy=text, column=whole)
    found = [value for value in values if value is not None]
    kinds = {_kind(value) for value in found}
    if not kinds:
        return pa.string()
    if kinds == {"string"}:
        kind = kind_of([pa.array(found, pa.string())])
        return kind if pa.types.is_temporal(kind) else pa.string()
    if kinds == {"number"}:
        return kind_of([pa.array([str(value) for value in found], pa.string())])
    if kinds == {"boolean"}:
        return pa.bool_()
    if kinds == {"array"}:
        return pa.list_(
            kind_of_values(f"{name}[]", [item for value in found for item in value], whole, depth + 1)
        )
    if kinds == {"object"}:
        keys = dict.fromkeys(key for value in found for key in value)
        if not keys:  # no store has a type without fields
            return pa.string()
        return pa.struct(
            [
                (key, kind_of_values(f"{name}.{key}", [value.get(key) for value in found], whole, depth + 1))
                for key in keys
            ]
        )
    raise DataError(
        f"the key {name!r} has values of several kinds: {', '.join(sorted(kinds))}",
        code="HYG305",
        remedy=text,
        column=whole,
    )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Fraction):  # before text: it is one
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
