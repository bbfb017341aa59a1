"""Real SQLite files, read through both readers."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.model import Job, Plan, ReadRequest, Receipt
from hygge.testing.values import make_job, target
from hygge_sqlite import compiled as compiled_module
from hygge_sqlite import home as home_module
from hygge_sqlite import reader_native
from hygge_sqlite import reading_back as reading_back_module
from hygge_sqlite import writer as writer_module
from hygge_sqlite.home import SqliteHome
from hygge_sqlite.store import SqliteStore

sys.path.insert(0, str(Path(__file__).parent))  # sqlite_laws, tables


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

    # -- as a destination ----------------------------------------------------------------------

    def store(self, **config: Any) -> SqliteStore:
        return SqliteStore({"path": str(self.path), "busy_timeout": 5, **config})

    def job(self, rows: pa.Table | pa.Schema, mode: str = "replace", entity: str = "t", **more: Any) -> Job:
        """The next job of the table: it follows the last receipt, or ``base``."""
        config = more.pop("config", {})
        store = self.store(**config)
        base = more.pop("base", None) or store.state(target(entity)).receipt
        latest_by = more.pop("latest_by", None)
        job = make_job(
            entity,
            store_type="sqlite",
            store=config,
            target_identity=store.identity(target(entity)),
            mode=mode,  # type: ignore[arg-type]  # tests write plain strings
            base=base,
            schema=rows if isinstance(rows, pa.Schema) else rows.schema,
            **more,
        )
        return replace(job, latest_by=latest_by)

    def land(self, rows: pa.Table, mode: str = "replace", entity: str = "t", **more: Any) -> Receipt:
        """Settle the rows, in one split."""
        store = self.store(**more.get("config", {}))
        job = self.job(rows, mode, entity, **more)
        batches = rows.to_batches(max_chunksize=3) or [pa.RecordBatch.from_pylist([], rows.schema)]
        return store.commit(job, store.seal(job, [store.stage(job, "all", batches)]))

    def ask(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What any reader of the file is answered."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            return connection.execute(sql, params).fetchall()
        finally:
            connection.close()

    def staged(self) -> list[str]:
        """Names of staged files."""
        return sorted(path.name for path in (self.path.parent / ".hygge" / self.path.name).glob("*"))

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
        monkeypatch.setattr(reading_back_module, "suits", lambda columns: False)
    name: str = request.param
    return name


@pytest.fixture(params=["native", "python"])
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test that asks for it runs with both writers."""
    assert compiled_module.compiled() is not None
    if request.param == "python":
        monkeypatch.setattr(writer_module, "compiled", lambda: None)
        monkeypatch.setattr(compiled_module, "compiled", lambda: None)
    name: str = request.param
    return name


@pytest.fixture
def by_both(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], tuple[Any, Any]]:
    """What a call gives with the compiled reader and without."""
    suits = reader_native.suits

    def call(what: Callable[[], Any]) -> tuple[Any, Any]:
        monkeypatch.setattr(home_module, "suits", suits)
        native = what()
        monkeypatch.setattr(home_module, "suits", lambda columns: False)
        monkeypatch.setattr(reading_back_module, "suits", lambda columns: False)
        return native, what()

    return call
