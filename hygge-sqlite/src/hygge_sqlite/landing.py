"""Move staged rows into the target, inside the transaction of the commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from hygge.errors import StopEntity
from hygge.failpoints import failpoint
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.foresight import equal_keys
from hygge_sqlite.ordering import by_value
from hygge_sqlite.place import Place
from hygge_sqlite.reshape import reshape
from hygge_sqlite.schema import TableShape, quoted_list
from hygge_sqlite.staged import StagedFile
from hygge_sqlite.standing import KEY_INDEX, Standing, key_index, stands, triggers_on
from hygge_sqlite.storage import stored_type
from hygge_sqlite.survivors import recreate, refuse_lost_columns, survivors_of
from hygge_sqlite.writing import address

__all__ = ["land"]

Files = Sequence[StagedFile]


def land(
    connection: sqlite3.Connection, where: Place, job: Job, table: str, shape: TableShape, files: Files
) -> dict[str, Any]:
    """Make the rows of the staged files those of the target; what the receipt's token is to hold."""
    for number, file in enumerate(files):
        path = address(where.staging / file.name, "mode=ro&immutable=1")
        connection.execute(f"ATTACH ? AS part{number}", (path,))
    failpoint("commit.attached")
    if job.mode == "replace":
        return _replace(connection, job, table, shape, files)
    standing = stands(connection, table)
    new = standing is None
    if standing is None:
        standing = _created(connection, table, shape)
    else:
        standing = reshape(connection, job, standing, shape)
        failpoint("commit.reshaped")
    if job.mode == "append":
        return _append(connection, standing, shape, files)
    token = _first_upsert(connection, job, standing, shape, files) if new else None
    return token or _upsert(connection, job, standing, shape, files)


def _created(connection: sqlite3.Connection, table: str, shape: TableShape) -> Standing:
    connection.execute(f"CREATE TABLE main.{quoted(table)} ({shape.columns()})")
    found = stands(connection, table)
    assert found is not None
    return found


# -- replace -----------------------------------------------------------------------------------


def _replace(
    connection: sqlite3.Connection, job: Job, table: str, shape: TableShape, files: Files
) -> dict[str, Any]:
    before = stands(connection, table)
    survivors = survivors_of(connection, before) if before else []
    refuse_lost_columns(job, survivors, shape)
    if before is not None:
        connection.execute(f"DROP TABLE main.{quoted(before.name)}")
        failpoint("commit.dropped")
    standing = _created(connection, before.name if before else table, shape)
    token = _append(connection, standing, shape, files)
    for survivor in survivors:
        recreate(connection, job, survivor)
        failpoint("commit.recreated")
    return token


# -- append ------------------------------------------------------------------------------------


def _append(
    connection: sqlite3.Connection, standing: Standing, shape: TableShape, files: Files
) -> dict[str, Any]:
    first = _highest(connection, standing)
    same = tuple(standing.columns) == shape.names
    # Without a list of columns SQLite copies records as they are, where the tables are alike.
    into = quoted(standing.name) if same else f"{quoted(standing.name)} ({quoted_list(shape.names)})"
    watched = triggers_on(connection, standing.name)
    landed = 0
    for number, (name, rows, *_) in enumerate(files):
        changed = connection.execute(f"INSERT INTO main.{into} SELECT * FROM part{number}.rows").rowcount
        if changed != rows:
            raise _miscounted(name, rows, changed, watched)
        landed += changed
        failpoint("commit.moved")
    if watched and first is None:
        return {"counted": None}  # who knows what a trigger has removed of rows without numbers of their own
    if watched and (there := _count_above(connection, standing, first)) < landed:
        raise _miscounted(", ".join(file.name for file in files), landed, there, watched)
    last = _highest(connection, standing)
    if first is None or last is None or last - first != landed:
        return {"counted": landed}
    return {"first": first + 1, "last": last}


def _highest(connection: sqlite3.Connection, standing: Standing) -> int | None:
    if standing.rowid is None:
        return None
    highest = f"SELECT max({standing.rowid}) FROM main.{quoted(standing.name)}"
    found: int | None = connection.execute(highest).fetchone()[0]
    return found or 0


def _count_above(connection: sqlite3.Connection, standing: Standing, number: int | None) -> int:
    count = f"SELECT count(*) FROM main.{quoted(standing.name)} WHERE {standing.rowid} > ?"
    found: int = connection.execute(count, (number,)).fetchone()[0]
    return found


def _miscounted(name: str, rows: int, changed: int, triggers: Sequence[str]) -> StopEntity:
    if triggers:
        return StopEntity(
            f"of {rows} rows {changed} are there once they are written: the table has triggers, "
            f"{', '.join(triggers)}",
            code="HYG404",
            remedy="Nothing was changed. Have the trigger keep the rows, or drop it, then run again.",
        )
    return StopEntity(
        f"staged file {name} gave {changed} rows; {rows} were written",
        code="HYG404",
        remedy="Nothing was changed. Use `hygge state discard FLOW.ENTITY`, then run again.",
    )


# -- upsert ------------------------------------------------------------------------------------


def _upsert(
    connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape, files: Files
) -> dict[str, Any]:
    _ensure_key(connection, job, standing)
    statement = _upsert_statement(job, standing, shape, files)
    rows = sum(file.rows for file in files)
    changed = connection.execute(statement).rowcount if statement else 0
    failpoint("commit.moved")
    watched = triggers_on(connection, standing.name)
    if watched or not _updates(job, shape):  # then SQLite tells only of the rows that are new
        changed = _there(connection, job, standing, shape, files)
    if changed != rows:
        raise _miscounted(", ".join(file.name for file in files), rows, changed, watched)
    return {"counted": changed}


def _there(
    connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape, files: Files
) -> int:
    """How many staged rows have their key in the target."""
    equal = " AND ".join(f"t.{quoted(key)} = s.c{shape.place(key)}" for key in job.keys)
    target = f"main.{quoted(standing.name)} AS t"
    counts = (f"SELECT count(*) FROM part{n}.rows AS s JOIN {target} ON {equal}" for n in range(len(files)))
    return sum(connection.execute(count).fetchone()[0] for count in counts)


def _updates(job: Job, shape: TableShape) -> list[str]:
    """The columns that a row of the source changes in one that is there."""
    return [name for name in shape.names if name not in job.keys and name not in job.absent]


def _upsert_statement(job: Job, standing: Standing, shape: TableShape, files: Files) -> str:
    """Rows in the order of their key: one walk through the table; of equal ones the winner comes last."""
    columns = ", ".join(f"c{n}" for n in range(len(shape.names)))
    parts = " UNION ALL ".join(
        f"SELECT {n} AS part, rowid AS place, {columns} FROM part{n}.rows" for n in range(len(files))
    )
    order = "place" if len(files) == 1 and files[0].ascending else _order(job, shape)
    updates = list(map(quoted, _updates(job, shape)))
    action = f"UPDATE SET {', '.join(f'{u} = excluded.{u}' for u in updates)}" if updates else "NOTHING"
    if not parts:
        return ""
    return (
        f"INSERT INTO main.{quoted(standing.name)} ({quoted_list(shape.names)}) "
        f"SELECT {columns} FROM ({parts}) WHERE true ORDER BY {order} "
        f"ON CONFLICT ({quoted_list(job.keys)}) DO {action}"
    )


def _order(job: Job, shape: TableShape) -> str:
    order = [f"c{shape.place(key)}" for key in job.keys]
    if job.latest_by is not None:
        latest = f"c{shape.place(job.latest_by)}"
        decimal = pa.types.is_decimal(stored_type(shape.fields.field(job.latest_by).type))
        order += by_value(latest) if decimal else [latest]
    return ", ".join([*order, "part", "place"])


def _first_upsert(
    connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape, files: Files
) -> dict[str, Any] | None:
    """Fill an empty table as an append does, in half the time; None if equal keys forbid that."""
    connection.execute("SAVEPOINT filled")
    token: dict[str, Any] | None = _append(connection, standing, shape, files)
    try:
        _make_key(connection, job, standing)
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO filled")
        token = None
    connection.execute("RELEASE filled")
    return token


def _ensure_key(connection: sqlite3.Connection, job: Job, standing: Standing) -> None:
    if key_index(connection, standing, job.keys):
        return
    try:
        _make_key(connection, job, standing)
    except sqlite3.IntegrityError as error:
        raise equal_keys(job) from error


def _make_key(connection: sqlite3.Connection, job: Job, standing: Standing) -> None:
    name = quoted(f"{KEY_INDEX}{standing.name}")
    connection.execute(f"DROP INDEX IF EXISTS main.{name}")  # of other keys
    made = f"CREATE UNIQUE INDEX main.{name} ON {quoted(standing.name)} ({quoted_list(job.keys)})"
    connection.execute(made)
    failpoint("commit.keyed")
