"""Completing what is there: rows between two watermark values that were committed or not.

Where the store upserts, the rows of the window are read and upserted. Where it appends, it is asked
for what it holds in the window, and rows that are there are left out by their identity. Identities are
made of what the store sees, since that is all it can give back. The watermark does not move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hygge.drift import conform
from hygge.engine.polished import had
from hygge.errors import DataError, Refused
from hygge.flow.item import Item
from hygge.model import Overlap, Receipt, WatermarkValue, Window
from hygge.overlap import LIMIT, Known, identities, summed
from hygge.watermark import from_text

if TYPE_CHECKING:
    from hygge.polish import Polish
    from hygge.roles import Store

__all__ = ["Completing", "known_rows"]


def known_rows(
    item: Item, store: Store, last: Receipt, polish: Polish, window: Window, target: pa.Schema
) -> tuple[Overlap, bytes]:
    """Which rows of the window the store holds, by identities over its own columns.

    Raises `Refused` where that cannot be told.
    """
    column = polish.names.get(window.column)
    if column is None or column in polish.remade:
        raise _untold(item, f"polish changes the watermark {window.column!r}")
    if not item.store_type.capabilities.read_back:
        raise _untold(item, f"store type {item.store_type.name!r} gives no rows back")
    columns = _identity_columns(item, polish, column, had(last))
    there = store.read_back(last, columns, replace(window, column=column))
    return summed(columns, b"".join(sorted(_identities(item, there, columns, target))))


def _identity_columns(item: Item, polish: Polish, column: str, every: Sequence[str]) -> tuple[str, ...]:
    """The watermark and keys; without keys, the columns that came with ``every`` row and come again."""
    keys = [polish.names[key] for key in item.config.keys if key in polish.names]
    if keys and len(keys) == len(item.config.keys):
        return tuple(dict.fromkeys([column, *keys]))
    known = {column, *every} - set(polish.made)
    return tuple(name for name in polish.schema.names if name in known)


def _identities(
    item: Item, there: Iterable[pa.RecordBatch], columns: Sequence[str], target: pa.Schema
) -> list[bytes]:
    wanted = pa.schema([target.field(name) for name in columns])
    found: list[bytes] = []
    for batch in there:
        found += identities(conform(batch, wanted), columns).to_pylist()
        if len(found) > LIMIT:
            raise DataError(
                f"{item.label}: the target holds more than {LIMIT:,} rows in this window",
                code="HYG408",
                remedy="Take a smaller window, several times.",
            )
    return found


def _untold(item: Item, why: str) -> Refused:
    return Refused(
        f"{item.label}: which rows of the window are there already cannot be told: {why}",
        code="HYG405",
        remedy="Give keys and a store that can upsert, or load it anew with "
        f"`hygge run {item.term} --full-drop`.",
    )


class Completing:
    """Follows the batches of a backfill that appends, as `Tracker` does those of other runs.

    ``as_there`` gives a batch as the store would give it back, ``there`` is what `known_rows` found;
    ``last`` and ``kept`` are what the last receipt kept for the next append, which the rows that now join
    them have to join there, too.
    """

    def __init__(
        self,
        as_there: Callable[[pa.RecordBatch], pa.RecordBatch],
        committed: WatermarkValue,
        there: tuple[Overlap, bytes],
        last: Overlap,
        kept: bytes,
    ) -> None:
        self._as_there = as_there
        self._committed = committed
        self._there = Known(*there)
        self._last = last
        self._kept = [kept[at : at + 16] for at in range(0, len(kept), 16)]
        self.left_out = 0

    def filter(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without the rows that are there."""
        ids = identities(self._as_there(batch), self._there.columns)
        new = pa.array([not known for known in self._there.take(ids)], pa.bool_())
        found = batch.filter(new)
        self.left_out += batch.num_rows - found.num_rows
        self._keep(found)
        return found

    def _keep(self, batch: pa.RecordBatch) -> None:
        if self._last.lower is None:
            return
        values = batch.column(self._committed.column)
        near = pc.greater_equal(values, from_text(self._last.lower, values.type))
        self._kept += identities(batch.filter(near), self._last.columns).to_pylist()

    def watermark(self) -> WatermarkValue:
        """The committed one: what is completed lies below it."""
        return self._committed

    def overlap(self) -> tuple[Overlap, bytes]:
        """What the next append has to leave out."""
        last = self._last
        kept, data = summed(last.columns, b"".join(sorted(self._kept)), last.lower, last.upper)
        return replace(kept, nulls=last.nulls), data

    def merge(self, other: Any) -> None:
        """Never called: a backfill that appends is one task."""
        raise AssertionError(other)
