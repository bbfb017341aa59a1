"""Name the row whose value does not fit, once a reader has met one."""

from __future__ import annotations

import sqlite3
from typing import Any

from hygge.errors import DataError
from hygge_sqlite.catalogue import Source, quoted
from hygge_sqlite.statement import Select
from hygge_sqlite.types import Column
from hygge_sqlite.values import Text, convert

__all__ = ["misfit_error"]


def misfit_error(
    connection: sqlite3.Connection, source: Source, statement: Select, column: Column
) -> DataError:
    """The error that names table, column, the row's key and what the value is; not the value itself."""
    what = [*source.key, quoted(column.name)]
    sql = f"SELECT {', '.join(what)} FROM {source.sql}"
    _, found, condition = statement.sql.partition(f" FROM {source.sql} WHERE ")
    cursor = connection.execute(f"{sql} WHERE {condition}" if found else sql, statement.params)
    for number, row in enumerate(cursor, 1):
        value = row[-1]
        if value is not None and not _fits(column, value):
            key = ", ".join(
                f"{name.strip(chr(34))} = {_shown(part)}" for name, part in zip(source.key, row, strict=False)
            )
            return _error(source, column, f"row {key or f'number {number}'}", value)
    return _error(source, column, "a row that has changed since", None)


def _fits(column: Column, value: Any) -> bool:
    try:
        convert(column, value)
    except ValueError:
        return False
    return True


def _error(source: Source, column: Column, row: str, value: Any) -> DataError:
    kind, length = _stored(value)
    shape = f" of the shape {column.shape}" if column.shape else ""
    return DataError(
        f"{source.label}.{column.name}, {row}: holds {kind}{length} that is no {column.type}{shape}",
        code="HYG303" if column.shape else "HYG301",
        remedy=f"Correct it, name the column's type in home (types: {{{column.name}: string}}), or set "
        "home.on_mismatch to null or text."
        if not column.shape
        else "Texts of a watermark column are compared byte by byte: store them all in one format.",
        table=source.label,
        column=column.name,
        row=row,
        stored=kind,
    )


def _stored(value: Any) -> tuple[str, str]:
    if isinstance(value, Text):
        return "a text", f" of {len(value)} bytes"
    if isinstance(value, bytes):
        return "a blob", f" of {len(value)} bytes"
    if value is None:
        return "a value", ""
    return ("an integer" if isinstance(value, int) else "a real"), f" ({value})"


def _shown(part: Any) -> str:
    return repr(part.decode("utf-8", "replace")) if isinstance(part, bytes) else str(part)
