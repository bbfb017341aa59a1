"""A home of files, whatever their format and wherever they lie."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from hygge import schemas
from hygge.errors import DataError, HyggeError, RunStopped
from hygge.failpoints import failpoint
from hygge.files import partitions, position
from hygge.files.condition import Condition
from hygge.files.discovery import Found, Listing, discover, entities, is_glob
from hygge.files.filesystem import FileSystem
from hygge.files.format import Bounds, FormatReader
from hygge.files.misfit import telling_pinned
from hygge.files.pieces import Piece, pieces_of, split_bytes, splits
from hygge.files.trouble import telling_source
from hygge.files.within import may_hold, within
from hygge.model import Finding, Plan, ReadRequest, Split, Window
from hygge.roles import Home
from hygge.watermark import from_text, greatest, less, to_text, type_name

__all__ = ["FileHome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What is read of each file, and what of it is given on."""

    stored: pa.Schema  # columns of the files, needed or wanted
    given: pa.Schema  # columns of the batches, partitions among them
    condition: Condition | None


class FileHome(Home):
    """Reads what a `FormatReader` can read from any `FileSystem`.

    ``pattern`` is the part of the path below the root of ``files`` that holds globs or ``{entity}``.
    A plan pins its files by size and time of change: reading another content is an error, so all
    splits see one moment.
    """

    def __init__(
        self, config: Mapping[str, Any], files: FileSystem, pattern: str, reader: FormatReader
    ) -> None:
        super().__init__(config)
        self._files = files
        self._pattern = pattern
        self._reader = reader
        self._cancelled = False
        self._alone = True
        self._known: dict[str, Bounds | None] = {}  # of the plan's files and its watermark column

    def identity(self, entity: str) -> str:
        with telling_source("looking at the source", self._files.address(self._pattern)):
            try:
                return self._files.address(self._list(entity).place)
            except DataError:  # nothing is there yet
                return self._files.address(self._pattern)

    def entities(self) -> Sequence[str]:
        with telling_source("listing the source", self._files.address()):
            return entities(self._files, self._pattern, self._reader.suffixes)

    def plan(self, request: ReadRequest) -> Plan:
        with telling_source("looking at the source", self._files.address(self._pattern)):
            return self._plan(request)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        self._cancelled, self._alone = False, bool(split.payload["alone"])
        whole = schemas.unpack(split.payload["schema"])
        self._reader.planned(whole)
        columns = self._columns(whole, request)
        left = request.limit
        place = self._files.address(self._pattern)
        with telling_source("reading the source", place), telling_pinned(pinned=request.pinned is not None):
            for piece in pieces_of(split.payload):
                for batch in self._piece(piece, columns, request):
                    wanted = batch if left is None else batch.slice(0, left)
                    yield from _cut(wanted, request)
                    left = None if left is None else left - wanted.num_rows
                    if left == 0:
                        return

    def cancel(self) -> None:
        self._cancelled = True

    def check(self, entity: str) -> Sequence[Finding]:
        try:
            plan = self.plan(ReadRequest(entity=entity))
        except HyggeError as error:
            place = self._files.address(self._pattern)
            return [Finding(subject=place, ok=False, message=error.message, fix=error.remedy)]
        return [Finding(subject=self.identity(entity), ok=True, message=f"can be read: {plan.statement}")]

    # -- planning -----------------------------------------------------------------------------

    def _list(self, entity: str) -> Listing:
        return discover(self._files, self._pattern, entity, self._reader.suffixes)

    def _plan(self, request: ReadRequest) -> Plan:
        self._known.clear()
        listing = self._list(request.entity)
        whole = self._schema(listing, request)
        columns = self._columns(whole, request)
        window, root = request.window, unquote(self._files.address())
        seen = position.unpack(request.position, root) if window is None else {}
        chosen, again = self._chosen(self._where_partitions(listing.files, columns), request, seen)
        if window is not None:
            window = self._window(chosen, columns, replace(request, window=window))
            chosen = [one for one in chosen if self._may_hold(one, window, columns)]
        most = split_bytes(chosen) if request.limit is None else None
        return Plan(
            schema=schemas.pack(columns.given),
            splits=splits(list(self._pieces(chosen, window, most)), schemas.pack(whole), most),
            window=window,
            position=position.pack(listing.files, root, seen) if request.window is None else None,
            statement=self._statement(listing, chosen, request),
            rows_expected=self._rows(chosen, request),
            one_snapshot=True,
            repeats=bool(again),
            notes=(_passed_over(listing),) if listing.passed_over else (),
            warnings=(*_read_again(again), *self._strange_types(whole)),
        )

    def _strange_types(self, whole: pa.Schema) -> Iterator[str]:
        """A misspelt name would leave its column to sampling without a word."""
        strange = [name for name in self.config.get("types", {}) if name not in whole.names]
        if strange:
            yield f"types declares {', '.join(map(repr, strange))}: no column of these files"

    def _schema(self, listing: Listing, request: ReadRequest) -> pa.Schema:
        if not listing.files:
            raise DataError(
                f"no {' or '.join(self._reader.suffixes)} file for entity {request.entity!r} "
                f"at {self._label(listing.place)}"
                + (f" ({_passed_over(listing)})" if listing.passed_over else ""),
                code="HYG302",
                remedy="Check home.path. Names that begin with _ or . are not read, nor are folders in a "
                "folder, unless they are called like the entity or key=value; a glob with ** reads them.",
            )
        pinned = schemas.unpack(request.pinned) if request.pinned else None
        stored = self._reader.schema(self._files, [one.path for one in listing.files], pinned)
        if not self.config.get("hive", True):
            return stored
        return partitions.joined(stored, partitions.fields(listing.files))

    def _columns(self, whole: pa.Schema, request: ReadRequest) -> _Columns:
        unknown = [name for name in request.columns or () if name not in whole.names]
        if unknown:
            raise DataError(
                f"{request.entity}: columns {unknown} are not in the files",
                code="HYG302",
                remedy=f"The columns are: {', '.join(whole.names)}.",
            )
        condition = Condition(request.where, whole) if request.where is not None else None
        given = pa.schema([whole.field(name) for name in request.columns or whole.names])
        needed = set(given.names) | set(condition.columns if condition else ())
        if request.window is not None:
            if request.window.column not in whole.names:
                raise DataError(
                    f"{request.entity}: the watermark column {request.window.column!r} is not in the files",
                    code="HYG303",
                    remedy=f"The columns are: {', '.join(whole.names)}.",
                )
            needed.add(request.window.column)
        return _Columns(
            stored=pa.schema([field for field in whole if field.name in needed]),
            given=given,
            condition=condition,
        )

    def _chosen(
        self, files: list[Found], request: ReadRequest, seen: position.Seen
    ) -> tuple[list[Found], list[Found]]:
        """The files to read, and those of them that were read before in another state."""
        if request.window is not None:
            return files, []
        there = {one.path for one in files}
        new = [one for one in files if seen.get(one.path) != one.content]
        again = [one for one in new if one.path in seen]
        if again and self.config.get("changed", "fail") == "fail":
            raise DataError(
                f"{request.entity}: {self._files.address(again[0].path)} changed after it was read"
                + (f", and {len(again) - 1} more" if len(again) > 1 else ""),
                code="HYG307",
                remedy="Load it anew with `hygge run FLOW.ENTITY --full-drop`"
                + (", which brings nothing of files that are gone" if seen.keys() - there else "")
                + ", or have changed files read again with home: {changed: reread}, which needs keys and a "
                "store that can upsert.",
            )
        return new, again

    def _where_partitions(self, files: Sequence[Found], columns: _Columns) -> list[Found]:
        """The files that a condition over nothing but partitions keeps; else all of them."""
        condition = columns.condition
        keys = self._partitions(files[0]) if files else {}
        if condition is None or not condition.columns or not keys.keys() >= set(condition.columns):
            return list(files)
        schema = pa.schema([columns.stored.field(name) for name in condition.columns])
        mask = condition.mask(partitions.rows(files, schema))
        return list(itertools.compress(files, mask.to_pylist()))

    # -- windows --------------------------------------------------------------------------------

    def _window(self, files: Sequence[Found], columns: _Columns, request: ReadRequest) -> Window:
        window = request.window
        assert window is not None
        kind = columns.stored.field(window.column).type
        window = replace(window, type=type_name(kind))
        upper, nulls = self._ends(files, columns, request)
        if nulls and window.fail_on_nulls:
            raise DataError(
                f"{request.entity}: {nulls} rows have no value in the watermark column {window.column!r}",
                code="HYG304",
                remedy="Set watermark.nulls to include or skip, or fill the column.",
            )
        if upper is None:
            return replace(window, upper=None)
        if window.upper is not None and less(from_text(window.upper, kind), upper):
            return window  # no more was asked for
        return replace(window, upper=to_text(upper))

    def _ends(
        self, files: Sequence[Found], columns: _Columns, request: ReadRequest
    ) -> tuple[pa.Scalar | None, int]:
        """The greatest value of the watermark column and the count of its nulls, among rows that count."""
        assert request.window is not None
        name = request.window.column
        top: pa.Scalar | None = None
        nulls = 0
        for one in files:
            found = self._bounds(one, name, columns) if columns.condition is None else None
            if found is not None:
                top, nulls = _later(found.greatest, top), nulls + found.nulls
                continue
            for batch in self._stored(one, columns, replace(request, window=None), only=name):
                values = batch.column(name)
                top, nulls = greatest(values, top), nulls + values.null_count
        return top, nulls

    def _bounds(self, one: Found, column: str, columns: _Columns) -> Bounds | None:
        if one.path not in self._known:
            self._known[one.path] = self._bounds_of(one, column, columns)
        return self._known[one.path]

    def _bounds_of(self, one: Found, column: str, columns: _Columns) -> Bounds | None:
        own = self._partitions(one)
        if column in own:
            return self._partition_bounds(one, own[column], columns.stored.field(column).type)
        found = self._reader.bounds(self._files, one.path, column)
        if found is None or found.least is None or found.greatest is None:
            return found
        kind = columns.stored.field(column).type
        try:
            return replace(found, least=found.least.cast(kind), greatest=found.greatest.cast(kind))
        except pa.ArrowInvalid:  # a time beyond the nanoseconds that another file has
            return None

    def _partition_bounds(self, one: Found, text: str | None, kind: pa.DataType) -> Bounds | None:
        """The ends of a column that has one value in all rows of the file, if it has rows."""
        rows = self._reader.rows(self._files, one.path)
        if rows is None:
            return None
        value = partitions.scalar(text, kind) if rows and text is not None else None
        return Bounds(least=value, greatest=value, nulls=rows if text is None else 0)

    def _window_inside(self, one: Found, window: Window | None) -> Window | None:
        """The window, unless its column is a partition: of that the file itself knows nothing, or else."""
        return None if window is None or window.column in self._partitions(one) else window

    def _partitions(self, one: Found) -> Mapping[str, str | None]:
        return dict(one.partitions) if self.config.get("hive", True) else {}

    def _may_hold(self, one: Found, window: Window, columns: _Columns) -> bool:
        return may_hold(self._bounds(one, window.column, columns), window)

    def _pieces(self, files: Sequence[Found], window: Window | None, most: int | None) -> Iterator[Piece]:
        for one in files:
            parts: Sequence[tuple[int, int]] = ()
            if most is not None and one.size > most:
                inside = self._window_inside(one, window)
                parts = self._reader.parts(self._files, one.path, inside, -(-one.size // most))
            for part in parts:
                yield Piece(file=one, bytes=one.size // len(parts), part=part)
            if not parts:
                yield Piece(file=one, bytes=one.size)

    # -- reading --------------------------------------------------------------------------------

    def _piece(self, piece: Piece, columns: _Columns, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        for batch in self._stored(piece.file, columns, request, part=piece.part):
            if request.window is not None:
                batch = batch.filter(within(batch.column(request.window.column), request.window))
            yield batch.select(columns.given.names)

    def _stored(
        self,
        one: Found,
        columns: _Columns,
        request: ReadRequest,
        *,
        only: str | None = None,
        part: tuple[int, int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of one file that meet the condition, with all columns needed, or ``only`` one of them."""
        needed = columns.stored
        if only is not None:
            names = {only, *(columns.condition.columns if columns.condition else ())}
            needed = pa.schema([field for field in needed if field.name in names])
        own = self._partitions(one)
        stored = pa.schema([field for field in needed if field.name not in own])
        self._expect_unchanged(one)
        for batch in self._reader.batches(
            self._files,
            one.path,
            stored,
            self._window_inside(one, request.window),
            max(request.batch_rows, 1024),
            alone=self._alone,
            part=part,
        ):
            failpoint("home.batch")
            if self._cancelled:
                raise RunStopped(
                    f"reading {self._files.address(one.path)} was cancelled", remedy="Run again."
                )
            whole = partitions.filled(batch, needed, own)
            yield whole.filter(columns.condition.mask(whole)) if columns.condition else whole
        self._expect_unchanged(one)

    def _expect_unchanged(self, one: Found) -> None:
        now = self._files.info(one.path)
        if now is None or (now.size, now.modified_ns, now.version) != one.content:
            raise DataError(
                f"{self._files.address(one.path)} {'is gone' if now is None else 'changed'} "
                "since the plan was made",
                code="HYG307",
                remedy="Run again once its writer has finished; of what was read nothing is visible.",
            )

    # -- for people -----------------------------------------------------------------------------

    def _rows(self, files: Sequence[Found], request: ReadRequest) -> int | None:
        if request.where or (request.window and request.window.lower) or len(files) > 64:
            return request.limit
        counts = [self._reader.rows(self._files, one.path) for one in files]
        total = sum(count for count in counts if count is not None) if None not in counts else None
        return total if request.limit is None or total is None else min(total, request.limit)

    def _statement(self, listing: Listing, chosen: Sequence[Found], request: ReadRequest) -> str:
        size = sum(one.size for one in chosen)
        many = f"{len(chosen)} of {len(listing.files)} files" if len(chosen) != len(listing.files) else (
            "1 file" if len(chosen) == 1 else f"{len(chosen)} files"
        )  # fmt: skip
        where = f" WHERE {request.where}" if request.where else ""
        return f"{many} ({size:,} bytes) at {self._label(listing.place)}{where}"

    def _label(self, place: str) -> str:
        """The address, a glob in it as it was written."""
        return f"{self._files.address()}/{place}" if is_glob(place) else self._files.address(place)


def _later(one: pa.Scalar | None, other: pa.Scalar | None) -> pa.Scalar | None:
    if one is None or other is None:
        return other if one is None else one
    return one if less(other, one) else other


def _cut(batch: pa.RecordBatch, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """The batch in slices that keep to the request's bounds."""
    if not batch.num_rows:
        return
    each = request.batch_rows
    if batch.nbytes > request.batch_bytes:
        each = min(each, max(1, batch.num_rows * request.batch_bytes // batch.nbytes))
    for start in range(0, batch.num_rows, each):
        yield batch.slice(start, each)


def _read_again(again: Sequence[Found]) -> Iterator[str]:
    if again:
        many = "1 file" if len(again) == 1 else f"{len(again)} files"
        yield (
            f"{many} changed, read again as a whole; rows that left such a file stay in the store, and those "
            "in it take the place of rows with the same keys that came later from other files"
        )


def _passed_over(listing: Listing) -> str:
    if listing.passed_over == 1:
        return "1 file with another ending is not read"
    return f"{listing.passed_over} files with another ending are not read"
