"""The home ``type: reference``: tables as objects, read by ranges of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from hygge import schemas
from hygge.errors import DataError, TransientError
from hygge.files.within import within
from hygge.model import Plan, ReadRequest, Split, Window
from hygge.roles import Home
from hygge.watermark import to_text, type_name
from hygge_reference.place import Folder, Place
from hygge_reference.store import data_name, entity_of
from hygge_reference.tables import read

SPLITS = 3


class ReferenceHome(Home):
    """Rows are only ever added to a source, so a range of rows stays what it is."""

    def place(self) -> Place:
        return Folder(self.config["path"])

    def identity(self, entity: str) -> str:
        return f"{self.place().address()}/{data_name(entity)}"

    def entities(self) -> Sequence[str]:
        return sorted(entity_of(name) for name in self.place().names("data/"))

    def plan(self, request: ReadRequest) -> Plan:
        if request.where is not None:
            raise DataError(
                "objects have no language to filter in", code="HYG405", remedy="Leave out `where`."
            )
        table = self.table(request.entity)
        if request.columns is not None:
            table = table.select([self.named(table, name, "HYG302") for name in request.columns])
        window = self.bounded(request)
        return Plan(schema=schemas.pack(table.schema), splits=self.splits(table), window=window)

    def splits(self, table: pa.Table) -> tuple[Split, ...]:
        """Ranges of rows that partition the table."""
        rows, schema = table.num_rows, schemas.pack(table.schema)
        ends = [rows * n // SPLITS for n in range(SPLITS + 1)]
        return tuple(
            Split(id=str(n), payload={"rows": [ends[n], ends[n + 1]], "schema": schema})
            for n in range(SPLITS)
        )

    def bounded(self, request: ReadRequest) -> Window | None:
        """The window with its type and upper end."""
        window = request.window
        if window is None:
            return None
        whole = self.table(request.entity)
        column = whole[self.named(whole, window.column, "HYG303")]
        if window.fail_on_nulls and column.null_count:
            raise DataError(
                f"{window.column!r} holds nulls", code="HYG304", remedy="Set watermark: {nulls: include}."
            )
        greatest = pc.max(column)
        upper = window.upper or (to_text(greatest) if greatest.is_valid else None)
        return replace(window, type=type_name(column.type), upper=upper)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        low, high = split.payload["rows"]
        found = self.table(request.entity).slice(low, high - low)
        window = request.window
        if window is not None:
            empty = window.upper is None and not window.nulls
            found = (
                found.slice(0, 0)
                if empty
                else found.filter(within(found[window.column].combine_chunks(), window))
            )
        if request.columns is not None:
            found = found.select([self.named(found, name, "HYG302") for name in request.columns])
        if found.schema != schemas.unpack(split.payload["schema"]):
            raise DataError(
                f"the columns of {request.entity!r} changed while it was read",
                code="HYG307",
                remedy="Run again: it plans anew.",
            )
        size = max(1, found.nbytes // max(1, found.num_rows))
        yield from found.combine_chunks().to_batches(
            max_chunksize=max(1, min(request.batch_rows, request.batch_bytes // size))
        )

    def table(self, entity: str) -> pa.Table:
        found = self.place().get(data_name(entity))
        if found is None:
            raise DataError(f"there is no object {entity!r}", code="HYG302", remedy="Name one that is there.")
        try:
            return read(*found).table
        except ValueError as error:
            raise TransientError(
                f"the object {entity!r} ends early", code="HYG306", remedy="Run again."
            ) from error

    def named(self, table: pa.Table, name: str, code: str) -> str:
        if name not in table.column_names:
            known = ", ".join(table.column_names)
            raise DataError(f"there is no column {name!r}", code=code, remedy=f"The columns are: {known}.")
        return name
