"""A project with a home and a store of any kind, and the oracle: what must hold after healing."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from hygge.model import Target
from hygge.plugins import registry
from hygge.testing.journal_entries import local_journal

ENTITIES = ("orders", "lines")
COLUMNS = pa.schema([("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())])
FLOW = """
home: {home}
store: {store}
entities: [orders, lines]
{more}
"""

Row = tuple[int, int, str | None]
Rows = Counter[tuple[Any, ...]]


class Project:
    """A folder with a source, a flow and what has come of it."""

    entities = ENTITIES

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, more: str, home: Mapping[str, Any], store: Mapping[str, Any]) -> None:
        """Write the project with an empty source; ``more`` are lines of its flow."""
        self._home, self._store = home, store
        (self.root / "flows").mkdir(parents=True)
        (self.root / "hygge.yml").write_text("version: 1\nname: faults\noptions: {concurrency: 1}\n")
        flow = FLOW.format(home=json.dumps(home), store=json.dumps(store), more=more)
        (self.root / "flows" / "f.yml").write_text(flow)
        with self._source() as connection:
            for entity in ENTITIES:
                connection.execute(f"CREATE TABLE {entity} (id INTEGER PRIMARY KEY, at BIGINT, note TEXT)")

    # -- the source: a database, and for homes of files the same rows as files ------------------

    def insert(self, rows: Iterable[Row]) -> None:
        found = list(rows)
        with self._source() as connection:
            for entity in ENTITIES:
                connection.executemany(f"INSERT INTO {entity} VALUES (?, ?, ?)", found)
        if self._home["type"] == "parquet":
            self._add_file([dict(zip(COLUMNS.names, row, strict=True)) for row in found])

    def change(self, ids: range, at: int) -> None:
        """Write other notes, with a newer value of the watermark column."""
        with self._source() as connection:
            for entity in ENTITIES:
                connection.execute(
                    f"UPDATE {entity} SET at = ?, note = 'changed ' || id WHERE id >= ? AND id < ?",
                    (at, ids.start, ids.stop),
                )

    def delete(self, below: int) -> None:
        with self._source() as connection:
            for entity in ENTITIES:
                connection.execute(f"DELETE FROM {entity} WHERE id < ?", (below,))

    def source(self, entity: str) -> Rows:
        with self._source() as connection:
            return Counter(connection.execute(f"SELECT id, at, note FROM {entity}"))

    def _add_file(self, rows: list[dict[str, Any]]) -> None:
        for entity in ENTITIES:
            folder = self.root / self._home["path"] / entity
            folder.mkdir(parents=True, exist_ok=True)
            count = len(list(folder.iterdir()))
            pq.write_table(pa.Table.from_pylist(rows, schema=COLUMNS), folder / f"{count:02d}.parquet")

    @contextlib.contextmanager
    def _source(self) -> Any:
        with contextlib.closing(sqlite3.connect(self.root / "source.db")) as connection, connection:
            yield connection

    # -- the destination, as another tool reads it -----------------------------------------------

    def settled(self, entity: str) -> Rows:
        return READERS[self._store["type"]](self.root / self._store["path"], entity)

    def check(self) -> None:
        """The oracle of every row of the scorecard."""
        for entity in ENTITIES:
            assert self.settled(entity) == self.source(entity), entity
        self._check_journal()
        assert self.leftovers() == []

    def _check_journal(self) -> None:
        heads = local_journal({"path": str(self.root / ".hygge_journal")}, "oracle").heads("f")
        config = {key: value for key, value in self._store.items() if key != "type"}
        config["path"] = str(self.root / config["path"])
        store = registry().open_store(self._store["type"], config)
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
        staged = [*control.glob("staging/*"), *control.glob("swap/*"), *control.glob("lake.db/*")]
        found = [*staged, *control.rglob("*.claim"), *self.root.rglob("*.db-*")]
        return [str(path) for path in [*found, *self.root.rglob("*.tmp")]]


def _parquet(out: Path, entity: str) -> Rows:
    folder = out / entity
    return _rows(ds.dataset(folder).to_table().to_pylist()) if folder.exists() else Counter()


def _csv(out: Path, entity: str) -> Rows:
    types = pcsv.ConvertOptions(column_types=COLUMNS, strings_can_be_null=True)
    return sum(
        (_rows(pcsv.read_csv(file, convert_options=types).to_pylist()) for file in _files(out, entity)),
        Rows(),
    )


def _ndjson(out: Path, entity: str) -> Rows:
    return _rows(json.loads(line) for file in _files(out, entity) for line in file.read_text().splitlines())


def _sqlite(out: Path, entity: str) -> Rows:
    if not out.exists():
        return Counter()
    with contextlib.closing(sqlite3.connect(out)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (entity,)).fetchall()
        return Counter(connection.execute(f"SELECT id, at, note FROM {entity}")) if known else Counter()


def _files(out: Path, entity: str) -> list[Path]:
    return sorted(path for path in out.glob(f"{entity}/*") if path.name[0] not in "_.")


def _rows(found: Iterable[Mapping[str, Any]]) -> Rows:
    return Counter(tuple(row[name] for name in COLUMNS.names) for row in found)


READERS: Mapping[str, Callable[[Path, str], Rows]] = {
    "parquet": _parquet,
    "csv": _csv,
    "ndjson": _ndjson,
    "sqlite": _sqlite,
}
