"""The kit, inherited for each faulty store; run by test_kit.py, every one of these has to fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from hygge.testing import SCHEMA, StoreConformance


class FaultyConformance(StoreConformance):
    type = "parquet"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out")}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        folder = Path(config["path"], entity)
        return ds.dataset(folder, schema=SCHEMA).to_table() if folder.exists() else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        Path(config["path"], entity).mkdir(parents=True)
        Path(config["path"], entity, "ledger.csv").write_text("id\n1\n")

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        return [str(path) for path in Path(config["path"], ".hygge", "staging").glob("*")]


class TestPeeking(FaultyConformance):
    type = "peeking"


class TestDoubling(FaultyConformance):
    type = "doubling"


class TestBaseless(FaultyConformance):
    type = "baseless"


class TestUndoing(FaultyConformance):
    type = "undoing"


class TestLeaky(FaultyConformance):
    type = "leaky"


class TestTrusting(FaultyConformance):
    type = "trusting"


class TestEmptying(FaultyConformance):
    type = "emptying"


class TestForgetful(FaultyConformance):
    type = "forgetful"
