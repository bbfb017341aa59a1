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
from hygge.errors import DataError, HyggeError
from hygge.model import Finding, Plan, ReadRequest, Split
from hygge.placeholders import fill_name
from hygge.watermark import to_text, type_name
from hygge_sqlite.catalogue import Source, find_source, pick, quoted, tables
from hygge_sqlite.connection import connect
from hygge_sqlite.culprit import misfit_error
from hygge_sqlite.reader_native import open_rows, read_native, suits
from hygge_sqlite.reader_python import read_python
from hygge_sqlite.statement import Select, comparable, refuse_unordered, select
from hygge_sqlite.types import Column, named
from hygge_sqlite.values import Misfit, convert, shape_of

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
        with connect(self._path, self._busy) as connection:
            source, columns = self._look(connection, request)
            notes = self._notes(connection)
            expected = _highest_rowid(connection, source, request)
            window, watermark = request.window, None
            if window is not None:
                watermark = self._watermark(connection, source, columns, request)
                upper = self._upper(connection, source, watermark, request)
                notes += _index_note(connection, source, watermark, request)
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
        with connect(path, self._busy) as connection:
            self._interrupt = connection.interrupt
            yield from read_python(connection, statement, columns, *bounds, self._policy, self.coerced)

    def cancel(self) -> None:
        if self._interrupt is not None:
            self._interrupt()

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

    def _watermark(
        self, connection: sqlite3.Connection, source: Source, columns: Sequence[Column], request: ReadRequest
    ) -> Column:
        """The watermark's column, with the shape of its texts taken from the greatest of them."""
        assert request.window is not None
        name = request.window.column
        column = next((c for c in columns if c.name == name), None)
        if column is None:
            raise DataError(
                f"{source.label}: the watermark column {name!r} is not among the columns read",
                code="HYG303",
                remedy=f"The columns are: {', '.join(c.name for c in columns)}.",
            )
        refuse_unordered(column, source.label)
        if request.window.fail_on_nulls:
            self._refuse_nulls(connection, source, column, request)
        if column.kind in "tz":
            value = self._greatest(connection, source, column, replace(request, window=None))
            shape = (
                shape_of(value.decode("utf-8", "replace")) if value is not None else "0000-00-00T00:00:00Z"
            )
            if column.kind == "z" and not shape.endswith("Z"):
                raise DataError(
                    f"{source.label}: texts of {name!r} carry offsets and do not sort by time",
                    code="HYG303",
                    remedy="Choose a column in UTC (ending in Z) or of integers.",
                )
            column = replace(column, shape=shape)
        return column

    def _refuse_nulls(
        self, connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
    ) -> None:
        where = f"AND (\n{request.where}\n)" if request.where else ""
        sql = f"SELECT 1 FROM {source.sql} WHERE {quoted(column.name)} IS NULL {where} LIMIT 1"
        if connection.execute(sql).fetchone() is not None:
            raise DataError(
                f"{source.label}: the watermark column {column.name!r} holds nulls",
                code="HYG304",
                remedy="Set watermark.nulls to include (read at every run) or skip.",
            )

    def _upper(
        self, connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
    ) -> str | None:
        value = self._greatest(connection, source, column, request)
        if value is None:
            return None
        try:
            return to_text(pa.scalar(convert(column, value), column.type))
        except ValueError:
            raise DataError(
                f"{source.label}: the greatest value of the watermark column {column.name!r} is "
                f"a {type(value).__name__.lower()} that is no {column.type}",
                code="HYG303",
                remedy="Correct it at the source, or name the column's type in home.types.",
            ) from None

    def _greatest(
        self, connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
    ) -> Any:
        window = request.window and replace(request.window, nulls=False)
        # One extreme value of an index needs no scan; SQLite sees that only without other conditions.
        if request.where is None:
            window = None
        what = [f"max({comparable(column)})"]
        found = select(source, what, replace(request, window=window), column, upper=False)
        return connection.execute(found.sql, found.params).fetchone()[0]

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
    return select(source, [quoted(c.name) for c in columns], request, watermark)


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


def _index_note(
    connection: sqlite3.Connection, source: Source, column: Column, request: ReadRequest
) -> list[str]:
    found = select(source, ["1"], replace(request, where=None), column, upper=False)
    if request.window is None or request.window.lower is None:
        return []
    plan = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", found.params).fetchall()
    if any(row[3].startswith(b"SEARCH") for row in plan):
        return []
    return [f"no index serves {column.name!r}: each run reads the whole table to find what is new"]
