"""Which writer stages rows: the compiled one where it could be built, else Python."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from hygge_sqlite.compiled import compiled
from hygge_sqlite.encoding import plain_type
from hygge_sqlite.schema import TableShape
from hygge_sqlite.writer_native import NativeWriter
from hygge_sqlite.writer_python import PythonWriter
from hygge_sqlite.writing import address

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Writer", "new_file", "open_writer"]

PAGE = 16384  # bytes; larger pages hold long rows whole, smaller ones waste less of the last


class Writer(Protocol):
    """Appends rows to the table ``rows`` of one file."""

    def write(self, arrays: Sequence[pa.Array]) -> None:
        """Append rows, column by column; as `hygge_sqlite.encoding.plain` gives them."""

    def finish(self) -> None:
        """Write what is left; the file is then a whole database."""

    def close(self) -> None:
        """Close the file; repeatable."""


def new_file(path: str, shape: TableShape) -> None:
    """A database with the table ``rows``, its columns c0, c1 ... declared as the target's."""
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(shape.declarations))
    with contextlib.closing(sqlite3.connect(address(path, "mode=rwc"), uri=True)) as connection:
        for pragma in (f"page_size={PAGE}", "auto_vacuum=NONE", "journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"CREATE TABLE rows ({columns})")
        connection.commit()


def open_writer(path: str, shape: TableShape) -> Writer:
    """A writer for a file that `new_file` made."""
    if compiled() is not None:
        return NativeWriter(path, [plain_type(field.type) for field in shape.fields])
    return PythonWriter(path, len(shape.names))
