"""hygge-core's own connectors keep the laws that they ask of strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from hygge.testing import StoreConformance


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
