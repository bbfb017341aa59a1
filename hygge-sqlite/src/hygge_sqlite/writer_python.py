"""Rows into a staged file in pure Python: the reference for what the compiled writer does."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hygge_sqlite.encoding import as_python
from hygge_sqlite.writing import address

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PythonWriter"]

VALUES = 900  # bound by one statement: several rows at a time cost half of one by one


class PythonWriter:
    """Appends rows to the table ``rows`` of an open database; made and used by one thread."""

    def __init__(self, path: str, columns: int) -> None:
        self._connection = sqlite3.connect(
            address(path, "mode=rw"), uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-8192"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        self._row = f"({', '.join('?' * columns)})"
        self._at_once = max(1, VALUES // columns)
        self._many = f"INSERT INTO rows VALUES {', '.join([self._row] * self._at_once)}"

    def write(self, arrays: Sequence[pa.Array]) -> None:
        """Append rows, column by column; as `hygge_sqlite.encoding.plain` gives them."""
        rows = len(arrays[0])
        whole = rows - rows % self._at_once
        columns = [as_python(array) for array in arrays]
        values = list(itertools.chain.from_iterable(zip(*columns, strict=True)))
        step = self._at_once * len(arrays)
        cut = whole * len(arrays)
        self._connection.executemany(self._many, (values[at : at + step] for at in range(0, cut, step)))
        rest = (values[at : at + len(arrays)] for at in range(cut, len(values), len(arrays)))
        self._connection.executemany(f"INSERT INTO rows VALUES {self._row}", rest)

    def finish(self) -> None:
        """Write what is left; the file is then a whole database."""
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; repeatable."""
        self._connection.close()
