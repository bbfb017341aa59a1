"""The SQLite home keeps every law of a home."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hygge.testing import HomeConformance, PluginConformance


class TestPlugin(PluginConformance):
    distribution = "hygge-sqlite"


class TestSqliteHome(HomeConformance):
    type = "sqlite"
    where = "id > 5"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        sqlite3.connect(tmp_path / "source.db").close()
        return {"path": str(tmp_path / "source.db")}

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        with contextlib.closing(sqlite3.connect(config["path"])) as connection:
            connection.execute(f'CREATE TABLE "{entity}" (id INTEGER PRIMARY KEY, at BIGINT, note TEXT)')

    def insert(self, config: Mapping[str, Any], entity: str, rows: Any) -> None:
        with contextlib.closing(sqlite3.connect(config["path"])) as connection, connection:
            values = zip(*rows.to_pydict().values(), strict=True)
            connection.executemany(f'INSERT INTO "{entity}" VALUES (?, ?, ?)', values)
