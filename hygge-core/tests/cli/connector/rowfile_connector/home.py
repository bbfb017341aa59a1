"""A home over ``ENTITY.json`` files: lists of [id, at, note]."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from hygge import Home, schemas, secrets
from hygge.errors import DataError
from hygge.model import Finding, Plan, ReadRequest, Split, Window

COLUMNS = pa.schema([("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())])
BATCH = 10


class RowFileHome(Home):
    """Reads ``<path>/<entity>.json``."""

    def identity(self, entity: str) -> str:
        return f"rowfile:{self._file(entity)}"

    def entities(self) -> Sequence[str]:
        if not Path(self.config["path"]).is_dir():
            raise DataError("the folder of the rows is missing", code="HYG300", remedy="Make it.")
        return sorted(file.stem for file in Path(self.config["path"]).glob("*.json"))

    def check(self, entity: str) -> Sequence[Finding]:
        found = self._file(entity).exists()
        said = "is there" if found else "is missing"
        return [Finding(subject="file", ok=found, message=f"{entity}.json {said}", fix="Write it.")]

    def plan(self, request: ReadRequest) -> Plan:
        values = [row[1] for row in self._rows(request.entity) if row[1] is not None]
        window = request.window
        if window is not None:
            window = replace(window, type="int64", upper=str(max(values)) if values else None)
        return Plan(
            schema=schemas.pack(COLUMNS),
            splits=(Split(id="all"),),
            window=window,
            statement=f"read {request.entity}.json",
            one_snapshot=True,
        )

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        if "raises" in self.config:
            raise RuntimeError(secrets.resolve(self.config)["raises"])
        if self.config.get("exits"):
            sys.exit(0)
        if self.config.get("prints"):
            print("a connector's own words")
        rows = [row for row in self._rows(request.entity) if _within(request.window, row[1])]
        for start in range(0, len(rows), BATCH):
            self._pause()
            columns = zip(*rows[start : start + BATCH], strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, COLUMNS, strict=True)]
            yield pa.record_batch(arrays, COLUMNS)

    def _pause(self) -> None:
        time.sleep(self.config.get("delay", 0))
        while self.config.get("deaf"):
            time.sleep(0.05)

    def _file(self, entity: str) -> Path:
        return Path(self.config["path"]) / f"{entity}.json"

    def _rows(self, entity: str) -> list[Any]:
        try:
            rows: list[Any] = json.loads(self._file(entity).read_text())
        except FileNotFoundError as error:
            raise DataError(f"{entity}.json is missing", code="HYG302", remedy="Write it.") from error
        return rows


def _within(window: Window | None, value: int | None) -> bool:
    if window is None:
        return True
    if value is None:
        return window.nulls
    if window.upper is None:
        return False
    return (window.lower is None or value >= int(window.lower)) and value <= int(window.upper)
