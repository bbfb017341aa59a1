"""The Parquet format: exact Arrow types, row groups bounded in rows, a readable file also without rows."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from hygge.errors import DataError, NeedsUser
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.files.format import FormatWriter
from hygge.files.parquet_columns import column_options

__all__ = ["ParquetFormat"]

DICTIONARY = 32_768  # bytes; a column with more distinct values is soon written plain: half the time
GATHERED = 32_768  # rows; smaller batches are put together first: twice as fast for batches of 5,000
GATHERED_BYTES = 16 << 20
FOOTER = 65_536  # bytes read at once from a file's end: the footer of nearly every file


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFormat:
    """How Parquet files are written; read by every Parquet reader since format 2.6."""

    suffix: str = ".parquet"
    dialect: str = "parquet"
    compression: str = "snappy"
    compression_level: int | None = None
    row_group_rows: int = 122_880

    def refuse(self, schema: pa.Schema) -> None:
        wrong = [f"{field.name!r} is of type {field.type}" for field in schema if not _is_known(field)]
        if wrong:  # intervals, negative scales
            raise NeedsUser(
                f"Parquet cannot hold this table: {'; '.join(wrong)}",
                code="HYG405",
                remedy="Cast or drop these columns with the flow's polish.",
            )

    def writer(self, stream: WriteStream, schema: pa.Schema) -> FormatWriter:
        return _Writer(self, stream, schema)

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch

    def rows(self, files: FileSystem, path: str, size: int) -> int:
        tail = files.read(path, max(0, size - FOOTER))
        if len(tail) != min(size, FOOTER):  # the end of a longer file is no such number of bytes away
            raise OSError(errno.EIO, f"not as long as it was written, {size} bytes", files.address(path))
        needed = int.from_bytes(tail[-8:-4], "little") + 8  # the footer, its length, the magic number
        if needed > len(tail):
            tail = files.read(path, size - needed)
        return int(pq.read_metadata(pa.BufferReader(b"PAR1" + tail[-needed:])).num_rows)


def _is_known(field: pa.Field) -> bool:
    kind = field.type
    plain = pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_binary(kind)
    if plain and not pa.types.is_interval(kind):
        return True  # without asking the library, which takes a while
    try:
        pq.ParquetWriter(pa.BufferOutputStream(), pa.schema([field])).close()
    except (OSError, pa.ArrowNotImplementedError):
        return False
    return True


class _Writer:
    def __init__(self, form: ParquetFormat, stream: WriteStream, schema: pa.Schema) -> None:
        form.refuse(schema)
        self._form, self._schema = form, schema
        self._sink = pa.PythonFile(stream, mode="w")
        self._writer: pq.ParquetWriter | None = None  # opened with the first rows
        self._small: list[pa.RecordBatch] = []
        self._small_rows = self._small_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows >= GATHERED:
            self._flush()
            self._put(batch)
            return
        self._small.append(batch)
        self._small_rows += batch.num_rows
        self._small_bytes += batch.nbytes
        if self._small_rows >= GATHERED or self._small_bytes >= GATHERED_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._small:
            for batch in pa.Table.from_batches(self._small).combine_chunks().to_batches():
                self._put(batch)
            self._small, self._small_rows, self._small_bytes = [], 0, 0

    def _put(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = self._opened(batch)
        try:
            self._writer.write_batch(batch, self._form.row_group_rows)
        except pa.ArrowInvalid as error:
            raise DataError(
                f"Parquet cannot hold a value of this table: {error}",
                code="HYG301",
                remedy="Cast that column with the flow's polish, or correct the value at the source.",
            ) from error

    def _opened(self, first: pa.RecordBatch | None) -> pq.ParquetWriter:
        return pq.ParquetWriter(
            self._sink,
            self._schema,
            dictionary_pagesize_limit=DICTIONARY,
            **column_options(first, self._form.compression, self._form.compression_level),
        )

    def close(self) -> None:
        self._flush()
        if self._writer is None:
            self._writer = self._opened(None)
        self._writer.close()
        self._sink.flush()

    def abandon(self) -> None:
        if self._writer is not None:
            self._writer.is_open = False  # or its __del__ would write a footer into a closed stream
