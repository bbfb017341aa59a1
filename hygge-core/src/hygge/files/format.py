"""What a file format has to offer to be stored: parquet here, csv and ndjson beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from hygge.files.filesystem import FileSystem, WriteStream

__all__ = ["FileFormat", "FormatWriter"]


class FormatWriter(Protocol):
    """Writes batches of one schema into one file."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of a batch."""

    def close(self) -> None:
        """Write what ends the file; the stream stays open for its sync."""

    def abandon(self) -> None:
        """Write nothing more: the file will be thrown away, its stream may be closed."""


class FileFormat(Protocol):
    """One file format."""

    @property
    def suffix(self) -> str:
        """How names of data files end: ".parquet"."""

    def writer(self, stream: WriteStream, schema: pa.Schema) -> FormatWriter:
        """Begin a file on an empty stream."""

    def rows(self, files: FileSystem, path: str) -> int:
        """Rows that a reader of the finished file would see, asked from the file itself."""
