"""The home ``type: sqlite``."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from hygge import Home, schemas
from hygge.errors import HyggeError
from hygge.model import Finding, Plan, ReadRequest, Split
from hygge.placeholders import fill_name
from hygge.watermark import type_name
from hygge_sqlite.catalogue import Source, find_source, pick, tables
from hygge_sqlite.condition import check_condition
from hygge_sqlite.connection import connect
from hygge_sqlite.culprit import misfit_error
from hygge_sqlite.reader_native import open_rows, read_native, suits
from hygge_sqlite.reader_python import read_python
from hygge_sqlite.statement import Select, select
from hygge_sqlite.types import Column, named
from hygge_sqlite.values import Misfit
from hygge_sqlite.window import index_note, upper_end, watermark_column

__all__ = ["SqliteHome"]

log = logging.getLogger("hygge.sqlite")


class SqliteHome(Home):
    """Configured by `home.schema.json`. ``coerced`` counts the values that a policy replaced."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self.coerced: Counter[str] = Counter()
        self._path: str = config["path"]
        self._busy: float = config.get("busy_timeout", 10)
        self._policy: str = config.get("on_mismatch", "fail")
        self._interrupt: Callable[[], None] | None = None

    def identity(self, entity: str) -> str:
        what = "query" if "query" in self.config else self._table(entity)
        return f"sqlite:{os.path.realpath(self._path)}#{what}"

    def entities(self) -> Sequence[str]:
        with connect(self._path, self._busy) as connection:
            return tables(connection)

    def plan(self, request: ReadRequest) -> Plan:
        with connect(self._path, self._busy) as connection, self._interruptible(connection):
            connection.execute("BEGIN")  # all that is asked for is asked of one moment
            source, columns = self._look(connection, request)
            if request.where is not None:
                check_condition(connection, source, request.where)
            notes = self._notes(connection)
            expected = _highest_rowid(connection, source, request)
            window, watermark = request.window, None
            if window is not None:
                watermark = watermark_column(connection, source, columns, request)
                upper = upper_end(connection, source, watermark, request)
                notes += index_note(connection, source, watermark, request)
                window = replace(window, type=type_name(watermark.type), upper=upper)
                request = replace(request, window=window)
        if watermark is not None:
            columns = [watermark if column.name == watermark.name else column for column in columns]
        schema = schemas.pack(pa.schema([column.field for column in columns]))
        return Plan(
            schema=schema,
            splits=(Split(id="all", payload=_packed(source, columns, schema)),),
            window=window,
            statement=str(_statement(source, columns, request, watermark)),
            rows_expected=expected,
            one_snapshot=True,
            notes=tuple(notes),
        )

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        source, columns = _unpacked(split.payload)
        watermark = None
        if request.window is not None:
            watermark = next(c for c in columns if c.name == request.window.column)
        statement = _statement(source, columns, request, watermark)
        with self._snapshot() as path:
            try:
                if self._policy == "fail" and suits(columns):
                    yield from self._read_native(path, statement, columns, request)
                else:
                    yield from self._read_python(path, statement, columns, request)
            except Misfit as misfit:
                with connect(path, self._busy) as connection:
                    raise misfit_error(connection, source, statement, misfit.column) from None
        for name, count in self.coerced.items():
            log.warning(
                "%s: %d values of %s did not fit and became %s", self._path, count, name, self._policy
            )

    def _read_native(
        self, path: str, statement: Select, columns: Sequence[Column], request: ReadRequest
    ) -> Iterator[pa.RecordBatch]:
        rows = open_rows(path, statement, columns, self._busy)
        self._interrupt = rows.interrupt
        try:
            yield from read_native(rows, path, columns, request.batch_rows, request.batch_bytes)
        finally:
            rows.close()

    def _read_python(
        self, path: str, statement: Select, columns: Sequence[Column], request: ReadRequest
    ) -> Iterator[pa.RecordBatch]:
        bounds = (request.batch_rows, request.batch_bytes)
        with connect(path, self._busy) as connection, self._interruptible(connection):
            yield from read_python(connection, statement, columns, *bounds, self._policy, self.coerced)

    @contextlib.contextmanager
    def _interruptible(self, connection: sqlite3.Connection) -> Iterator[None]:
        self._interrupt = connection.interrupt
        try:
            yield
        finally:
            self._interrupt = None  # a closed connection cannot be interrupted

    def cancel(self) -> None:
        interrupt = self._interrupt
        if interrupt is not None:
            with contextlib.suppress(sqlite3.ProgrammingError):  # it was closed this very moment
                interrupt()

    def check(self, entity: str) -> Sequence[Finding]:
        try:
            with connect(self._path, self._busy) as connection:
                self._look(connection, ReadRequest(entity=entity))
        except HyggeError as error:
            return [Finding(subject=self.identity(entity), ok=False, message=error.message, fix=error.remedy)]
        return [Finding(subject=self.identity(entity), ok=True, message="can be read")]

    # -- parts --------------------------------------------------------------------------------

    def _table(self, entity: str) -> str:
        return fill_name(self.config.get("table", "{entity}"), entity)

    def _look(self, connection: sqlite3.Connection, request: ReadRequest) -> tuple[Source, list[Column]]:
        source = find_source(connection, self._path, self._table(request.entity), self.config.get("query"))
        columns = pick(connection, source, request.columns, self.config.get("types", {}))
        if self._policy == "text":
            columns = [c if _is_text_or_watermark(c, request) else named(c.name, "string") for c in columns]
        return source, columns

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[str]:
        """The file to read from: itself, or a copy made at one moment."""
        if self.config.get("snapshot", "direct") == "direct":
            yield self._path
            return
        with tempfile.TemporaryDirectory(prefix="hygge-sqlite-") as folder:
            place = os.path.join(folder, "copy.db")
            with connect(self._path, self._busy) as connection:
                copy = sqlite3.connect(place)
                try:
                    connection.backup(copy)
                finally:
                    copy.close()
            yield place

    def _notes(self, connection: sqlite3.Connection) -> list[str]:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == b"wal" or self.config.get("snapshot") == "copy":
            return []
        return [
            "the database is not in WAL mode: a writer's commit waits while this is read "
            "(PRAGMA journal_mode=WAL, or snapshot: copy, avoids that)"
        ]

    def close(self) -> None:
        self._interrupt = None


def _packed(source: Source, columns: Sequence[Column], schema: str) -> dict[str, Any]:
    """All that reading needs to know, so that the catalogue is asked once."""
    return {
        "label": source.label,
        "sql": source.sql,
        "key": list(source.key),
        "schema": schema,
        "kinds": "".join(column.kind for column in columns),
        "shapes": [column.shape for column in columns],
    }


def _unpacked(payload: Mapping[str, Any]) -> tuple[Source, list[Column]]:
    source = Source(label=payload["label"], sql=payload["sql"], declarations={}, key=tuple(payload["key"]))
    parts = zip(schemas.unpack(payload["schema"]), payload["kinds"], payload["shapes"], strict=True)
    return source, [Column(name=f.name, kind=kind, type=f.type, shape=shape) for f, kind, shape in parts]


def _statement(
    source: Source, columns: Sequence[Column], request: ReadRequest, watermark: Column | None
) -> Select:
    found = select(source, [source.column(c.name) for c in columns], request, watermark)
    return found if request.limit is None else replace(found, rest=f"{found.rest} LIMIT {request.limit:d}")


def _highest_rowid(connection: sqlite3.Connection, source: Source, request: ReadRequest) -> int | None:
    """About how many rows a table has, at the cost of one look-up; None where only a scan could tell."""
    if not source.key or request.where or (request.window and request.window.lower is not None):
        return None
    try:
        found = connection.execute(f"SELECT max(rowid) FROM {source.sql}").fetchone()[0]
    except sqlite3.OperationalError:  # a table WITHOUT ROWID
        return None
    return found if isinstance(found, int) and found > 0 else None


def _is_text_or_watermark(column: Column, request: ReadRequest) -> bool:
    return column.kind == "s" or (request.window is not None and request.window.column == column.name)
