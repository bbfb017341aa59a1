"""What stands at the target's name now, asked from SQLite's catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hygge_sqlite.place import folded

__all__ = ["KEY_INDEX", "Standing", "UserObject", "key_index", "objects_on", "stands", "triggers_on"]

KEY_INDEX = "_hygge_key_"  # what begins like this is the store's own index on the keys


@dataclass(frozen=True, slots=True, kw_only=True)
class UserObject:
    """An index or trigger that somebody put on the table."""

    kind: str
    name: str
    sql: str
    columns: tuple[str, ...] = ()  # of an index; expressions are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The table (or view) of a name."""

    kind: str  # table, view or index: names are shared
    name: str  # as it is written there
    columns: dict[str, str]  # declared types, by name
    key: tuple[str, ...]  # of the primary key, in its order
    rowid: str | None  # how a row's number is asked for; None: the table has none to rely on

    def describe(self) -> str:
        """For people."""
        return f"the {self.kind} {self.name!r}"


def stands(connection: sqlite3.Connection, table: str) -> Standing | None:
    """What has the name of the table, whatever it is; None: nothing."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type <> 'trigger'",
        (table,),
    ).fetchone()
    if found is None:
        return None
    kind, name, _ = found
    info = connection.execute("SELECT name, type, pk FROM pragma_table_xinfo(?)", (name,)).fetchall()
    columns = {column: declared for column, declared, _ in info}
    key = tuple(column for place, column in sorted((pk, column) for column, _, pk in info if pk))
    return Standing(
        kind=kind, name=name, columns=columns, key=key, rowid=_rowid(connection, name, columns, key)
    )


def triggers_on(connection: sqlite3.Connection, table: str) -> list[str]:
    """Names of what may change the rows that are written."""
    return [one.name for one in objects_on(connection, table) if one.kind == "trigger"]


def objects_on(connection: sqlite3.Connection, table: str) -> list[UserObject]:
    """Indexes and triggers that go when the table is dropped, but for those that its constraints make."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE "
        "AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        (table,),
    ).fetchall()
    return [
        UserObject(
            kind=kind, name=name, sql=sql, columns=_indexed(connection, name) if kind == "index" else ()
        )
        for kind, name, sql in found
    ]


def key_index(connection: sqlite3.Connection, standing: Standing, keys: Sequence[str]) -> bool:
    """Whether the table's own rules make the keys unique, in the plain order of bytes."""
    wanted = sorted(map(folded, keys))
    if sorted(map(folded, standing.key)) == wanted:
        return True
    unique = connection.execute(
        'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (standing.name,)
    ).fetchall()
    return any(_plainly_indexed(connection, name) == wanted for (name,) in unique)


def _plainly_indexed(connection: sqlite3.Connection, index: str) -> list[str]:
    found = connection.execute("SELECT name, coll FROM pragma_index_xinfo(?) WHERE key", (index,)).fetchall()
    return sorted(folded(name) if name and coll == "BINARY" else "\0" for name, coll in found)


def _indexed(connection: sqlite3.Connection, index: str) -> tuple[str, ...]:
    found = connection.execute("SELECT name FROM pragma_index_info(?)", (index,))
    return tuple(name for (name,) in found if name is not None)


def _rowid(
    connection: sqlite3.Connection, table: str, columns: dict[str, str], key: Sequence[str]
) -> str | None:
    """A name of the row's number that no column hides; none where the keys give the number."""
    without = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,)
    )
    row = without.fetchone()
    if row is None or row[0] or (len(key) == 1 and folded(columns[key[0]]) == "integer"):
        return None
    taken = set(map(folded, columns))
    return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), None)
