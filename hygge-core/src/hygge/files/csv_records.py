"""The structure of CSV: where records end, and what is wrong with one; values are `csv_reader`'s."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hygge.files.blocks import matches

__all__ = ["CONTROLS", "Fault", "Record", "Records", "Stray"]

CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""What no column is called: it tells of a file that is no CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first record of a block that is none; counted from 1 within the block."""

    record: int
    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of values as they stand, quotes and all; ``line`` counts from 1, ``end`` is a place."""

    values: list[bytes]
    line: int
    end: int


class Stray(ValueError):
    """A quote where none may be."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


@dataclass(frozen=True)
class Records:
    """RFC 4180 with another delimiter and quote: a quote in a quoted value is doubled.

    A line end is CRLF, LF or CR. Without ``quote`` no character is special but delimiter and line end.
    """

    delimiter: bytes
    quote: bytes

    def end(self, block: bytes) -> int:
        """Where the last whole record ends; 0 if none does. The block begins with a record.

        Of a block that is not sound whatever comes: `sound` has the last word.
        """
        end = self._end(block, b"\n")
        if not end and b"\r" in block[:-1]:
            end = self._end(block[:-1], b"\r")  # a CR that ends the block may belong to an LF after it
        if not end and self.quote and not matches(block, self._begun_pattern):
            return len(block)  # a stray quote: nothing to wait for
        return end

    def sound(self, block: bytes) -> bool:
        """Whether quotes stand only where they may: around whole values, doubled within them."""
        if not self.quote or self.quote not in block:
            return True
        return matches(block, self._sound_pattern)

    def records(self, block: bytes) -> Iterator[Record]:
        """Each record of a block; slow, for a few. Raises `Stray` for a quote where none may be."""
        at, line = 0, 1
        while at < len(block):
            values: list[bytes] = []
            begun = line
            end = self.delimiter
            while end == self.delimiter:
                found = self._value.match(block, at)
                if found is None:
                    raise Stray(begun, self._stray(block, at))
                value, end = found.groups()
                values.append(value)
                line += len(_LINE_END.findall(value))
                at = found.end()
            line += 1
            yield Record(values=values, line=begun, end=at)

    def line(self, block: bytes, row: int, *, blank: bool) -> int:
        """The line of a row of a sound block; rows count from 0, lines from 1."""
        rows = (record for record in self.records(block) if blank or record.values != [b""])
        return next((record.line for n, record in enumerate(rows) if n == row), 1)

    def unquoted(self, value: bytes) -> bytes:
        """A value without its quotes."""
        if not self.quote or not value.startswith(self.quote):
            return value
        return value[1:-1].replace(self.quote * 2, self.quote)

    def fault(self, block: bytes, columns: int) -> Fault | None:
        """The first record of ``block`` with a stray quote or another number of values."""
        number = 0
        try:
            for record in self.records(block):
                if record.values == [b""] and columns > 1:
                    continue
                number += 1
                if len(record.values) != columns:
                    why = f"it has {len(record.values)} values, the header {columns}"
                    return Fault(record=number, line=record.line, why=why)
        except Stray as stray:
            return Fault(record=number + 1, line=stray.line, why=stray.why)
        return None

    # -- parts ------------------------------------------------------------------------------------

    def _end(self, block: bytes, ending: bytes) -> int:
        at = block.rfind(ending)
        if not self.quote or at < 0:
            return at + 1
        inside = block.count(self.quote, 0, at) % 2
        while at >= 0 and inside:
            before = block.rfind(ending, 0, at)
            inside ^= block.count(self.quote, max(before, 0), at) % 2
            at = before
        return at + 1

    def _stray(self, block: bytes, at: int) -> str:
        quoted = block.startswith(self.quote, at)
        closed = re.compile(self._quoted_pattern.encode()).match(block, at)
        if quoted and not closed:
            return "a quote is opened and never closed"
        return "text follows a closing quote" if quoted else "a quote stands in an unquoted value"

    @cached_property
    def _quoted_pattern(self) -> str:
        quote = re.escape(self.quote.decode("latin-1"))
        return f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"

    @cached_property
    def _plain_pattern(self) -> str:
        special = re.escape((self.delimiter + self.quote).decode("latin-1"))
        return rf"[^{special}\r\n]*"

    @cached_property
    def _sound_pattern(self) -> str:
        delimiter = re.escape(self.delimiter.decode("latin-1"))
        value = f"(?:{self._plain_pattern}|{self._quoted_pattern})"
        return rf"\A(?:{value}(?:{delimiter}|\r\n|\n|\r|\z))*\z"

    @cached_property
    def _begun_pattern(self) -> str:
        delimiter, quote = (re.escape(mark.decode("latin-1")) for mark in (self.delimiter, self.quote))
        value = f"(?:{self._plain_pattern}|{self._quoted_pattern})"
        last = f"(?:{self._plain_pattern}|{quote}(?:[^{quote}]|{quote}{quote})*{quote}?)"
        return rf"\A(?:{value}(?:{delimiter}|\r\n|\n|\r))*{last}\z"

    @cached_property
    def _value(self) -> re.Pattern[bytes]:
        delimiter = re.escape(self.delimiter.decode("latin-1"))
        quoted = f"{self._quoted_pattern}|" if self.quote else ""
        pattern = rf"({quoted}{self._plain_pattern})({delimiter}|\r\n|\n|\r|\Z)"
        return re.compile(pattern.encode("latin-1"))


_LINE_END = re.compile(rb"\r\n|\n|\r")
