"""Rows of a statement to Arrow batches through the compiled reader, where it could be built."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from hygge_sqlite.connection import told, uri
from hygge_sqlite.statement import Select
from hygge_sqlite.types import DIGITS, Column
from hygge_sqlite.values import Misfit, narrowed

__all__ = ["VARIABLE", "open_rows", "read_native", "suits"]

VARIABLE = "HYGGE_SQLITE_READER"  # "python" leaves the compiled reader out
LONGEST_DECIMAL = 38  # digits of a decimal128


@functools.cache
def _compiled() -> Any:
    """The extension, with SQLite's functions found in the very library that Python itself uses."""
    if os.environ.get(VARIABLE) == "python" or sqlite3.threadsafety == 0:
        return None
    try:
        import _sqlite3

        from hygge_sqlite import _reader  # type: ignore[attr-defined]  # optional, compiled
    except ImportError:
        return None
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        build = connection.execute("SELECT sqlite_source_id()").fetchone()[0]
    # Without a file the module, and SQLite with it, is part of the interpreter.
    return _reader if _reader.load(getattr(_sqlite3, "__file__", None), build) else None


_LAYOUTS = {
    ("f", "double"),
    ("x", "binary"),
    ("d", "date32[day]"),
    ("t", "timestamp[us]"),
    ("z", "timestamp[us, tz=UTC]"),
}
"""What the compiled reader makes of a kind; other types of the same kind are read in Python."""


def suits(columns: Sequence[Column]) -> bool:
    """Whether the compiled reader is there and knows all of these columns."""
    return _compiled() is not None and all(map(_known, columns))


def _known(column: Column) -> bool:
    kind = column.type
    if column.kind == "m":
        return bool(pa.types.is_decimal128(kind) and kind.precision <= LONGEST_DECIMAL)
    return column.kind in "ibs" or (column.kind, str(kind)) in _LAYOUTS


def open_rows(path: str, statement: Select, columns: Sequence[Column], busy_timeout: float) -> Any:
    """The statement under way; a connection of its own, used by one thread at a time."""
    try:
        return _compiled().Rows(
            uri(path),
            statement.sql,
            list(statement.params),
            [_described(c) for c in columns],
            int(busy_timeout * 1000),
        )
    except OSError as error:
        raise told(path, error.errno, str(error.strerror)) from error


def read_native(
    rows: Any, path: str, columns: Sequence[Column], batch_rows: int, batch_bytes: int
) -> Iterator[pa.RecordBatch]:
    """Batches within both bounds; raises `Misfit`."""
    schema = pa.schema([column.field for column in columns])
    while True:
        try:
            found = rows.next(batch_rows, batch_bytes)
        except OSError as error:
            raise told(path, error.errno, str(error.strerror)) from error
        if found is None:
            return
        if isinstance(found, int):
            raise Misfit(columns[found])
        count, buffers = found
        arrays = [_array(column, count, parts) for column, parts in zip(columns, buffers, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _described(column: Column) -> tuple[str, int, int, int, str]:
    decimal = column.kind == "m"
    shape = column.shape if column.kind in "tz" else None
    places = DIGITS[column.type.unit] if column.kind in "tzc" else 0
    return (
        column.kind,
        column.type.precision if decimal else 0,
        column.type.scale if decimal else places,
        len(shape) if shape else 0,
        shape[10] if shape else "\0",
    )


def _array(column: Column, count: int, parts: tuple[Any, Any, Any, int]) -> pa.Array:
    valid, data, offsets, nulls = parts
    if column.kind == "n":
        return pa.nulls(count)
    buffers = [None if valid is None else pa.py_buffer(valid)]
    if offsets is not None:
        buffers.append(pa.py_buffer(offsets))
    buffers.append(pa.py_buffer(data))
    wide = _as_read(column)
    made = pa.Array.from_buffers(wide, count, buffers, nulls)
    return made if wide.equals(column.type) else narrowed(column, made)


def _as_read(column: Column) -> pa.DataType:
    """The type that the extension fills buffers of."""
    if column.kind == "i" and column.type.bit_width < 64:
        return pa.int64()
    if column.kind == "c" and column.type.bit_width < 64:
        return pa.int64()
    if column.kind == "m":
        return pa.decimal128(column.type.precision, column.type.scale)
    return {"f": pa.float64(), "d": pa.date32(), "x": pa.binary()}.get(column.kind, column.type)
