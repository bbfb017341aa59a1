"""hygge-core's own connectors keep the laws that they ask of strangers."""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from hygge.files.layout import job_of
from hygge.testing import (
    PARQUET_TYPES,
    REFUSED,
    Gap,
    HomeConformance,
    JournalConformance,
    PluginConformance,
    StoreConformance,
)
from hygge.testing.values import SCHEMA


class TestPlugin(PluginConformance):
    distribution = "hygge-core"


class TestParquetStore(StoreConformance):
    type = home = "parquet"
    types = PARQUET_TYPES

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out")}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        folder = Path(config["path"], entity)
        return ds.dataset(folder).to_table() if folder.exists() else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        Path(config["path"], entity).mkdir(parents=True)
        Path(config["path"], entity, "ledger.csv").write_text("id\n1\n")

    def lose(self, config: Mapping[str, Any], entity: str) -> bool:
        next(Path(config["path"], entity).iterdir()).unlink()
        return True

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        control = Path(config["path"], ".hygge")
        found = [p for p in control.rglob("*") if job_of(p.name)]
        return [str(p) for p in found + list(control.rglob("*.tmp")) + list(control.rglob("*.claim"))]


class TestCsvStore(TestParquetStore):
    type = home = "csv"
    every = 3  # what commits them is what commits Parquet
    types: ClassVar = {"interval": REFUSED, "binary_view": REFUSED}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        files = sorted(Path(config["path"], entity).glob("*.csv"))
        rows = [row for file in files for row in list(csv.reader(file.read_text().splitlines()))[1:]]
        columns = [[None if text == "" else text for text in column] for column in zip(*rows, strict=True)]
        found = pa.table(columns or [[]] * 3, pa.schema([(name, pa.string()) for name in SCHEMA.names]))
        return found.cast(SCHEMA) if Path(config["path"], entity).exists() else None


class TestNdjsonStore(TestParquetStore):
    type = home = "ndjson"
    every = 3  # what commits them is what commits Parquet
    types: ClassVar = {
        "float64: NaN": REFUSED,
        "float64: infinities": REFUSED,
        "interval": REFUSED,
        "binary_view": REFUSED,
    }

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        folder = Path(config["path"], entity)
        lines = [line for file in folder.glob("*.ndjson") for line in file.read_text().splitlines()]
        return pa.Table.from_pylist(list(map(json.loads, lines)), SCHEMA) if folder.exists() else None


class TestParquetHome(HomeConformance):
    type = "parquet"
    where = "id > 5"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        (tmp_path / "in").mkdir()
        types = {"id": "int64", "at": "int64", "note": "string"}
        return {"path": str(tmp_path / "in")} | ({} if self.type == "parquet" else {"types": types})

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        Path(config["path"], entity).mkdir()
        self.insert(config, entity, SCHEMA.empty_table())

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        folder = Path(config["path"], entity)
        self.write(rows.cast(SCHEMA), folder / f"{len(list(folder.iterdir())):03d}.{self.type}")

    def remake(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        for path in Path(config["path"], entity).iterdir():
            path.unlink()
        self.write(rows, Path(config["path"], entity, f"remade.{self.type}"))

    def write(self, rows: pa.Table, path: Path) -> None:
        pq.write_table(rows, path, row_group_size=11)


class TestCsvHome(TestParquetHome):
    type = "csv"

    def write(self, rows: pa.Table, path: Path) -> None:
        pacsv.write_csv(rows, path)


class TestNdjsonHome(TestParquetHome):
    type = "ndjson"
    gaps: ClassVar = {
        f"test_columns_that_changed_before_the_plan_are_read_as_they_are_or_refused[{change}]": Gap(
            "columns with declared types belong to the schema also where no line has them"
        )
        for change in ("dropped", "renamed")
    }

    def write(self, rows: pa.Table, path: Path) -> None:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))


class TestFileJournal(JournalConformance):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "journal")}

    def damage(self, place: Mapping[str, Any]) -> Sequence[tuple[str, Callable[[], Callable[[], Any]]]]:
        log = Path(place["path"], "log")
        segments = sorted(log.iterdir())
        spoilt = [
            (segments[2], lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]),
            (segments[0], lambda data: b"\n".join(data.split(b"\n")[:1] + data.split(b"\n")[2:])),
            (segments[4], lambda data: b"PK\3\4 no journal\n" * 9),
            (log / "notes.txt", lambda data: b"mine\n"),
        ]

        def spoil(file: Path, how: Callable[[bytes], bytes]) -> Callable[[], Any]:
            before = file.read_bytes() if file.exists() else None
            file.write_bytes(how(before or b""))
            return file.unlink if before is None else lambda: file.write_bytes(before)

        return [(file.name, functools.partial(spoil, file, how)) for file, how in spoilt]
