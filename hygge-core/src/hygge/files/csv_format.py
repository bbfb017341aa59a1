"""CSV as RFC 4180 has it: a line of names, quotes where they are needed, CRLF.

Null is nothing at all, an empty text is ``""``. In a table of one column a null is therefore an empty
line. Values are written as `hygge.files.text` says, nested ones as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hygge.errors import Refused
from hygge.files.csv_records import CONTROLS
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.files.format import FormatWriter
from hygge.files.json_text import json_text
from hygge.files.misfit import unwritable
from hygge.files.streams import Compression, Output
from hygge.files.text import flat, written

__all__ = ["CsvFormat"]

_SUFFIX = {"none": "", "gzip": ".gz", "zstd": ".zst", "bz2": ".bz2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFormat:
    """How CSV files are written."""

    compression: Compression = "none"
    delimiter: str = ","
    line_end: str = "\r\n"

    @property
    def suffix(self) -> str:
        return ".csv" + _SUFFIX[self.compression]

    @property
    def dialect(self) -> str:
        return f"csv, delimiter {self.delimiter!r}, line ends {self.line_end!r}"

    def refuse(self, schema: pa.Schema) -> None:
        odd = [name for name in schema.names if not name or CONTROLS.search(name)]
        if odd:  # whoever reads such a header would stumble
            raise Refused(
                f"CSV cannot hold a column named {odd[0]!r}",
                code="HYG405",
                remedy="Rename it with the flow's polish, or leave it out with polish.drop.",
            )

    def writer(self, stream: WriteStream, schema: pa.Schema) -> FormatWriter:
        self.refuse(schema)
        return _Writer(self, Output(stream, self.compression), schema)

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch

    def rows(self, files: FileSystem, path: str, size: int) -> int:
        from hygge.files.csv_reader import CsvReader

        return CsvReader({"delimiter": self.delimiter}).count(files, path)


class _Writer:
    def __init__(self, form: CsvFormat, output: Output, schema: pa.Schema) -> None:
        self._form = form
        self._output = output
        self._write(schema.empty_table().to_batches() or [_empty(schema)], header=True)

    def write(self, batch: pa.RecordBatch) -> None:
        self._write([batch], header=False)

    def _write(self, batches: list[pa.RecordBatch], *, header: bool) -> None:
        import polars as pl

        for batch in batches:
            columns = []
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                with unwritable(name, values.type):
                    columns.append(pl.Series(name, pl.from_arrow(as_text(values)), dtype=pl.String))
            self._output.write(
                pl.DataFrame(columns)
                .write_csv(
                    include_header=header,
                    separator=self._form.delimiter,
                    line_terminator=self._form.line_end,
                    quote_style="necessary",
                )
                .encode()
            )

    def close(self) -> None:
        self._output.end()

    def abandon(self) -> None:
        """Nothing is held back."""


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def as_text(values: pa.Array) -> pa.Array:
    """The column as text, nested values as JSON."""
    if flat(values.type):
        return written(values)
    return pc.if_else(pc.is_valid(values), json_text(values), pa.scalar(None, pa.large_string()))
