"""Real SQLite files, read through both readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.model import Plan, ReadRequest
from hygge_sqlite import home as home_module
from hygge_sqlite.home import SqliteHome


class Database:
    """One database file and short ways to fill and read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *statements: str) -> None:
        connection = sqlite3.connect(self.path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def fill(self, declaration: str, *values: Any, table: str = "t") -> None:
        """A table with the key ``id`` and a column ``v`` of the declared type."""
        connection = sqlite3.connect(self.path)
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v {declaration})")
        connection.executemany(f"INSERT INTO {table} (v) VALUES (?)", [(value,) for value in values])
        connection.commit()
        connection.close()

    def home(self, **config: Any) -> SqliteHome:
        return SqliteHome({"path": str(self.path), **config})

    def plan(self, entity: str = "t", request: ReadRequest | None = None, **config: Any) -> Plan:
        return self.home(**config).plan(request or ReadRequest(entity=entity))

    def read(self, entity: str = "t", request: ReadRequest | None = None, **config: Any) -> pa.Table:
        home = self.home(**config)
        request = request or ReadRequest(entity=entity)
        plan = home.plan(request)
        request = replace(request, window=plan.window)
        batches = [batch for split in plan.splits for batch in home.read(request, split)]
        return pa.Table.from_batches(batches, schemas.unpack(plan.schema))

    def values(self, column: str = "v", **config: Any) -> list[Any]:
        found: list[Any] = self.read(**config)[column].to_pylist()
        return found


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "a b%20ü?.db")


@pytest.fixture(params=["native", "python"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test that asks for it runs with both readers."""
    if request.param == "python":
        monkeypatch.setattr(home_module, "suits", lambda columns: False)
    name: str = request.param
    return name


@pytest.fixture
def by_both(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], tuple[Any, Any]]:
    """What a call gives with the compiled reader and without."""
    suits = home_module.suits

    def call(what: Callable[[], Any]) -> tuple[Any, Any]:
        monkeypatch.setattr(home_module, "suits", suits)
        native = what()
        monkeypatch.setattr(home_module, "suits", lambda columns: False)
        return native, what()

    return call
