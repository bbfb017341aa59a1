"""How the columns of one Parquet file are compressed, judged by its first rows.

Digests, UUIDs and other random texts don't get smaller, yet trying costs as much as all other work
on them. They are written plain: what every Parquet reader reads, since each column chunk names its codec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa

__all__ = ["column_options"]

SAMPLE = 65_536  # bytes of values that are tried
ENOUGH = 4_096  # fewer say nothing
WORTH_IT = 0.95  # compressed to more than this part of its size: not worth its time


def column_options(first: pa.RecordBatch | None, codec: str, level: int | None) -> Mapping[str, Any]:
    """Options of `pyarrow.parquet.ParquetWriter` for a file that begins with ``first``, or has no rows."""
    same: dict[str, Any] = {"compression": codec}
    if level is not None:
        same["compression_level"] = level
    if first is None or codec == "none" or any(pa.types.is_nested(kind) for kind in first.schema.types):
        return same  # the parts of a nested column have paths of their own
    random = {
        name for name, values in zip(first.schema.names, first.columns, strict=True) if _random(values, codec)
    }
    if not random:
        return same
    rest = [name for name in first.schema.names if name not in random]
    options: dict[str, Any] = {
        "compression": {name: "none" if name in random else codec for name in first.schema.names},
        "use_dictionary": rest,
    }
    if level is not None:
        options["compression_level"] = dict.fromkeys(rest, level)
    return options


def _random(values: pa.Array, codec: str) -> bool:
    data = _bytes(values)
    if data is None or data.size < ENOUGH:
        return False
    return bool(len(pa.Codec(codec).compress(data)) > WORTH_IT * data.size)


def _bytes(values: pa.Array) -> pa.Buffer | None:
    """The first values of a string or binary column, as they lie one behind the other."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        width: Literal["i", "q"] = "i"
    elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        width = "q"
    else:
        return None
    _, offsets, data = values.buffers()
    if offsets is None or data is None or not len(values):
        return None
    places = memoryview(offsets).cast(width)
    first, last = places[values.offset], places[values.offset + len(values)]
    return data.slice(first, min(last - first, SAMPLE))
