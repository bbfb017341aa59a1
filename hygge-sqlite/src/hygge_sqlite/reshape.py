"""Bring the target into the shape that the job's rows have: new columns, wider types."""

from __future__ import annotations

import sqlite3

from hygge.errors import Refused
from hygge.failpoints import failpoint
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.place import folded
from hygge_sqlite.schema import TableShape, quoted_list
from hygge_sqlite.standing import Standing, objects_on, stands
from hygge_sqlite.types import declared
from hygge_sqlite.widening import widened

__all__ = ["reshape", "reshaping"]

NEW = "_hygge_reshaped"

Wider = tuple[str, str]
"""A column's new declaration, and what its values become."""


def reshape(connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape) -> Standing:
    """The table as it is once it can take the rows; raises as `reshaping`."""
    added, wider = reshaping(job, standing, shape)
    for name, wanted in added.items():
        _add(connection, standing, name, wanted)
    found = stands(connection, standing.name)
    assert found is not None
    return _rebuilt(connection, found, wider) if wider else found


def reshaping(job: Job, standing: Standing, shape: TableShape) -> tuple[dict[str, str], dict[str, Wider]]:
    """The columns to add and those to widen; raises `Refused` HYG411 where the table cannot take the rows."""
    there = {folded(name): name for name in standing.columns}
    added: dict[str, str] = {}
    wider: dict[str, Wider] = {}
    for field, wanted in zip(shape.fields, shape.declarations, strict=True):
        name = there.get(folded(field.name))
        if name is None:
            added[field.name] = wanted
        elif standing.columns[name] != wanted:
            before = declared(name, standing.columns[name])
            values = widened(quoted(name), before.type, field.type) if before else None
            if values is None:
                raise _cannot_widen(job, name, standing.columns[name], wanted)
            wider[name] = (wanted, values)
    return added, wider


def _add(connection: sqlite3.Connection, standing: Standing, name: str, wanted: str) -> None:
    connection.execute(f"ALTER TABLE main.{quoted(standing.name)} ADD COLUMN {quoted(name)} {wanted}")
    failpoint("commit.added")


def _rebuilt(connection: sqlite3.Connection, standing: Standing, wider: dict[str, Wider]) -> Standing:
    """The table copied into one of the wider types; what users put on it comes with it."""
    kinds = {name: wider[name][0] if name in wider else kind for name, kind in standing.columns.items()}
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in kinds.items())
    key = f", PRIMARY KEY ({quoted_list(standing.key)})" if standing.key else ""
    values = ", ".join(wider[name][1] if name in wider else quoted(name) for name in kinds)
    survivors = objects_on(connection, standing.name)
    order = f" ORDER BY {standing.rowid}" if standing.rowid else ""
    connection.execute(f"CREATE TABLE main.{NEW} ({columns}{key})")
    connection.execute(f"INSERT INTO main.{NEW} SELECT {values} FROM main.{quoted(standing.name)}{order}")
    failpoint("commit.widened")
    connection.execute(f"DROP TABLE main.{quoted(standing.name)}")
    connection.execute(f"ALTER TABLE main.{NEW} RENAME TO {quoted(standing.name)}")
    for survivor in survivors:
        connection.execute(survivor.sql)
    found = stands(connection, standing.name)
    assert found is not None
    return found


def _cannot_widen(job: Job, name: str, kind: str, wanted: str) -> Refused:
    return Refused(
        f"{job.flow}.{job.entity}: the column {name!r} is {kind or 'without a type'} at the target "
        f"and cannot become {wanted}",
        code="HYG411",
        remedy="Nothing was changed. Cast it with polish: {cast: ...}, or load it anew with "
        "`hygge run FLOW.ENTITY --full-drop`.",
        column=name,
    )
