"""What a file format has to offer to be stored and read: parquet, csv, ndjson."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from hygge.files.filesystem import FileSystem, WriteStream
    from hygge.model import Window

__all__ = ["Bounds", "FileFormat", "FormatReader", "FormatWriter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The least and greatest value of a column, None where it has none, and how many are null."""

    least: pa.Scalar | None
    greatest: pa.Scalar | None
    nulls: int


class FormatWriter(Protocol):
    """Writes batches of one schema into one file."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of a batch."""

    def close(self) -> None:
        """Write what ends the file; the stream stays open for its sync."""

    def abandon(self) -> None:
        """Write nothing more: the file will be thrown away, its stream may be closed."""


class FileFormat(Protocol):
    """One file format, as a store writes it."""

    @property
    def suffix(self) -> str:
        """How names of data files end: ".parquet"."""

    @property
    def dialect(self) -> str:
        """What readers have to know beyond a file's name, for people: "csv, delimiter ';'".

        Receipts keep it: files of one dialect can be read together, and those of several can't.
        """

    def refuse(self, schema: pa.Schema) -> None:
        """Raise `NeedsUser` HYG405 for a schema that no file of this format can hold, whatever its rows."""

    def writer(self, stream: WriteStream, schema: pa.Schema) -> FormatWriter:
        """Begin a file on an empty stream."""

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows as they are read again, where the format keeps a value otherwise."""

    def rows(self, files: FileSystem, path: str, size: int) -> int:
        """Rows that a reader of the finished file of ``size`` bytes would see, asked from the file itself."""


class FormatReader(ABC):
    """One file format, as a home reads it. Paths are relative to the root of ``files``.

    What a format cannot tell without reading a file from its start, it leaves as it is here.
    """

    suffixes: Sequence[str]
    """How names of data files end, in lower case: (".csv", ".csv.gz")."""

    @abstractmethod
    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        """One schema that fits all the files: from their metadata, as declared, or sampled.

        A format that samples keeps the types of ``pinned`` for columns of the same name. Raises
        `DataError` HYG305 where files contradict each other.
        """

    def planned(self, schema: pa.Schema) -> None:
        """Told before `batches` what `schema` gave when the read was planned, perhaps in another process."""
        return

    @abstractmethod
    def batches(
        self,
        files: FileSystem,
        path: str,
        schema: pa.Schema,
        window: Window | None,
        batch_rows: int,
        *,
        alone: bool = False,
        part: tuple[int, int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one file, exactly in ``schema``; columns that the file lacks are null.

        ``part``: only the rows of one of its `parts`. ``alone``: no other file is read at the same
        time, so threads of the reader's own are worth it.

        ``window`` is a hint: parts of the file that its statistics put outside may be left out, the
        caller filters the rest. Raises `DataError` HYG301 naming file, row and column of a value
        that does not fit.
        """

    def parts(
        self, files: FileSystem, path: str, window: Window | None, count: int
    ) -> Sequence[tuple[int, int]]:
        """About ``count`` parts of a file that can be read by themselves; none: only the whole can.

        Together they hold all rows of the window, each once; without a window all rows.
        """
        return ()

    def rows(self, files: FileSystem, path: str) -> int | None:
        """Rows of a file if its metadata tells, else None."""
        return None

    def bounds(self, files: FileSystem, path: str, column: str) -> Bounds | None:
        """The exact ends of a column's values in one file if its metadata tells, else None."""
        return None
