"""The home ``type: rest``: a table page by page, or the rows of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import pyarrow as pa

from hygge import schemas
from hygge.errors import DataError, HyggeError, NeedsUser
from hygge.model import Finding, Plan, ReadRequest, Split, Window
from hygge.roles import Home
from hygge.watermark import from_text, to_text, type_name
from hygge_rest.api import Api, Missing


class RestHome(Home):
    """Rows are only added to a table, so what was on a page stays there."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._cancelled = Event()

    def identity(self, entity: str) -> str:
        return f"{self._api().url}/tables/{entity}"

    def entities(self) -> Sequence[str]:
        return sorted(self._api().get("tables"))

    def check(self, entity: str) -> Sequence[Finding]:
        try:
            message = f"{len(self._columns(entity))} columns"
        except HyggeError as error:
            return [Finding(subject=self.identity(entity), ok=False, message=error.message, fix=error.remedy)]
        return [Finding(subject=self.identity(entity), ok=True, message=message)]

    def plan(self, request: ReadRequest) -> Plan:
        if request.where is not None:  # what cannot be met exactly is refused, never passed over
            raise NeedsUser("the API has no filters", code="HYG405", remedy="Leave out `where`.")
        columns = self._columns(request.entity)
        wanted = request.columns if request.columns is not None else columns.names
        schema = pa.schema([columns.field(self._named(columns, name)) for name in wanted])
        return Plan(
            schema=schemas.pack(schema),
            splits=(Split(id="all", payload={"schema": schemas.pack(schema)}),),
            window=self._bounded(request, columns),
        )

    def _columns(self, entity: str) -> pa.Schema:
        try:
            told = self._api().get("tables", entity)["columns"]
        except Missing:
            raise DataError(
                f"{self.identity(entity)} does not exist",
                code="HYG302",
                remedy="Name one that is there; the API lists them under /tables.",
            ) from None
        return pa.schema([(column["name"], pa.type_for_alias(column["type"])) for column in told])

    def _named(self, columns: pa.Schema, name: str, code: str = "HYG302") -> str:
        if name not in columns.names:
            known = ", ".join(columns.names)
            raise DataError(f"there is no column {name!r}", code=code, remedy=f"The columns are: {known}.")
        return name

    def _bounded(self, request: ReadRequest, columns: pa.Schema) -> Window | None:
        """The window with its type and its upper end, which is fixed here, before anything is read."""
        window = request.window
        if window is None:
            return None
        kind = columns.field(self._named(columns, window.column, "HYG303")).type
        ends = self._api().get("tables", request.entity, "ends", column=window.column)
        if window.fail_on_nulls and ends["nulls"]:
            raise DataError(
                f"{ends['nulls']} rows have no {window.column!r}",
                code="HYG304",
                remedy="Set watermark.nulls to include or skip.",
            )
        upper = None if ends["greatest"] is None else to_text(pa.scalar(ends["greatest"], kind))
        return replace(window, type=type_name(kind), upper=window.upper or upper)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        schema = schemas.unpack(split.payload["schema"])
        query: dict[str, Any] = {"limit": request.batch_rows, **self._query(request.window)}
        page: int | None = 0
        while page is not None:
            answer = self._api().page(self._cancelled, "tables", request.entity, "rows", page=page, **query)
            yield from batches_of(answer, schema, request)
            page = answer["next"]

    def cancel(self) -> None:
        self._cancelled.set()

    def _query(self, window: Window | None) -> dict[str, Any]:
        """The window in the words of the API: both ends belong to it."""
        if window is None:
            return {}
        kind, nulls = pa.type_for_alias(window.type), int(window.nulls)
        if window.upper is None:  # nobody has a value: only rows without one can belong to it
            return {"column": window.column, "nulls": nulls, "empty": 1}
        ends = {"since": window.lower, "until": window.upper}
        told = {key: from_text(text, kind).as_py() for key, text in ends.items() if text is not None}
        return {"column": window.column, "nulls": nulls, **told}

    def _api(self) -> Api:
        return Api(self.config)


def batches_of(answer: Any, schema: pa.Schema, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """A page as batches of the planned schema, within the limits that the engine asks for."""
    rows = answer["rows"]
    if not set(schema.names) <= set(answer["columns"]):
        raise DataError("the columns changed meanwhile", code="HYG307", remedy="Run again: it plans anew.")
    try:
        found = pa.RecordBatch.from_pylist([{n: row[n] for n in schema.names} for row in rows], schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"a value does not fit its column: {error}", code="HYG301", remedy="Correct it at the source."
        ) from error
    size = max(1, found.nbytes // max(1, found.num_rows))
    step = max(1, min(request.batch_rows, request.batch_bytes // size))
    for first in range(0, found.num_rows, step):
        yield found.slice(first, step)
