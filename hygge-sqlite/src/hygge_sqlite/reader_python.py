"""Rows of a statement to Arrow batches in pure Python: slower, and the one that can be lenient."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from hygge_sqlite.statement import Select
from hygge_sqlite.types import Column
from hygge_sqlite.values import Misfit, Text, array

__all__ = ["read_python"]

CHUNK = 1000  # rows fetched between two looks at their size, at most
_VARYING = {str, bytes, Text}


def read_python(
    connection: sqlite3.Connection,
    statement: Select,
    columns: Sequence[Column],
    batch_rows: int,
    batch_bytes: int,
    on_mismatch: str,
    coerced: Counter[str],
) -> Iterator[pa.RecordBatch]:
    """Batches within both bounds; raises `Misfit`, or counts what became null or text instead."""
    # Decoding in SQLite's module is many times faster, but gives up on text that is not UTF-8.
    connection.text_factory = str if on_mismatch == "fail" else Text
    cursor = connection.execute(statement.sql, statement.params)
    schema = pa.schema([column.field for column in columns])
    while (values := _some(cursor, columns, batch_rows, batch_bytes)) is not None:
        arrays = [
            array(column, part, _instead(on_mismatch, column, coerced))
            for column, part in zip(columns, values, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _some(
    cursor: sqlite3.Cursor, columns: Sequence[Column], batch_rows: int, batch_bytes: int
) -> list[list[Any]] | None:
    """The values of the next rows, column by column; None at the end."""
    values: list[list[Any]] = [[] for _ in columns]
    rows, size, chunk = 0, 0, 1
    while rows < batch_rows and size < batch_bytes:
        try:
            more = cursor.fetchmany(min(chunk, batch_rows - rows))
        except sqlite3.OperationalError as error:
            raise _undecodable(error, columns) from None
        if not more:
            break
        rows += len(more)
        for whole, part in zip(values, zip(*more, strict=True), strict=True):
            whole.extend(part)
            size += _size(part)
        chunk = max(1, min(CHUNK, (batch_bytes - size) * rows // max(size, 1), 4 * chunk))
    return values if rows else None


def _size(values: Sequence[Any]) -> int:
    """About the bytes that the values take; looks at each of them only where it is of varying length."""
    kinds = set(map(type, values))
    if not kinds & _VARYING:
        return 8 * len(values)
    if not kinds <= _VARYING:
        values = [value for value in values if type(value) in _VARYING]
    return sum(map(len, values))


def _undecodable(error: sqlite3.OperationalError, columns: Sequence[Column]) -> Exception:
    """The column whose text is not UTF-8; the module's message would show the text."""
    found = re.match(r"Could not decode to UTF-8 column '(.*?)' with text", str(error), re.DOTALL)
    named = [column for column in columns if found and column.name == found[1]]
    return Misfit(named[0]) if named else error


def _instead(policy: str, column: Column, coerced: Counter[str]) -> Callable[[Any], Any] | None:
    if policy == "fail":
        return None

    def replaced(value: Any) -> Any:
        coerced[column.name] += 1
        return _as_text(value) if policy == "text" and column.kind == "s" else None

    return replaced


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return repr(value) if isinstance(value, float) else str(value)
