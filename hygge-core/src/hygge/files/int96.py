"""INT96, Parquet's legacy timestamps: nanoseconds over years that 64 bits of them cannot count.

They are read in microseconds, since in nanoseconds a year such as 9999 would wrap to another one. What is
finer than that would be cut without a word, so it is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from hygge.errors import DataError

__all__ = ["legacy_columns", "refuse_finer"]

COUNTABLE = (2**63 - 1) // 1000  # microseconds from 1970 that nanoseconds reach, either way


def legacy_columns(metadata: pq.FileMetaData, names: Iterable[str]) -> Sequence[str]:
    """Those of the columns that hold INT96, also within a list or struct."""
    leaves = (metadata.schema.column(n) for n in range(metadata.num_columns))
    found = {leaf.path.partition(".")[0] for leaf in leaves if leaf.physical_type == "INT96"}
    return [name for name in names if name in found] if found else []


def refuse_finer(
    coarse: pq.ParquetFile, fine: pq.ParquetFile, groups: Sequence[int], columns: Sequence[str], address: str
) -> None:
    """Raise `DataError` HYG301 where a value of the columns is finer than a microsecond.

    ``coarse`` and ``fine`` are one file, read in microseconds and in nanoseconds.
    """
    for group in groups:
        for name in columns:
            pair = (file.read_row_group(group, columns=[name]).column(0) for file in (coarse, fine))
            for micros, nanos in zip(*map(_instants, pair), strict=True):
                if _finer(micros, nanos):
                    raise DataError(
                        f"{address}: the column {name!r} holds INT96 timestamps finer than a microsecond",
                        code="HYG301",
                        remedy="Write the file anew with timestamps of 64 bits (timestamp[ns]), or leave the "
                        "column out with columns.",
                        path=address,
                        column=name,
                    )


def _finer(micros: pa.Array, nanos: pa.Array) -> bool:
    import pyarrow.compute as pc  # slow to import, and few files are that old

    within = pc.and_(pc.less_equal(micros, COUNTABLE), pc.greater_equal(micros, -COUNTABLE))
    cut = pc.not_equal(nanos, pc.multiply(pc.if_else(within, micros, 0), 1000))
    return bool(pc.any(pc.and_(within, cut)).as_py())


def _instants(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """The timestamps of a column, however nested, as integers."""
    for chunk in column.chunks:
        yield from _leaves(chunk)


def _leaves(values: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_timestamp(values.type):
        yield values.cast(pa.int64())
    elif pa.types.is_struct(values.type):
        for child in values.flatten():
            yield from _leaves(child)
    elif pa.types.is_map(values.type):
        yield from _leaves(values.keys)
        yield from _leaves(values.items)
    elif pa.types.is_nested(values.type):
        yield from _leaves(values.flatten())
