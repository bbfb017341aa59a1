"""Homes that are the reference but for one fault each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from hygge_reference.home import ReferenceHome
from hygge_reference.remote import RemoteHome
from hygge_reference.tables import written

from hygge import schemas
from hygge.model import Plan, ReadRequest, Split, Window


class Unbounded(ReferenceHome):
    """Reads to wherever the source ends by then."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        rows = self.table(request.entity).num_rows
        if request.window is not None and split.id == "2":
            request = replace(request, window=replace(request.window, upper=None, nulls=True))
            split = replace(split, payload={**split.payload, "rows": [split.payload["rows"][0], rows]})
        return super().read(request, split)


class Overlapping(ReferenceHome):
    """Gives the row between two splits to both."""

    def splits(self, table: pa.Table) -> tuple[Split, ...]:
        return moved(super().splits(table), first=-1, last=0)


class Gaping(ReferenceHome):
    """Gives the row between two splits to none."""

    def splits(self, table: pa.Table) -> tuple[Split, ...]:
        return moved(super().splits(table), first=1, last=0)


class Nullless(ReferenceHome):
    """Leaves rows without a value out of every window."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        for batch in super().read(request, split):
            window = request.window
            yield batch if window is None else batch.filter(pc.is_valid(batch.column(window.column)))


class Exclusive(ReferenceHome):
    """Takes a window without its lower end."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        for batch in super().read(request, split):
            window = request.window
            if window is None or window.lower is None:
                yield batch
                continue
            above = pc.greater(batch.column(window.column), int(window.lower))
            yield batch.filter(pc.or_kleene(above, pc.is_null(batch.column(window.column))))


class Sampling(ReferenceHome):
    """Takes the types from the first rows."""

    def table(self, entity: str) -> pa.Table:
        table = super().table(entity)
        first = table.slice(0, 5)
        for place, name in enumerate(table.column_names):
            if first.num_rows and first[name].null_count == first.num_rows:
                table = table.set_column(place, name, pa.nulls(table.num_rows))
        return table


class Rounding(ReferenceHome):
    """Passes the upper end of a window through a float."""

    def bounded(self, request: ReadRequest) -> Window | None:
        window = super().bounded(request)
        if window is None or window.upper is None:
            return window
        return replace(window, upper=str(int(float(window.upper))))


class Bulky(ReferenceHome):
    """Gives batches of its own size."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        return super().read(replace(request, batch_rows=50), split)


class Customary(ReferenceHome):
    """Gives columns in the source's order, whatever order was asked for."""

    def plan(self, request: ReadRequest) -> Plan:
        names = self.table(request.entity).column_names
        known = request.columns is not None and set(request.columns) <= set(names)
        asked = tuple(sorted(request.columns, key=names.index)) if known else request.columns
        return super().plan(replace(request, columns=asked))


class Heedless(ReferenceHome):
    """Passes over a filter that it does not know."""

    def plan(self, request: ReadRequest) -> Plan:
        return super().plan(replace(request, where=None))


class Chameleon(ReferenceHome):
    """Gives whatever columns there are by now."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        now = schemas.pack(self.table(request.entity).schema)
        return super().read(request, replace(split, payload={**split.payload, "schema": now}))


class Curtailed(RemoteHome):
    """Takes an answer that ends early for a table with fewer rows."""

    def table(self, entity: str) -> pa.Table:
        from hygge.errors import TransientError

        try:
            return super().table(entity)
        except TransientError:
            from hygge_reference.tables import read

            return read(written(self._schema, [])).table

    def plan(self, request: ReadRequest) -> Plan:
        plan = super().plan(request)
        type(self)._schema = schemas.unpack(plan.schema)
        return plan

    _schema = pa.schema([])


class Stingy(ReferenceHome):
    """Gives each split its share of a limit, whether or not the others have as much."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        left = None if request.limit is None else request.limit // 3
        for batch in super().read(request, split):
            yield batch if left is None else batch.slice(0, left)
            left = None if left is None else max(0, left - batch.num_rows)


class Counting(ReferenceHome):
    """Goes on behind as many rows as it has read; whose rows they were it does not know."""

    def plan(self, request: ReadRequest) -> Plan:
        plan, rows = super().plan(request), self.table(request.entity).num_rows
        begin = int(request.position or 0)
        only = replace(plan.splits[0], payload={**plan.splits[0].payload, "rows": [min(begin, rows), rows]})
        return replace(plan, splits=(only,), position=str(rows))


class Overreaching(Counting):
    """Reads whatever there is by then, and the next run reads some of it again."""

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        rows = self.table(request.entity).num_rows
        return super().read(
            request, replace(split, payload={**split.payload, "rows": [split.payload["rows"][0], rows]})
        )


def moved(splits: tuple[Split, ...], *, first: int, last: int) -> tuple[Split, ...]:
    """The splits but the first, with their ends elsewhere."""
    rest = [
        replace(split, payload={**split.payload, "rows": [max(0, low + first), high + last]})
        for split in splits[1:]
        for low, high in [split.payload["rows"]]
    ]
    return (splits[0], *rest)
