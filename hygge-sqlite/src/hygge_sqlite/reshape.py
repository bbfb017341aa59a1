"""Bring the target into the shape that the job's rows have: new columns, wider types."""

from __future__ import annotations

import sqlite3

from hygge.errors import Refused
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.place import folded
from hygge_sqlite.schema import TableShape
from hygge_sqlite.standing import Standing, stands

__all__ = ["reshape"]


def reshape(connection: sqlite3.Connection, job: Job, standing: Standing, shape: TableShape) -> Standing:
    """The table as it is once it can take the rows; raises `Refused` HYG411 where it cannot."""
    there = {folded(name): kind for name, kind in standing.columns.items()}
    for name, wanted in zip(shape.names, shape.declarations, strict=True):
        kind = there.get(folded(name))
        if kind is None:
            connection.execute(f"ALTER TABLE main.{quoted(standing.name)} ADD COLUMN {quoted(name)} {wanted}")
        elif kind != wanted:
            raise _cannot_widen(job, name, kind, wanted)
    found = stands(connection, standing.name)
    assert found is not None
    return found


def _cannot_widen(job: Job, name: str, kind: str, wanted: str) -> Refused:
    return Refused(
        f"{job.flow}.{job.entity}: the column {name!r} is {kind} at the target and cannot become {wanted}",
        code="HYG411",
        remedy="Nothing was changed. Cast it with polish: {cast: ...}, or load it anew with "
        f"`hygge run {job.flow}.{job.entity} --full-drop`.",
        column=name,
    )
