"""The kit, inherited for the reference connector; run by test_kit.py where that is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hygge_reference.place import Folder
from hygge_reference.store import data_name
from hygge_reference.tables import Content, read

from hygge.testing import SCHEMA, HomeConformance, PluginConformance, StoreConformance


class TestPlugin(PluginConformance):
    distribution = "hygge-reference"


class TestStore(StoreConformance):
    type = "reference"
    rounds = 4

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out")}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        found = Folder(config["path"]).get(data_name(entity))
        return read(*found).table if found else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        Folder(config["path"]).replace(data_name(entity), b"a ledger")

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        return Folder(config["path"]).names("staged/")


class TestHome(HomeConformance):
    type = "reference"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "in")}

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        Folder(config["path"]).replace(data_name(entity), Content(table=SCHEMA.empty_table()).to_bytes())

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        name = data_name(entity)
        before = Folder(config["path"]).get(name)
        both = pa.concat_tables([read(*before).table, rows]) if before else rows
        Folder(config["path"]).replace(name, Content(table=both).to_bytes())
