"""Schema policy: what becomes of the committed schema when the source's is another one today.

A target keeps the order of its columns; new ones come at the end. A replace takes the source's types;
what is appended or upserted keeps the target's where today's values fit them, else the store has
to be able to widen them. Layouts of the same values (string and large_string) and another order of
columns are no changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from hygge.capabilities import StoreCapabilities
from hygge.config.model import DriftConfig
from hygge.errors import Refused
from hygge.model import Mode
from hygge.widening import same, widest

__all__ = ["Change", "Settled", "conform", "settle"]

Kind = Literal["add_columns", "drop_columns", "change_types", "nullability"]
CHOICES: dict[Kind, str] = {
    "add_columns": "Set drift: {add_columns: ignore} to leave it out",
    "drop_columns": "Set drift: {drop_columns: evolve} to have it null from now on",
    "change_types": "Cast it with polish: {cast: ...}",
    "nullability": "Set drift: {nullability: evolve}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between the committed schema and today's."""

    kind: Kind
    column: str
    before: pa.Field | None
    now: pa.Field | None

    def __str__(self) -> str:
        if self.now is None:
            return f"{self.column!r} is gone"
        if self.before is None:
            return f"{self.column!r} ({self.now.type}) is new"
        if self.kind == "nullability":
            return f"{self.column!r} was not null, is now nullable"
        return f"{self.column!r} was {self.before.type}, is now {self.now.type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The target's schema once the job has landed, and what led to it."""

    schema: pa.Schema
    changes: tuple[Change, ...] = ()


def settle(
    committed: pa.Schema | None,
    now: pa.Schema,
    policy: DriftConfig,
    mode: Mode,
    store: StoreCapabilities,
    label: str,
) -> Settled:
    """The schema to write; raises `Refused` HYG411 for a change that policy or store do not allow."""
    if committed is None:
        return Settled(schema=now)
    changes = tuple(_changes(committed, now))
    for change in changes:
        if why := _objection(change, policy, mode, store):
            raise _stopped(change, why, label)
    fields = [field for before in committed if (field := _kept(before, now, mode)) is not None]
    if policy.add_columns == "evolve":
        new = [field for field in now if field.name not in committed.names]
        fields += [field if mode == "replace" else field.with_nullable(True) for field in new]
    if not fields:
        raise Refused(
            f"{label}: no column of the committed schema is left in the source",
            code="HYG411",
            remedy="Check the flow's home, or load it anew with `hygge run FLOW.ENTITY --full-drop`.",
        )
    return Settled(schema=pa.schema(fields), changes=changes)


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the settled schema: columns in its order, missing ones null, layouts cast."""
    if batch.schema.equals(schema, check_metadata=False):
        return batch
    return pa.RecordBatch.from_arrays([_column(batch, field) for field in schema], schema=schema)


def _column(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    place = batch.schema.get_field_index(field.name)
    if place < 0:
        return pa.nulls(batch.num_rows, field.type)
    values = batch.column(place)
    return values if values.type.equals(field.type) else values.cast(field.type)


def _changes(committed: pa.Schema, now: pa.Schema) -> Iterator[Change]:
    for field in now:
        if field.name not in committed.names:
            yield Change(kind="add_columns", column=field.name, before=None, now=field)
    for before in committed:
        if before.name not in now.names:
            yield Change(kind="drop_columns", column=before.name, before=before, now=None)
            continue
        after = now.field(before.name)
        if not same(before.type, after.type):
            yield Change(kind="change_types", column=before.name, before=before, now=after)
        if after.nullable and not before.nullable:
            yield Change(kind="nullability", column=before.name, before=before, now=after)


def _objection(change: Change, policy: DriftConfig, mode: Mode, store: StoreCapabilities) -> str | None:
    """Why the change must not be made; None if it may."""
    choice = getattr(policy, change.kind)
    if choice == "stop":
        return f"the flow says drift: {change.kind}: stop"
    if mode == "replace" or choice == "ignore":
        return None
    if change.kind == "add_columns" and not store.add_columns:
        return "this store cannot add columns to what is there"
    if change.before is not None and change.now is not None and change.kind == "change_types":
        both = widest(change.before.type, change.now.type)
        if both is None:
            return "no type holds the values of both"
        if not same(both, change.before.type) and not store.widen_types:
            return "this store cannot widen the columns that are there"
    return None


def _kept(before: pa.Field, now: pa.Schema, mode: Mode) -> pa.Field | None:
    """The target's column for one that it had; None: it goes."""
    if before.name not in now.names:
        return None if mode == "replace" else before.with_nullable(True)
    after = now.field(before.name)
    if mode == "replace":
        return after
    kind = before.type if same(before.type, after.type) else widest(before.type, after.type)
    return before.with_type(kind).with_nullable(before.nullable or after.nullable)


def _stopped(change: Change, why: str, label: str) -> Refused:
    return Refused(
        f"{label}: the schema changed since the last commit: {change}; {why}",
        code="HYG411",
        remedy=f"Nothing was written. {CHOICES[change.kind]}, or load it anew with "
        f"`hygge run FLOW.ENTITY --full-drop`.",
        column=change.column,
    )
