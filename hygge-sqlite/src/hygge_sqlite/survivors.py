"""What users put on a table and find there again after it was replaced."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hygge.errors import Refused
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.place import folded
from hygge_sqlite.schema import TableShape
from hygge_sqlite.standing import KEY_INDEX, Standing, UserObject, objects_on

__all__ = ["recreate", "refuse_lost_columns", "survivors_of"]


def survivors_of(connection: sqlite3.Connection, standing: Standing) -> list[UserObject]:
    """Indexes and triggers on the table, but for the store's own index, which goes with its rows."""
    return [one for one in objects_on(connection, standing.name) if not one.name.startswith(KEY_INDEX)]


def refuse_lost_columns(job: Job, survivors: Sequence[UserObject], shape: TableShape) -> None:
    """Raise `Refused` for an index on a column that the new table does not have."""
    # Asked by name: SQLite takes a quoted name that is no column for a text, and indexes that.
    there = set(map(folded, shape.names))
    for survivor in survivors:
        lost = [name for name in survivor.columns if folded(name) not in there]
        if lost:
            raise _no_longer_fits(job, survivor, f"the column {lost[0]!r} is gone")


def recreate(connection: sqlite3.Connection, job: Job, survivor: UserObject) -> None:
    """Put it on the new table; raises `Refused` where that does not go."""
    try:
        connection.execute(survivor.sql)
    except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT):
            raise
        raise _no_longer_fits(job, survivor, str(error)) from error


def _no_longer_fits(job: Job, survivor: UserObject, why: str) -> Refused:
    return Refused(
        f"{job.flow}.{job.entity}: the {survivor.kind} {survivor.name!r} on the target no longer fits "
        f"the new table: {why}",
        code="HYG411",
        remedy=f"Nothing was changed. Drop it (DROP {survivor.kind.upper()} {quoted(survivor.name)}) "
        "or correct it, then run again.",
        object=survivor.name,
    )
