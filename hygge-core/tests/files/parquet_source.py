"""A folder of Parquet files to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hygge import schemas
from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.parquet_reader import ParquetReader
from hygge.model import Plan, ReadRequest

__all__ = ["Source"]


class Source:
    """A folder of Parquet files and short words to read it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, **columns: Any) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), place, row_group_size=3)

    def home(self, path: str = "", **config: Any) -> FileHome:
        root, pattern = split_pattern(str(self.root / path) if path else str(self.root))
        return FileHome(config, LocalFileSystem(root), pattern, ParquetReader())

    def plan(self, path: str = "", config: Mapping[str, Any] | None = None, **request: Any) -> Plan:
        return self.home(path, **(config or {})).plan(ReadRequest(entity="t", **request))

    def read(self, path: str = "", config: Mapping[str, Any] | None = None, **asked: Any) -> pa.Table:
        home, request = self.home(path, **(config or {})), ReadRequest(entity="t", **asked)
        plan = home.plan(request)
        request = ReadRequest(**{"entity": "t", **asked, "window": plan.window})
        batches = [batch for split in plan.splits for batch in home.read(request, split)]
        return pa.Table.from_batches(batches, schemas.unpack(plan.schema))
