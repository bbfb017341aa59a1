"""Which writer stages rows: the compiled one where it could be built and knows the columns, else Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hygge_sqlite.schema import TableShape
from hygge_sqlite.writer_python import PythonWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

__all__ = ["Writer", "open_writer"]


class Writer(Protocol):
    """Appends rows to the table ``rows`` of one file."""

    def run(self, sql: str) -> None:
        """Run one statement without a result."""

    def write(self, arrays: Sequence[pa.Array]) -> None:
        """Append rows, column by column; as `hygge_sqlite.encoding.plain` gives them."""

    def close(self) -> None:
        """Close the file; repeatable."""


def open_writer(path: str, shape: TableShape) -> Writer:
    """A writer for a new file with a table of this shape."""
    return PythonWriter(path, len(shape.names))
