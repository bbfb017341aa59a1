"""Committed rows of a window, given back in the types that they came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from hygge import schemas
from hygge.errors import Refused, StopEntity
from hygge.model import ReadRequest, Receipt, Window
from hygge_sqlite.catalogue import Source, quoted
from hygge_sqlite.connection import connect
from hygge_sqlite.reader_native import open_rows, read_native, suits
from hygge_sqlite.reader_python import read_python
from hygge_sqlite.standing import Standing, stands
from hygge_sqlite.statement import select
from hygge_sqlite.storage import is_one_way
from hygge_sqlite.types import DIGITS, Column, declared
from hygge_sqlite.values import Misfit

__all__ = ["read_back"]


def read_back(
    path: str, busy_timeout: float, table: str, receipt: Receipt, names: Sequence[str], window: Window
) -> Iterator[pa.RecordBatch]:
    """The named columns of the rows in the window; see `hygge.roles.Store.read_back`."""
    fields = pa.schema([schemas.unpack(receipt.schema).field(name) for name in names])
    _refuse_one_way(receipt, fields)
    with connect(path, busy_timeout) as connection:
        connection.text_factory = str
        standing = stands(connection, table)
        if standing is None:
            raise _changed(receipt, "the table is gone")
        columns = [_column(standing, receipt, name) for name in names]
        of_window = _shaped(_column(standing, receipt, window.column))
        request = ReadRequest(entity=receipt.entity, window=window)
        statement = select(
            Source(label=table, sql=quoted(standing.name), declarations={}, key=()),
            [quoted(column.name) for column in columns],
            request,
            of_window,
            upper=window.upper is not None,
        )
        columns = [of_window if column.name == of_window.name else column for column in columns]
        try:
            if suits(columns):
                rows = open_rows(path, statement, columns, busy_timeout)
                try:
                    batches = read_native(rows, path, columns, request.batch_rows, request.batch_bytes)
                    yield from _in_types(batches, fields)
                finally:
                    rows.close()
            else:
                bounds = (request.batch_rows, request.batch_bytes)
                batches = read_python(connection, statement, columns, *bounds, "fail", Counter())
                yield from _in_types(batches, fields)
        except Misfit as misfit:
            raise _changed(receipt, f"a value of {misfit.column.name!r} is no {misfit.column.type}") from None


def _in_types(batches: Iterator[pa.RecordBatch], fields: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        arrays = [
            values if values.type.equals(field.type) else values.cast(field.type)
            for values, field in zip(batch.columns, fields, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=fields)


def _column(standing: Standing, receipt: Receipt, name: str) -> Column:
    found = declared(name, standing.columns[name]) if name in standing.columns else None
    if found is None:
        raise _changed(receipt, f"the column {name!r} is gone or has no type")
    return found


def _shaped(column: Column) -> Column:
    """With the one way in which the store writes times of this type."""
    if column.kind not in ("t", "z"):
        return column
    digits = DIGITS[column.type.unit]
    shape = "0000-00-00 00:00:00" + ("." + "0" * digits if digits else "")
    return replace(column, shape=shape + ("Z" if column.kind == "z" else ""))


def _refuse_one_way(receipt: Receipt, fields: pa.Schema) -> None:
    nested = [field.name for field in fields if is_one_way(field.type)]
    if nested:
        raise StopEntity(
            f"{receipt.flow}.{receipt.entity}: {', '.join(map(repr, nested))} rest as JSON text in SQLite "
            "and cannot be given back as they came",
            code="HYG405",
            remedy="Set keys, use write: upsert, or leave these columns out.",
        )


def _changed(receipt: Receipt, what: str) -> Refused:
    return Refused(
        f"{receipt.flow}.{receipt.entity}: data was changed at the destination: {what}",
        code="HYG404",
        remedy="Restore it, or load it anew with `hygge run FLOW.ENTITY --full-drop`.",
    )
