"""A project from SQLite to Parquet, and the oracle: what must hold after healing, whatever died."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from hygge.model import Target
from hygge.plugins import registry
from hygge.testing.journal_entries import local_journal

ENTITIES = ("orders", "lines")
FLOW = """
home: {{type: sqlite, path: source.db}}
store: {{type: parquet, path: out, max_rows_per_file: 30}}
entities: [orders, lines]
{more}
"""

Rows = Counter[tuple[Any, ...]]


class Project:
    """A folder with a source, a flow and what has come of it."""

    entities = ENTITIES

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, more: str) -> None:
        """Write the project with an empty source; ``more`` are lines of its flow."""
        (self.root / "flows").mkdir(parents=True)
        (self.root / "hygge.yml").write_text("version: 1\nname: faults\noptions: {concurrency: 1}\n")
        (self.root / "flows" / "f.yml").write_text(FLOW.format(more=more))
        with self._source() as connection:
            for entity in ENTITIES:
                connection.execute(f"CREATE TABLE {entity} (id INTEGER PRIMARY KEY, at BIGINT, note TEXT)")

    def insert(self, rows: Iterable[tuple[int, int, str | None]]) -> None:
        found = list(rows)
        with self._source() as connection:
            for entity in ENTITIES:
                connection.executemany(f"INSERT INTO {entity} VALUES (?, ?, ?)", found)

    def delete(self, below: int) -> None:
        with self._source() as connection:
            for entity in ENTITIES:
                connection.execute(f"DELETE FROM {entity} WHERE id < ?", (below,))

    def source(self, entity: str) -> Rows:
        with self._source() as connection:
            return Counter(connection.execute(f"SELECT id, at, note FROM {entity}"))

    def settled(self, entity: str) -> Rows:
        folder = self.root / "out" / entity
        if not folder.exists():
            return Counter()
        return Counter(tuple(row.values()) for row in ds.dataset(folder).to_table().to_pylist())

    def check(self) -> None:
        """The oracle of every row of the scorecard."""
        for entity in ENTITIES:
            assert self.settled(entity) == self.source(entity), entity
        self._check_journal()
        assert self.leftovers() == []

    def _check_journal(self) -> None:
        heads = local_journal({"path": str(self.root / ".hygge_journal")}, "oracle").heads("f")
        store = registry().open_store("parquet", {"path": str(self.root / "out")})
        for entity in ENTITIES:
            head, state = heads[entity], store.state(Target(flow="f", entity=entity))
            assert (head.job, head.plan) == (None, None)
            assert head.receipt == state.receipt
            assert (state.damage, state.foreign, state.pending) == (None, None, None)
            assert head.receipt is not None
            if head.receipt.watermark is not None:
                greatest = max(at for _, at, _ in self.settled(entity))
                assert head.receipt.watermark.value == str(greatest)

    def leftovers(self) -> list[str]:
        """Whatever is neither data nor a receipt nor the journal's own."""
        control = self.root / "out" / ".hygge"
        found = [*control.glob("staging/*"), *control.glob("swap/*"), *control.rglob("*.claim")]
        return [str(path) for path in [*found, *self.root.rglob("*.tmp")]]

    @contextlib.contextmanager
    def _source(self) -> Any:
        with contextlib.closing(sqlite3.connect(self.root / "source.db")) as connection, connection:
            yield connection


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder for a project."""
    return Project(tmp_path / "project")
