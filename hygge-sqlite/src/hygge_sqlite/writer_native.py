"""Rows into a staged file through the compiled writer, where it could be built."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence

import pyarrow as pa

from hygge_sqlite.compiled import addresses, compiled
from hygge_sqlite.encoding import texts
from hygge_sqlite.types import DIGITS
from hygge_sqlite.writing import address

__all__ = ["NativeWriter"]


class NativeWriter:
    """Appends pages to a file that SQLite has made; as `PythonWriter`.

    ``types`` are those that arrays have in `write`.
    """

    def __init__(self, path: str, types: Sequence[pa.DataType]) -> None:
        with contextlib.closing(sqlite3.connect(address(path, "mode=ro"), uri=True)) as connection:
            root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'rows'").fetchone()[0]
        self._types = [_as_written(kind) for kind in types]
        self._handle = os.open(path, os.O_RDWR)
        self._open = True
        self._pages = compiled().Writer(self._handle, root, [_described(kind) for kind in self._types])

    def write(self, arrays: Sequence[pa.Array]) -> None:
        """Append rows, column by column; as `hygge_sqlite.encoding.plain` gives them."""
        written = [_laid_out(array, kind) for array, kind in zip(arrays, self._types, strict=True)]
        self._pages.write(len(arrays[0]), [addresses(array) for array in written])

    def finish(self) -> None:
        """Write what is left; the file is then a whole database."""
        self._pages.finish()

    def close(self) -> None:
        """Close the file; repeatable."""
        if self._open:
            self._open = False
            os.close(self._handle)


def _as_written(kind: pa.DataType) -> pa.DataType:
    """The layout that the extension takes for a type; decimals beyond 128 bits come as texts."""
    return pa.string() if pa.types.is_decimal256(kind) else kind


def _laid_out(array: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.array(texts(array), kind) if pa.types.is_decimal256(array.type) else array


def _described(kind: pa.DataType) -> tuple[str, int, int, bool]:
    """Kind, bytes of a value (of an offset for texts and blobs), digits after the point or second, zone."""
    if pa.types.is_boolean(kind):
        return "b", 0, 0, False
    if pa.types.is_null(kind):
        return "n", 0, 0, False
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "s", 8 if pa.types.is_large_string(kind) else 4, 0, False
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "x", 8 if pa.types.is_large_binary(kind) else 4, 0, False
    if pa.types.is_timestamp(kind):
        return "t", 8, DIGITS[kind.unit], kind.tz is not None
    if pa.types.is_time(kind):
        return "c", kind.bit_width // 8, DIGITS[kind.unit], False
    letter = (
        "m"
        if pa.types.is_decimal(kind)
        else "d"
        if pa.types.is_date32(kind)
        else "f"
        if pa.types.is_floating(kind)
        else "w"
        if pa.types.is_fixed_size_binary(kind)
        else "u"
        if pa.types.is_unsigned_integer(kind)
        else "i"
    )
    return letter, kind.bit_width // 8, kind.scale if letter == "m" else 0, False
