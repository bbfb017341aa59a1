"""A folder of text files, and short words for what is written and read there."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pyarrow as pa

from hygge import schemas
from hygge.files.csv_format import CsvFormat
from hygge.files.csv_reader import CsvReader
from hygge.files.format import FileFormat, FormatReader
from hygge.files.local import LocalFileSystem
from hygge.files.ndjson_format import NdjsonFormat
from hygge.files.ndjson_reader import NdjsonReader
from hygge.model import Plan, ReadRequest

__all__ = ["Place", "forms"]


def forms(**options: Any) -> list[tuple[FileFormat, FormatReader]]:
    """Both ways to write a text file, each with the one to read it."""
    return [(CsvFormat(**options), CsvReader({})), (NdjsonFormat(**options), NdjsonReader({}))]


class Place:
    """A folder that formats write into and readers read from."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = LocalFileSystem(root)

    def write(self, form: FileFormat, *tables: pa.Table, name: str = "x") -> str:
        path = name + form.suffix
        with contextlib.closing(self.files.write(path)) as stream:
            writer = form.writer(stream, tables[0].schema)
            for table in tables:
                for batch in table.to_batches():
                    writer.write(batch)
            writer.close()
            stream.sync()
        return path

    def rows(self, form: FileFormat, path: str) -> int:
        """How many rows a format says its file has."""
        found = self.files.info(path)
        assert found is not None
        return form.rows(self.files, path, found.size)

    def put(self, path: str, text: str | bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text if isinstance(text, bytes) else text.encode())

    def back(self, reader: FormatReader, path: str, schema: pa.Schema) -> pa.Table:
        return pa.Table.from_batches(reader.batches(self.files, path, schema, None, 1000), schema)

    def plan(self, kind: type, path: str = "", pinned: str | None = None, **config: Any) -> Plan:
        home = kind({"path": str(self.root / path) if path else str(self.root), **config})
        return home.plan(ReadRequest(entity="t", pinned=pinned))

    def read(self, kind: type, path: str = "", **config: Any) -> pa.Table:
        home = kind({"path": str(self.root / path) if path else str(self.root), **config})
        plan = home.plan(ReadRequest(entity="t"))
        batches = [b for split in plan.splits for b in home.read(ReadRequest(entity="t"), split)]
        return pa.Table.from_batches(batches, schemas.unpack(plan.schema))
