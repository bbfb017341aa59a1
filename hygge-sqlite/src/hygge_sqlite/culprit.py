"""Name the row whose value does not fit, once a reader has met one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hygge.errors import DataError
from hygge_sqlite.catalogue import Source, unquoted, yaml_key
from hygge_sqlite.statement import Select
from hygge_sqlite.types import Column
from hygge_sqlite.values import Text, convert, shape_of

__all__ = ["misfit_error", "row_name", "stored"]


def misfit_error(
    connection: sqlite3.Connection, source: Source, statement: Select, column: Column
) -> DataError:
    """The error that names table, column, the row's key and what the value is; not the value itself."""
    same_rows = replace(statement, what=(*source.key, source.column(column.name)))
    cursor = connection.execute(same_rows.sql, same_rows.params)
    for number, row in enumerate(cursor, 1):
        if row[-1] is not None and not _fits(column, row[-1]):
            return _error(source, column, row_name(source, row, number), row[-1])
    return _error(source, column, "a row that has changed since", None)


def row_name(source: Source, key: Sequence[Any], number: int) -> str:
    """A row by the values of its key, or by its number where nothing names it."""
    parts = (f"{unquoted(name)} = {_shown(part)}" for name, part in zip(source.key, key, strict=False))
    return f"row {', '.join(parts) or f'number {number}'}"


def _fits(column: Column, value: Any) -> bool:
    try:
        convert(column, value)
    except ValueError:
        return False
    return True


def _error(source: Source, column: Column, row: str, value: Any) -> DataError:
    kind, length = stored(value)
    shape = f" of the shape {column.shape}" if column.shape else ""
    if column.shape and isinstance(value, Text):
        kind, length = f"a text of the shape {shape_of(value.decode('utf-8', 'replace'))}", ""
    remedy = (
        "Texts of a watermark column are compared byte by byte: store them all in one format, or read them "
        f"in one through home.query: strftime('%Y-%m-%d %H:%M:%f', {column.name})."
        if column.shape
        else f"Correct it, name the column's type in home (types: {{{yaml_key(column.name)}: string}}), "
        'or set home.on_mismatch to "null" or text.'
    )
    return DataError(
        f"{source.label}.{column.name}, {row}: holds {kind}{length} that is no {column.type}{shape}",
        code="HYG303" if column.shape else "HYG301",
        remedy=remedy,
        table=source.label,
        column=column.name,
        row=row,
        stored=kind,
    )


def stored(value: Any) -> tuple[str, str]:
    """What SQLite holds there, and its size; only of a number the value itself."""
    if isinstance(value, Text):
        return "a text", f" of {len(value)} bytes"
    if isinstance(value, bytes):
        return "a blob", f" of {len(value)} bytes"
    if value is None:
        return "a value", ""
    return ("an integer" if isinstance(value, int) else "a real"), f" ({value})"


def _shown(part: Any) -> str:
    return repr(part.decode("utf-8", "replace")) if isinstance(part, bytes) else str(part)
