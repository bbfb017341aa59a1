"""What the laws need to know of a SQLite database that is a home: how its tables are made and filled."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

__all__ = ["HomeSide"]

TYPES = {"int64": "BIGINT", "string": "TEXT"}


class HomeSide:
    """One database in a temporary folder."""

    type = "sqlite"
    where = "id > 5"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "source.db")}

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        _run(config, f'CREATE TABLE "{entity}" (id INTEGER PRIMARY KEY, at BIGINT, note TEXT)')

    def remake(self, config: Mapping[str, Any], entity: str, rows: Any) -> None:
        columns = ", ".join(f'"{f.name}" {TYPES[str(f.type)]}' for f in rows.schema)
        _run(config, f'DROP TABLE "{entity}"; CREATE TABLE "{entity}" ({columns})')
        self.insert(config, entity, rows)

    def insert(self, config: Mapping[str, Any], entity: str, rows: Any) -> None:
        marks = ", ".join("?" * len(rows.schema))
        values = list(zip(*rows.to_pydict().values(), strict=True))
        _run(config, f'INSERT INTO "{entity}" VALUES ({marks})', values)


def _run(config: Mapping[str, Any], sql: str, rows: Any = None) -> None:
    with contextlib.closing(sqlite3.connect(config["path"])) as connection, connection:
        if rows is None:
            connection.executescript(sql)
        else:
            connection.executemany(sql, rows)
