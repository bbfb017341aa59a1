"""What the laws need to know of SQLite: how its tables are made and filled, and what its readers see."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.testing.values import SCHEMA

__all__ = ["HomeSide", "StoreSide"]

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


class StoreSide:
    """A database in a temporary folder that others read while it is written."""

    type = home = "sqlite"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out.db"), "busy_timeout": 1}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        name = entity.replace('"', '""')
        with contextlib.closing(sqlite3.connect(config["path"], timeout=60)) as connection:
            try:
                rows = connection.execute(f'SELECT id, at, note FROM "{name}"').fetchall()
            except sqlite3.OperationalError:
                return None
        return pa.table([list(c) for c in zip(*rows, strict=True)] or [[], [], []], schema=SCHEMA)

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        _run(config, f'CREATE TABLE "{entity}" (ledger)')

    def lose(self, config: Mapping[str, Any], entity: str) -> bool:
        _run(config, f'DROP TABLE "{entity}"')
        return True

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        folder = Path(config["path"]).parent / ".hygge" / "out.db"
        return [path.name for path in folder.glob("*")]


def _run(config: Mapping[str, Any], sql: str, rows: Any = None) -> None:
    with contextlib.closing(sqlite3.connect(config["path"])) as connection, connection:
        if rows is None:
            connection.executescript(sql)
        else:
            connection.executemany(sql, rows)
