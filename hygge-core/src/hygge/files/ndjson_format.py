"""NDJSON: one JSON object a line, UTF-8, every key in every line.

Integers and booleans are JSON's own, to the last digit; floats the shortest number that gives the same
bits; decimals, times and binary values are texts as `hygge.files.text` writes them, so that no reader
rounds them. JSON has no word for NaN and infinity: they are refused, or null where the flow says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from hygge.errors import DataError
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.files.format import FormatWriter
from hygge.files.json_text import json_text
from hygge.files.misfit import unwritable
from hygge.files.streams import Compression, Output, opened
from hygge.files.text import flat, plain_type, written

__all__ = ["NdjsonFormat"]

_SUFFIX = {"none": "", "gzip": ".gz", "zstd": ".zst", "bz2": ".bz2"}
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NdjsonFormat:
    """How NDJSON files are written."""

    compression: Compression = "none"
    non_finite: Literal["fail", "null"] = "fail"

    @property
    def suffix(self) -> str:
        return ".ndjson" + _SUFFIX[self.compression]

    @property
    def dialect(self) -> str:
        return "ndjson"

    def refuse(self, schema: pa.Schema) -> None:
        return

    def writer(self, stream: WriteStream, schema: pa.Schema) -> FormatWriter:
        return _Writer(self, Output(stream, self.compression), schema)

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            self.finite(field.name, _whole(values)).cast(field.type) if _is_float(field.type) else values
            for field, values in zip(batch.schema, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

    def finite(self, name: str, values: pa.Array) -> pa.Array:
        """Floats as they are written: what JSON has no word for is null or refused."""
        if not _is_float(values.type):
            return values
        odd = pc.invert(pc.fill_null(pc.is_finite(values), True))
        if not pc.any(odd).as_py():
            return values
        if self.non_finite == "null":
            return pc.if_else(odd, pa.scalar(None, values.type), values)
        raise DataError(
            f"{name!r} holds NaN or infinity, for which JSON has no word",
            code="HYG301",
            remedy='Set store: {non_finite: "null"} to write null for them, or cast the column to string.',
            column=name,
        )

    def rows(self, files: FileSystem, path: str, size: int) -> int:
        count = 0
        with opened(files, path) as stream:
            while data := stream.read(BLOCK):
                count += data.count(b"\n")  # within a text a line end is escaped
        return count


class _Writer:
    def __init__(self, form: NdjsonFormat, output: Output, schema: pa.Schema) -> None:
        self._form = form
        self._output = output
        self._lines: Callable[[pa.RecordBatch], bytes] = (
            _frame_lines if "" not in schema.names and all(map(flat, schema.types)) else _object_lines
        )

    def write(self, batch: pa.RecordBatch) -> None:
        ready = []
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            with unwritable(name, values.type):
                ready.append(_json_ready(self._form.finite(name, _whole(values))))
        with unwritable("of nested values", batch.to_struct_array().type):
            lines = self._lines(pa.RecordBatch.from_arrays(ready, names=batch.schema.names))
        self._output.write(lines)

    def close(self) -> None:
        self._output.end()

    def abandon(self) -> None:
        """Nothing is held back."""


def _whole(values: pa.Array) -> pa.Array:
    """Floats that Arrow's kernels and polars know."""
    if not _is_float(values.type):
        return values
    kind = plain_type(values.type)
    return values.cast(pa.float32() if pa.types.is_float16(kind) else kind)


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(plain_type(kind)))


def _json_ready(values: pa.Array) -> pa.Array:
    kind = plain_type(values.type)
    if not flat(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return values.cast(kind) if not values.type.equals(kind) else values
    return values if pa.types.is_floating(kind) else written(values)


def _frame_lines(batch: pa.RecordBatch) -> bytes:
    import polars as pl

    frame = pl.from_arrow(pa.Table.from_batches([batch]))
    assert isinstance(frame, pl.DataFrame)
    return frame.write_ndjson().encode()


def _object_lines(batch: pa.RecordBatch) -> bytes:
    rows = json_text(batch.to_struct_array()).to_pylist()
    return ("\n".join(rows) + "\n").encode() if rows else b""
