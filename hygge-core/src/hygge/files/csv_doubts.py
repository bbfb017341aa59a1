"""What Arrow's parser may have read otherwise than it stands in a block of CSV.

It takes a number for the nearest float, 0x10 and 007 for integers, and words for flags. A look at what came
of it and at the whole text, which cost little, tells the columns that have to be compared text by text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from hygge.files.blocks import matches
from hygge.files.csv_records import Records
from hygge.files.rounding import guessed_floats, has_long_numbers, is_doubtful
from hygge.files.sampling import is_odd

__all__ = ["Doubts"]


@dataclass(frozen=True)
class Doubts:
    """The doubts about files of one structure, in which columns of these types are ``declared``."""

    records: Records
    declared: Mapping[str, pa.DataType]

    @property
    def flags(self) -> tuple[list[str], list[str]]:
        """The words that Arrow may take for true and false: all only where somebody declared a flag."""
        if self._takes_all_flags:
            return ["true", "True", "TRUE", "1"], ["false", "False", "FALSE", "0"]
        return ["true"], ["false"]

    def about(self, block: bytes, table: pa.Table, parsed: Callable[[pa.Schema], pa.Table]) -> set[str]:
        """The columns of the block's table to be compared; ``parsed`` gives the block in another schema."""
        found = {field.name for field in table.schema if is_doubtful(table[field.name])}
        guessed = guessed_floats(table.schema, self.declared)
        if guessed and has_long_numbers(block, self._before):
            found.update(guessed)
        if b"0x" in block or b"0X" in block:
            found |= {field.name for field in table.schema if pa.types.is_integer(field.type)}
        suspects = self._maybe_odd(block, table.schema)
        if suspects:
            texts = parsed(pa.schema([field.with_type(pa.string()) for field in suspects]))
            found |= {field.name for field in suspects if is_odd(texts[field.name], field.type)}
        return found

    def _maybe_odd(self, block: bytes, schema: pa.Schema) -> list[pa.Field]:
        """The columns that nobody declared in which a value may be written as sampling does not know it."""
        own = [field for field in schema if field.name not in self.declared]
        numbers = [field for field in own if _is_number(field.type)]
        found = numbers if numbers and matches(block, self._odd_number) else []
        return found + [field for field in own if self._takes_all_flags and pa.types.is_boolean(field.type)]

    @cached_property
    def _takes_all_flags(self) -> bool:
        return any(map(pa.types.is_boolean, self.declared.values()))

    @cached_property
    def _odd_number(self) -> str:
        """A value that looks like a number and is not written as one: 007, +7, .7, 7. or with a space."""
        space = " " if self.records.delimiter == b"\t" else r"[ \t]"
        begun = rf"(?:{self._before})(?:{space}*[+-]?(?:0\d|\.\d)|{space}*\+\d|{space}+-?\d)"
        ended = rf"\d(?:\.{space}*|{space}+)(?:[\r\n{self._marks}]|$)"
        return rf"{begun}|{ended}|\d\.[eE]"

    @cached_property
    def _before(self) -> str:
        return rf"^|[\r\n{self._marks}]"

    @cached_property
    def _marks(self) -> str:
        return re.escape((self.records.delimiter + self.records.quote).decode("latin-1"))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
