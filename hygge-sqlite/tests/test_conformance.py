"""The SQLite home keeps every law of a home."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hygge.testing import HomeConformance, PluginConformance

TYPES = {"int64": "BIGINT", "string": "TEXT"}


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

    def remake(self, config: Mapping[str, Any], entity: str, rows: Any) -> None:
        columns = ", ".join(f'"{f.name}" {TYPES[str(f.type)]}' for f in rows.schema)
        with contextlib.closing(sqlite3.connect(config["path"])) as connection:
            connection.execute(f'DROP TABLE "{entity}"')
            connection.execute(f'CREATE TABLE "{entity}" ({columns})')
        self.insert(config, entity, rows)

    def insert(self, config: Mapping[str, Any], entity: str, rows: Any) -> None:
        with contextlib.closing(sqlite3.connect(config["path"])) as connection, connection:
            values = zip(*rows.to_pydict().values(), strict=True)
            marks = ", ".join("?" * len(rows.schema))
            connection.executemany(f'INSERT INTO "{entity}" VALUES ({marks})', values)
