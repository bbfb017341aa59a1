"""Rows of a statement to Arrow batches in pure Python: slower, and the one that can be lenient."""

from __future__ import annotations

import itertools
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
    while rows := _some(cursor, columns, batch_rows, batch_bytes):
        arrays = [
            array(column, values, _instead(on_mismatch, column, coerced))
            for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _some(
    cursor: sqlite3.Cursor, columns: Sequence[Column], batch_rows: int, batch_bytes: int
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    size, chunk = 0, 1
    while len(rows) < batch_rows and size < batch_bytes:
        try:
            more = cursor.fetchmany(min(chunk, batch_rows - len(rows)))
        except sqlite3.OperationalError as error:
            raise _undecodable(error, columns) from None
        if not more:
            break
        rows += more
        size += sum(len(v) if isinstance(v, str | bytes) else 8 for v in itertools.chain.from_iterable(more))
        chunk = max(1, min(CHUNK, (batch_bytes - size) * len(rows) // max(size, 1), 4 * chunk))
    return rows


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
