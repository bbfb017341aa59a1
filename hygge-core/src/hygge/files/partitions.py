"""Hive partitions: ``year=2024`` in a path is a column of every row below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pyarrow as pa

from hygge.errors import DataError
from hygge.files.discovery import Found

__all__ = ["fields", "filled", "joined", "rows", "scalar"]


def fields(files: Iterable[Found]) -> list[pa.Field]:
    """The partition columns of all files: int64, date32 or string, whatever all their values are.

    Raises `DataError` HYG305 where some files lie below a key and others do not.
    """
    keys: dict[tuple[str, ...], str] = {}
    values: dict[str, set[str | None]] = {}
    for one in files:
        keys.setdefault(tuple(key for key, _ in one.partitions), one.path)
        for key, value in one.partitions:
            values.setdefault(key, set()).add(value)
    if len(keys) > 1:
        (some, here), (others, there), *_ = keys.items()
        raise DataError(
            f"{here} lies below the partitions {list(some)}, {there} below {list(others)}",
            code="HYG305",
            remedy="Name the files of one layout with a glob, or set home: {hive: false}.",
        )
    return [pa.field(key, _kind(found), nullable=None in found) for key, found in values.items()]


def joined(stored: pa.Schema, found: Iterable[pa.Field]) -> pa.Schema:
    """The schema of the rows: what the files hold, then the partitions.

    A column that is both is the folder's: that is where its rows are looked for.
    """
    new = {field.name: field for field in found}
    return pa.schema([field for field in stored if field.name not in new] + list(new.values()))


def filled(batch: pa.RecordBatch, schema: pa.Schema, values: Mapping[str, str | None]) -> pa.RecordBatch:
    """The batch with its file's partition values, in the order of ``schema``."""
    if batch.schema.equals(schema, check_metadata=False):
        return batch
    columns = [
        pa.repeat(scalar(values[field.name], field.type), batch.num_rows)
        if field.name in values
        else batch.column(field.name)
        for field in schema
    ]
    if not columns:
        return batch
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _kind(found: Iterable[str | None]) -> pa.DataType:
    texts = [text for text in found if text is not None]
    if texts and all(_is_integer(text) for text in texts):
        return pa.int64()
    if texts and all(_is_date(text) for text in texts):
        return pa.date32()
    return pa.string()


def _is_integer(text: str) -> bool:
    """Whether the text is an integer's only way of being written; 007 is not."""
    try:
        return str(int(text)) == text and -(2**63) <= int(text) < 2**63
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def rows(files: Sequence[Found], schema: pa.Schema) -> pa.RecordBatch:
    """The values of the partition columns in ``schema``, one row a file."""
    columns = [
        pa.array([scalar(dict(one.partitions)[field.name], field.type).as_py() for one in files], field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def scalar(text: str | None, kind: pa.DataType) -> pa.Scalar:
    """The value that a folder's name says, in the type of its column."""
    if text is None:
        return pa.scalar(None, kind)
    if pa.types.is_integer(kind):
        return pa.scalar(int(text), kind)
    return pa.scalar(date.fromisoformat(text) if pa.types.is_date(kind) else text, kind)
