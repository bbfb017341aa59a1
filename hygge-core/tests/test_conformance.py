"""hygge-core's own connectors keep the laws that they ask of strangers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from hygge.testing import HomeConformance, JournalConformance, StoreConformance
from hygge.testing.values import SCHEMA


class TestParquetStore(StoreConformance):
    type = "parquet"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out")}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        folder = Path(config["path"], entity)
        return ds.dataset(folder).to_table() if folder.exists() else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        Path(config["path"], entity).mkdir(parents=True)
        Path(config["path"], entity, "ledger.csv").write_text("id\n1\n")

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        control = Path(config["path"], ".hygge")
        found = [p for kind in ("staging", "swap") for p in (control / kind).glob("*")]
        return [str(p) for p in found + list(control.rglob("*.tmp")) + list(control.rglob("*.claim"))]


class TestParquetHome(HomeConformance):
    type = "parquet"
    where = "id > 5"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        (tmp_path / "in").mkdir()
        return {"path": str(tmp_path / "in")}

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        Path(config["path"], entity).mkdir()
        self.insert(config, entity, SCHEMA.empty_table())

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        folder = Path(config["path"], entity)
        pq.write_table(rows, folder / f"{len(list(folder.iterdir())):03d}.parquet", row_group_size=11)


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
