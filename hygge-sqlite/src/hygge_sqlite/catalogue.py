"""What a table, view or query offers, asked from SQLite's catalogue before the first row is read."""

from __future__ import annotations

import difflib
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hygge.errors import DataError
from hygge_sqlite.connection import uri
from hygge_sqlite.types import Column, declared, named

__all__ = ["Source", "find_source", "pick", "quoted", "tables", "unquoted", "yaml_key"]

_YAML_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}
SAMPLE = 1000  # rows looked at to suggest a type, never to choose one


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something to select from."""

    label: str  # for people
    sql: str  # behind FROM: a quoted name, or a derived table
    declarations: Mapping[str, str | None]  # by column, in order
    key: tuple[str, ...]  # quoted expressions that name a row; empty: nothing does

    def column(self, name: str) -> str:
        """The column as an expression that is an error, and not a text, once there is no such column."""
        return f"{'query' if self.sql.startswith('(') else self.sql}.{quoted(name)}"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """The name of an SQL identifier, quoted or not."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def yaml_key(name: str) -> str:
    """The name as a key in YAML, quoted where YAML would take it for something else."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name.lower() not in _YAML_WORDS
    return name if plain else json.dumps(name, ensure_ascii=False)


def tables(connection: sqlite3.Connection) -> list[str]:
    """Names of the user's tables and views, sorted; what hygge and virtual tables keep is left out."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    names = {_decoded(name) for (name,) in found}
    if sqlite3.sqlite_version_info >= (3, 37):
        listed = connection.execute("SELECT name FROM pragma_table_list WHERE type = 'shadow'")
        names -= {_decoded(name) for (name,) in listed}
    return sorted(name for name in names if not name.startswith(("sqlite_", "_hygge_")))


def find_source(connection: sqlite3.Connection, path: str, table: str, query: str | None) -> Source:
    """The table or view of that name, or the query; raises `DataError` HYG302 if there is none."""
    if query is not None:
        return Source(
            label="query",
            sql=f"(\n{query.strip().rstrip(';')}\n) AS query",
            declarations=_query_columns(path, query),
            key=(),
        )
    columns = _columns(connection, table)
    if not columns:
        known = tables(connection)
        close = difflib.get_close_matches(table, known, n=1)
        raise DataError(
            f"{path} has no table or view {table!r}",
            code="HYG302",
            remedy=f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known) or 'none'}.",
        )
    return Source(
        label=table,
        sql=quoted(table),
        declarations={name: kind for name, kind, _ in columns},
        key=_key(connection, table, columns),
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str | None, int]]:
    """Name, declared type and place in the primary key; hidden columns of virtual tables left out."""
    found = connection.execute("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)", [table]).fetchall()
    return [(_decoded(n), _decoded(t) if t else None, int(pk)) for n, t, pk, hidden in found if hidden != 1]


def _query_columns(path: str, query: str) -> Mapping[str, str | None]:
    """Columns and declared types of a query, by way of a temporary view in a connection of its own."""
    connection = sqlite3.connect(uri(path), uri=True, isolation_level=None)
    try:
        connection.execute(f"CREATE TEMP VIEW hygge_query AS SELECT * FROM (\n{query.strip().rstrip(';')}\n)")
        found = connection.execute("SELECT name, type FROM pragma_table_xinfo('hygge_query')").fetchall()
    finally:
        connection.close()
    return {name: kind or None for name, kind in found}


def _key(
    connection: sqlite3.Connection, table: str, columns: Sequence[tuple[str, str | None, int]]
) -> tuple[str, ...]:
    primary = [quoted(name) for _, name in sorted((pk, name) for name, _, pk in columns if pk)]
    if primary:
        return tuple(primary)
    kind = connection.execute(
        "SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE", [table]
    ).fetchone()
    names = {name.lower() for name, _, _ in columns}
    if kind is not None and kind[0] == b"table" and "rowid" not in names:
        return ("rowid",)
    return ()


def pick(
    connection: sqlite3.Connection, source: Source, wanted: Sequence[str] | None, types: Mapping[str, str]
) -> list[Column]:
    """The columns to read, each with its type; all faults are told at once."""
    names = list(source.declarations) if wanted is None else list(wanted)
    lost = [n for n in types if n not in source.declarations]
    if lost:
        raise DataError(
            f"home.types names {', '.join(map(repr, lost))}, no column of {source.label}",
            code="HYG302",
            remedy="Say it in the home of the entity that has it, or correct the name.",
        )
    unknown = [n for n in names if n not in source.declarations]
    if unknown:
        close = difflib.get_close_matches(unknown[0], source.declarations, n=1)
        raise DataError(
            f"{source.label} has no column {', '.join(map(repr, unknown))}",
            code="HYG302",
            remedy=f"Did you mean {close[0]!r}?"
            if close
            else f"There are: {', '.join(source.declarations)}.",
        )
    found = {n: named(n, types[n]) if n in types else declared(n, source.declarations[n]) for n in names}
    untyped = [n for n, column in found.items() if column is None]
    if untyped:
        raise _untyped(connection, source, untyped)
    return [column for column in found.values() if column is not None]


def _untyped(connection: sqlite3.Connection, source: Source, names: Sequence[str]) -> DataError:
    lines = [f"    {yaml_key(name)}: {_suggestion(connection, source, name)}" for name in names]
    return DataError(
        f"{source.label}: no type is declared that hygge could rely on for {', '.join(map(repr, names))}",
        code="HYG305",
        columns=list(names),
        remedy="Say in home what they are (suggested from the first rows):\n  types:\n" + "\n".join(lines),
    )


def _suggestion(connection: sqlite3.Connection, source: Source, name: str) -> str:
    first = f"SELECT {quoted(name)} FROM {source.sql} LIMIT {SAMPLE}"
    found = connection.execute(f"SELECT DISTINCT typeof({quoted(name)}) FROM ({first})")
    kinds = {_decoded(kind) for (kind,) in found} - {"null"}
    single = {"integer": "int64", "real": "float64", "text": "string", "blob": "binary"}
    if kinds == {"integer", "real"}:
        return "float64"
    return single[kinds.pop()] if len(kinds) == 1 else "string"


def _decoded(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "replace")
