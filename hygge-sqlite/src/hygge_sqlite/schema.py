"""The table that an Arrow schema becomes, refused before any I/O where SQLite could not hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hygge import schemas
from hygge.errors import NeedsUser
from hygge.model import Job
from hygge_sqlite.catalogue import quoted
from hygge_sqlite.place import folded
from hygge_sqlite.storage import declaration

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_COLUMNS", "TableShape", "shape_of_job"]

OPERATION = "_hygge_op"
BESIDE = 2  # columns that an upsert reads beside those of the table
MOST_COLUMNS = 2000  # SQLite's default; what a build allows beyond it is nothing to rely on


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """Columns in order, each with its declared type."""

    fields: pa.Schema
    declarations: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.fields.names)

    def columns(self) -> str:
        """What stands between the brackets of CREATE TABLE."""
        parts = zip(self.names, self.declarations, strict=True)
        return ", ".join(f"{quoted(name)} {kind}" for name, kind in parts)

    def place(self, name: str) -> int:
        """Where a column stands."""
        return self.names.index(name)


def quoted_list(names: Sequence[str]) -> str:
    """The names as SQL identifiers, with commas."""
    return ", ".join(map(quoted, names))


def shape_of_job(job: Job) -> TableShape:
    """The table of the job's schema; raises `NeedsUser` HYG405 with all that cannot be, at once."""
    fields = schemas.unpack(job.schema)
    faults = list(_faults(fields, MOST_COLUMNS - (BESIDE if job.mode == "upsert" else 0)))
    if job.mode == "upsert" and OPERATION in fields.names:
        faults.append(
            f"{OPERATION!r} names operations, which it does not apply: a delete would blank its row"
        )
    if faults:
        raise NeedsUser(
            f"{job.flow}.{job.entity}: SQLite cannot hold this table: {'; '.join(faults)}",
            code="HYG405",
            remedy="Rename, cast or drop these columns with the flow's polish.",
        )
    declarations = tuple(declaration(field.type) or "" for field in fields)
    return TableShape(fields=fields, declarations=declarations)


def _faults(fields: pa.Schema, most: int) -> list[str]:
    found = []
    if not len(fields):
        found.append("it has no columns")
    if len(fields) > most:
        found.append(f"{len(fields):,} columns, {most:,} are the most")
    seen: dict[str, str] = {}
    for field in fields:
        if declaration(field.type) is None:
            found.append(f"{field.name!r} is of type {field.type}")
        if "\0" in field.name:
            found.append(f"the name {field.name!r} holds a NUL")
        twin = seen.setdefault(folded(field.name), field.name)
        if twin != field.name or fields.names.count(field.name) > 1:
            found.append(f"{twin!r} and {field.name!r} are one name to SQLite")
    return list(dict.fromkeys(found))
