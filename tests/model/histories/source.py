"""What a history is about: one flow, and what its source holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["AT", "File", "Flow", "Row", "Source", "altered", "value"]

AT = "at"  # the watermark column

Row = frozenset[tuple[str, Any]]
"""The values of a row that are not null; a value of the watermark is a number, whatever its type."""


def value(row: Row, name: str) -> Any:
    """The value of one column; None: it is null."""
    return dict(row).get(name)


def altered(row: Row, values: Mapping[str, Any]) -> Row:
    """The row with other values; None takes one away."""
    return frozenset((name, one) for name, one in {**dict(row), **values}.items() if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How a flow is defined."""

    home: str
    store: str
    at: str = "int64"  # type of the watermark column
    run_type: str = "incremental"
    watermark: bool = True  # without it a home of files goes by the files it has seen
    keys: bool = False
    write: str = "auto"
    lookback: int = 0
    nulls: str = "include"
    drift: str = "evolve"
    least_id: int | None = None  # where: id >= ...
    columns: tuple[str, ...] | None = None
    one_journal: bool = False  # of all hosts, beside the destination

    @property
    def upserts(self) -> bool:
        """Whether an incremental run of it upserts."""
        return self.keys and self.store == "sqlite" and self.write == "auto"

    @property
    def reading(self) -> tuple[Any, ...]:
        """What the rows of an incremental target depend on."""
        return (self.least_id, self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the source, or its one table."""

    name: str
    version: int
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is committed in the source: columns in their order with their types, and rows in files."""

    columns: tuple[tuple[str, str], ...]
    files: tuple[File, ...]
    clock: int = 0  # counts changes: numbers files, ids and texts

    @property
    def rows(self) -> Iterator[Row]:
        return (row for file in self.files for row in file.rows)

    @property
    def top(self) -> int:
        """The greatest value of the watermark column."""
        return max((value(row, AT) or 0 for row in self.rows), default=0)

    def add(self, rows: tuple[Row, ...], *, as_file: bool) -> Source:
        """More rows, in a file of their own or in the last."""
        clock = self.clock + 1
        if as_file:
            new = File(name=f"part{clock:04d}", version=clock, rows=rows)
            return replace(self, files=(*self.files, new), clock=clock)
        last = replace(self.files[-1], version=clock, rows=self.files[-1].rows + rows)
        return replace(self, files=(*self.files[:-1], last), clock=clock)

    def change(self, each: Callable[[int, Row], Row | None]) -> Source:
        """Every row becomes another one, by its place, or goes; other files stay as they are."""
        clock, place, files = self.clock + 1, 0, []
        for file in self.files:
            found = [each(place + number, row) for number, row in enumerate(file.rows)]
            place += len(file.rows)
            rows = tuple(row for row in found if row is not None)
            files.append(file if rows == file.rows else replace(file, rows=rows, version=clock))
        return replace(self, files=tuple(files), clock=clock)

    def reshape(self, columns: tuple[tuple[str, str], ...], each: Callable[[Row], Row]) -> Source:
        """Other columns; all files are written anew."""
        clock = self.clock + 1
        files = tuple(
            replace(file, rows=tuple(each(row) for row in file.rows), version=clock) for file in self.files
        )
        return replace(self, columns=columns, files=files, clock=clock)
