"""A home over lists of rows that tests fill, with faults at places that tests name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa

from hygge import Home, schemas
from hygge.model import Plan, ReadRequest, Split, Window

COLUMNS = pa.schema([("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())])


@dataclass
class Source:
    """One table in memory: its rows, how it is cut, and what happens at a batch."""

    rows: list[tuple[int, int | None, str]] = field(default_factory=list)
    schema: pa.Schema = COLUMNS
    splits: int = 1
    names: list[str] = field(default_factory=list)
    batch: int = 10
    fault: Callable[[int], None] = lambda number: None  # called before each batch with its number
    endless: bool = False
    reads: int = 0
    reading: threading.Event = field(default_factory=threading.Event)


SOURCES: dict[str, Source] = {}


class ScriptedHome(Home):
    """Reads the `Source` named by ``source``."""

    @property
    def _source(self) -> Source:
        return SOURCES[self.config["source"]]

    def identity(self, entity: str) -> str:
        return f"scripted:{self.config['source']}#{entity}"

    def entities(self) -> list[str]:
        return self._source.names

    def plan(self, request: ReadRequest) -> Plan:
        source = self._source
        splits = tuple(Split(id=str(n), payload={"of": source.splits, "n": n}) for n in range(source.splits))
        window = request.window
        if window is not None:
            at = source.schema.get_field_index(window.column)
            values = [r[at] for r in source.rows if r[at] is not None]
            window = replace(window, type="int64", upper=str(max(values)) if values else None)
        return Plan(schema=schemas.pack(source.schema), splits=splits, window=window, one_snapshot=True)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        source = self._source
        source.reads += 1
        source.reading.set()
        at = source.schema.get_field_index(request.window.column) if request.window else 0
        rows = [r for r in source.rows if _within(request.window, r[at])]
        rows = rows[split.payload["n"] :: split.payload["of"]]
        number = 0
        while number * source.batch < len(rows) or source.endless:
            source.fault(number)
            part = rows[number * source.batch :][: source.batch] or rows[: source.batch]
            columns = list(zip(*part, strict=True))
            yield pa.record_batch(
                [pa.array(c, f.type) for c, f in zip(columns, source.schema, strict=True)], source.schema
            )
            number += 1
            if source.endless:
                time.sleep(0.001)


def _within(window: Window | None, value: int | None) -> bool:
    if window is None:
        return True
    if value is None:
        return window.nulls
    if window.upper is None:
        return False
    return (window.lower is None or value >= int(window.lower)) and value <= int(window.upper)
