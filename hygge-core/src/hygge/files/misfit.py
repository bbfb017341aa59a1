"""A value of a text file that does not fit: found among many, and told without telling anyone's data."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from hygge.errors import DataError

__all__ = [
    "Place",
    "begins_like",
    "first_misfit",
    "json_misfit",
    "misfit",
    "shape",
    "telling_pinned",
    "unreadable",
    "unwritable",
]

SHOWN = 40  # characters of a shape
_STARTS = {
    b"\x1f\x8b": "It is compressed: let its name end in .gz.",
    b"\x28\xb5\x2f\xfd": "It is compressed: let its name end in .zst.",
    b"BZh": "It is compressed: let its name end in .bz2.",
    b"PK\x03\x04": "It is a ZIP archive or a workbook: unpack it, or export its sheets as CSV.",
    b"PAR1": "It is a Parquet file: use home: {type: parquet}.",
    b"SQLite format 3": "It is a SQLite database: use home: {type: sqlite}.",
}
_KINDS = {b'"': "string", b"[": "list", b"{": "object", b"t": "boolean", b"f": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a block of a file begins: so many rows and bytes of its content before it.

    ``lines`` counts the line ends in the first so many bytes. It reads the file again: few ask.
    """

    address: str
    lines: Callable[[int], int]
    rows: int = 0
    offset: int = 0

    @property
    def line(self) -> int:
        """The number of the block's first line."""
        return self.lines(self.offset) + 1

    def after(self, rows: int, block: bytes) -> Place:
        """The place behind a block of so many rows."""
        return replace(self, rows=self.rows + rows, offset=self.offset + len(block))


def first_misfit(count: int, convert: Callable[[slice], object]) -> int:
    """Which of ``count`` values is the first in whose slice ``convert`` raises `ValueError`; there is one."""
    low, high = 0, count  # the first one is at or after low, and before high
    while high - low > 1:
        middle = (low + high) // 2
        try:
            convert(slice(low, middle))
            low = middle
        except ValueError:
            high = middle
    return low


def misfit(
    place: Place, row: int, line: int, field: pa.Field, value: bytes | str, *, odd: bool = False
) -> DataError:
    """The error for the value of a row; ``row`` counts from 0 within the block, ``line`` from 1.

    ``odd``: it can be read as one of the type, which nobody has declared.
    """
    number, where = place.rows + row + 1, place.line + line - 1
    what = f"the value of {field.name!r} is no {field.type}: {shape(value)}"
    code, remedy = "HYG301", f"Correct it, or declare the column: home: {{types: {{{field.name}: string}}}}."
    if odd:
        what = (
            f"{field.name!r} was found to be {field.type}, and this value is not written so: {shape(value)}"
        )
        remedy = (
            f"Declare the column: home: {{types: {{{field.name}: {field.type}}}}} reads it all the same, "
        )
        remedy += "string keeps its text."
    if _undecodable(value):
        code, remedy = "HYG300", "Name the file's encoding: home: {encoding: cp1252}, or latin-1 and so on."
    return DataError(
        f"{place.address}, row {number} (line {where}): {what}",
        code=code,
        remedy=remedy,
        path=place.address,
        row=number,
        line=where,
        column=field.name,
    )


def json_misfit(place: Place, row: int, line: int, field: pa.Field, value: bytes) -> DataError:
    """The error for a piece of JSON; ``row`` counts from 0 within the block, ``line`` from 1."""
    kind = _KINDS.get(value[:1], "number")
    number, line = place.rows + row + 1, place.line + line - 1
    return DataError(
        f"{place.address}, line {line}: the value of {field.name!r}, a {kind}, is no {field.type}: "
        f"{shape(value)}",
        code="HYG301",
        remedy=f"Correct it, or declare the key: home: {{types: {{{field.name}: string}}}}.",
        path=place.address,
        row=number,
        line=line,
        column=field.name,
    )


@contextlib.contextmanager
def telling_pinned(*, pinned: bool) -> Iterator[None]:
    """Tell of a misfit, where committed rows have the column's type, that another one needs all rows anew."""
    try:
        yield
    except DataError as error:
        if pinned and error.code == "HYG301" and {"line", "column"} <= error.details.keys():
            error.remedy += (
                " The rows that are there have the type that was found: with another one load them all anew, "
                "`hygge run FLOW.ENTITY --full-drop`."
            )
        raise


def _undecodable(value: bytes | str) -> str:
    """What is wrong with bytes that are no text; empty for all others."""
    if isinstance(value, bytes):
        try:
            value.decode()
        except UnicodeDecodeError as error:
            return f"{len(value)} bytes that are not UTF-8 from byte {error.start + 1} on"
    return ""


def shape(value: bytes | str) -> str:
    """The value with its letters and digits made alike: 'aaa-000'."""
    if wrong := _undecodable(value):
        return wrong
    value = value if isinstance(value, str) else value.decode()
    shown = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", value[:SHOWN]))
    return repr(shown) if len(value) <= SHOWN else f"{shown!r}... ({len(value)} characters)"


def unreadable(address: str, what: str, why: str, remedy: str) -> DataError:
    """The error for a file that is not what its name says."""
    return DataError(f"{address} cannot be read as {what}: {why}", code="HYG300", remedy=remedy, path=address)


def begins_like(block: bytes) -> str:
    """What a file that begins so is, and what to do then; empty where nothing tells that it is no text."""
    return next((told for start, told in _STARTS.items() if block.startswith(start)), "")


@contextlib.contextmanager
def unwritable(column: str, kind: pa.DataType) -> Iterator[None]:
    """Tell what Arrow says of a column whose values have no text."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"the column {column!r} of type {kind} cannot be written as text: {error}",
            code="HYG301",
            remedy="Cast or drop the column with polish, or write Parquet.",
            column=column,
        ) from error
