"""Arrow values as JSON, exactly; nested ones, too. Column by column, without an object a value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hygge.files.text import flat, plain_type, written

__all__ = ["json_text"]

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROLS = [chr(n) for n in range(32) if chr(n) not in _ESCAPES]


def json_text(values: pa.Array) -> pa.Array:
    """The JSON of each value; of a null the word null. Raises `pa.ArrowInvalid` for NaN and infinity."""
    kind = plain_type(values.type)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_struct(kind):
        found = _objects(values)
    elif pa.types.is_map(kind):
        found = _maps(values)
    elif not flat(kind):
        found = _lists(values)
    elif pa.types.is_floating(kind):
        found = _floats(values)
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        found = written(values).cast(pa.large_string())
    else:
        found = _quoted(written(values).cast(pa.large_string()))
    return pc.fill_null(found, pa.scalar("null", pa.large_string()))


def _floats(values: pa.Array) -> pa.Array:
    if not pc.all(pc.fill_null(pc.is_finite(values), True), min_count=0).as_py():
        raise pa.ArrowInvalid("NaN or infinity, for which JSON has no word")
    return written(values).cast(pa.large_string())


def _quoted(texts: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(texts, r'[\x00-\x1f"\\]')).as_py():
        for mark, escape in _ESCAPES.items():
            texts = pc.replace_substring(texts, mark, escape)
        for mark in _CONTROLS if pc.any(pc.match_substring_regex(texts, r"[\x00-\x1f]")).as_py() else ():
            texts = pc.replace_substring(texts, mark, f"\\u{ord(mark):04x}")
    return _joined('"', texts, '"')


def _objects(values: pa.StructArray) -> pa.Array:
    parts: list[pa.Array | str] = []
    for field, column in zip(values.type, values.flatten(), strict=True):
        parts += [f"{',' if parts else '{'}{_key(field.name)}:", json_text(column)]
    if not parts:
        return pa.repeat(pa.scalar("{}", pa.large_string()), len(values))
    return _where(values, _joined(*parts, "}"))


def _lists(values: pa.Array) -> pa.Array:
    if pa.types.is_fixed_size_list(values.type) or not pa.types.is_list(values.type):
        values = values.cast(pa.list_(values.type.value_type))
    return _joined("[", _gathered(values, json_text(values.flatten())), "]")


def _maps(values: pa.MapArray) -> pa.Array:
    plain = values.cast(
        pa.list_(pa.struct([("key", values.type.key_type), ("value", values.type.item_type)]))
    )
    entries = plain.flatten()
    keys = _quoted(written(entries.field("key")).cast(pa.large_string()))
    pairs = _joined(keys, ":", json_text(entries.field("value")))
    return _joined("{", _gathered(plain, pairs), "}")


def _gathered(values: pa.ListArray, texts: pa.Array) -> pa.Array:
    """The texts of each list's items with commas between; null for a null list."""
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    found = pc.binary_join(pa.ListArray.from_arrays(offsets, texts.cast(pa.string())), ",")
    return _where(values, found.cast(pa.large_string()))


def _where(values: pa.Array, texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(values), texts, pa.scalar(None, pa.large_string()))


def _joined(*parts: pa.Array | str) -> pa.Array:
    plain = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*plain, pa.scalar("", pa.large_string()))


def _key(name: str) -> str:
    text: str = _quoted(pa.array([name], pa.large_string()))[0].as_py()
    return text
