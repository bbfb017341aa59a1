"""What a commit would refuse for good, asked before the job is sealed: after that it only goes forward."""

from __future__ import annotations

import contextlib
import sqlite3

from hygge.errors import Refused
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.place import folded
from hygge_sqlite.reshape import reshaping
from hygge_sqlite.schema import MOST_COLUMNS, TableShape, quoted_list
from hygge_sqlite.standing import Standing, key_index, stands
from hygge_sqlite.survivors import recreate, refuse_lost_columns, survivors_of

__all__ = ["equal_keys", "refuse_what_cannot_land"]


def refuse_what_cannot_land(connection: sqlite3.Connection, job: Job, table: str, shape: TableShape) -> None:
    """Raise `Refused` where the target as it stands cannot take such rows, whatever they hold.

    What hangs on the rows themselves, such as a unique index of a user, only the commit can tell.
    """
    standing = stands(connection, table)
    if standing is None or standing.kind != "table":
        return
    if job.mode == "replace":
        _refuse_misfits(connection, job, standing, shape)
        return
    added, _ = reshaping(job, standing, shape)
    if len(standing.columns) + len(added) > MOST_COLUMNS:
        raise _too_wide(job, len(standing.columns) + len(added))
    _refuse_missing_values(connection, job, standing, shape)
    if job.mode == "upsert" and not key_index(connection, standing, job.keys):
        _refuse_equal_keys(connection, job, standing)


def _refuse_misfits(connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape) -> None:
    """Try on an empty table what would have to survive the replacement."""
    survivors = survivors_of(connection, standing)
    refuse_lost_columns(job, survivors, shape)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        empty.execute(f"CREATE TABLE main.{quoted(standing.name)} ({shape.columns()})")
        for survivor in survivors:
            recreate(empty, job, survivor)


def _refuse_equal_keys(connection: sqlite3.Connection, job: Job, standing: Standing) -> None:
    if not set(map(folded, job.keys)) <= set(map(folded, standing.columns)):
        return  # a new column is null in all rows, and nulls are never equal
    keys = quoted_list(job.keys)
    known = " AND ".join(f"{quoted(key)} IS NOT NULL" for key in job.keys)
    twice = f"SELECT 1 FROM main.{quoted(standing.name)} WHERE {known} GROUP BY {keys} HAVING count(*) > 1"
    if connection.execute(f"{twice} LIMIT 1").fetchone():
        raise equal_keys(job)


def _refuse_missing_values(
    connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape
) -> None:
    """Raise for a column that must have a value and would get none."""
    needed = connection.execute(
        'SELECT name FROM pragma_table_xinfo(?) WHERE "notnull" AND dflt_value IS NULL '
        "AND NOT pk AND NOT hidden",
        (standing.name,),
    )
    given = set(map(folded, shape.names))
    for (name,) in needed:
        if folded(name) not in given:
            raise Refused(
                f"{job.flow}.{job.entity}: the target's column {name!r} is NOT NULL without a default, "
                "and the rows have no such column",
                code="HYG411",
                remedy="Nothing was changed. Give it a default, or add it with polish: {constants: ...}.",
                column=name,
            )


def equal_keys(job: Job) -> Refused:
    """The error of an upsert into rows that the keys do not tell apart."""
    return Refused(
        f"{job.flow}.{job.entity}: the target holds rows with equal keys ({', '.join(job.keys)}), "
        "so it cannot be upserted",
        code="HYG405",
        remedy="Nothing was changed. Correct the flow's keys, or load it anew with "
        "`hygge run FLOW.ENTITY --full-drop`.",
    )


def _too_wide(job: Job, columns: int) -> Refused:
    return Refused(
        f"{job.flow}.{job.entity}: the target would have {columns:,} columns; SQLite takes {MOST_COLUMNS:,}",
        code="HYG405",
        remedy="Nothing was changed. Read fewer columns with the flow's `columns`, or use "
        "run_type: full_drop.",
    )
