"""The watermark's column, and the end of what a run reads; refused where rows could be lost unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from hygge.errors import DataError
from hygge.model import ReadRequest
from hygge.watermark import to_text
from hygge_sqlite.catalogue import Source, quoted
from hygge_sqlite.culprit import row_name, stored
from hygge_sqlite.statement import comparable, select
from hygge_sqlite.types import Column
from hygge_sqlite.values import convert, shape_of

__all__ = ["index_note", "upper_end", "watermark_column"]

# What no good value sorts before; times begin with a year (and '0001' alone would become the number 1).
_LEAST = {"u": "0", "s": "''", "x": "x''", "d": "'0001-'", "t": "'0001-'", "z": "'0001-'"}
_WITHOUT_VALUES = {"t": "0000-00-00 00:00:00", "z": "0000-00-00T00:00:00Z"}  # then nothing is compared


def watermark_column(
    connection: sqlite3.Connection, source: Source, columns: Sequence[Column], request: ReadRequest
) -> Column:
    """The window's column, with the shape of its texts taken from the greatest of them.

    Raises `DataError` HYG303 for a column whose stored values have no exact order, HYG304 for nulls.
    """
    assert request.window is not None
    name = request.window.column
    column = next((c for c in columns if c.name == name), None)
    if column is None:
        raise DataError(
            f"{source.label}: the watermark column {name!r} is not among the columns read",
            code="HYG303",
            remedy=f"The columns are: {', '.join(c.name for c in columns)}.",
        )
    if column.kind in "fbm":
        raise DataError(
            f"{source.label}: {name!r} cannot be a watermark: SQLite stores it as {column.type}, "
            "which has no exact order there",
            code="HYG303",
            remedy="Choose a column of integers, ISO times or text.",
        )
    if column.kind == "s":
        _refuse_utf16(connection, source, name)
    if request.window.fail_on_nulls:
        _refuse_nulls(connection, source, column, request)
    if request.window.lower is not None:  # without it every row is read, and refused if it does not fit
        _refuse_hidden(connection, source, column, request)
    return _with_shape(connection, source, column, request) if column.kind in "tz" else column


def upper_end(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> str | None:
    """The greatest value there is now, as a watermark; None if there is none."""
    value = _greatest(connection, source, column, request)
    if value is None:
        return None
    try:
        return to_text(pa.scalar(convert(column, value), column.type))
    except ValueError:
        raise _unusable(source, column, value) from None


def index_note(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> list[str]:
    """A note if finding what is new takes a look at every row."""
    if request.window is None or request.window.lower is None:
        return []
    found = select(source, ["1"], replace(request, where=None), column, upper=False)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", found.params).fetchall()
    if any(row[3].startswith(b"SEARCH") for row in plan):
        return []
    return [f"no index serves {column.name!r}: each run reads the whole table to find what is new"]


def _greatest(connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest) -> Any:
    # One extreme value of an index needs no scan; SQLite sees that only without other conditions.
    window = None if request.where is None or request.window is None else replace(request.window, nulls=False)
    what = [f"max({comparable(column)})"]
    found = select(source, what, replace(request, window=window), column, upper=False)
    return connection.execute(found.sql, found.params).fetchone()[0]


def _with_shape(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> Column:
    value = _greatest(connection, source, column, replace(request, window=None))
    if value is None:
        return replace(column, shape=_WITHOUT_VALUES[column.kind])
    try:
        convert(column, value)
    except ValueError:
        raise _unusable(source, column, value) from None
    shape = shape_of(value.decode())
    if column.kind == "z" and not shape.endswith("0Z"):
        raise DataError(
            f"{source.label}: texts of {column.name!r} carry offsets and do not sort by time",
            code="HYG303",
            remedy="Choose a column in UTC (ending in Z) or of integers.",
        )
    return replace(column, shape=shape)


def _refuse_utf16(connection: sqlite3.Connection, source: Source, name: str) -> None:
    """In UTF-16 SQLite compares texts by the bytes of that encoding: not in the order of what they say."""
    encoding = connection.execute("PRAGMA encoding").fetchone()[0]
    if encoding != b"UTF-8":
        raise DataError(
            f"{source.label}: {name!r} cannot be a watermark: in a database in {encoding.decode()} "
            "texts do not sort as hygge compares them",
            code="HYG303",
            remedy="Choose a column of integers or ISO times.",
        )


def _refuse_nulls(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> None:
    if _first(connection, source, request, f"{quoted(column.name)} IS NULL") is not None:
        raise DataError(
            f"{source.label}: the watermark column {column.name!r} holds nulls",
            code="HYG304",
            remedy="Set watermark.nulls to include (read at every run) or skip.",
        )


def _refuse_hidden(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> None:
    """Numbers sort before all texts, and both before blobs: below every lower end, never read."""
    if column.kind == "i":
        return
    least = _LEAST[column.kind]
    row = _first(connection, source, request, f"{comparable(column)} < {least}")
    if row is not None:
        kind, length = stored(row[-1])
        raise DataError(
            f"{source.label}.{column.name}, {row_name(source, row, 1)}: {kind}{length} in a watermark column "
            f"of {column.type} sorts before all of them and would never be read",
            code="HYG303",
            remedy="Correct it at the source, or name the column's type in home.types.",
        )


def _first(
    connection: sqlite3.Connection, source: Source, request: ReadRequest, condition: str
) -> tuple[Any, ...] | None:
    where = f"AND (\n{request.where}\n)" if request.where is not None else ""
    assert request.window is not None
    what = ", ".join([*source.key, quoted(request.window.column)])
    found = connection.execute(f"SELECT {what} FROM {source.sql} WHERE {condition} {where} LIMIT 1")
    row: tuple[Any, ...] | None = found.fetchone()
    return row


def _unusable(source: Source, column: Column, value: Any) -> DataError:
    kind, length = stored(value)
    return DataError(
        f"{source.label}: the greatest value of the watermark column {column.name!r} is "
        f"{kind}{length} that is no {column.type}",
        code="HYG303",
        remedy="Correct it at the source, or name the column's type in home.types.",
    )
