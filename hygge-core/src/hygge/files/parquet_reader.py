"""Parquet, as a home reads it: one schema over all files, and only the row groups that may matter."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hygge.errors import DataError
from hygge.files.filesystem import FileSystem
from hygge.files.format import Bounds, FormatReader
from hygge.files.int96 import legacy_columns, refuse_finer
from hygge.files.unified import in_schema, unified
from hygge.files.within import may_hold
from hygge.model import Window
from hygge.watermark import arrow_type, less

__all__ = ["ParquetReader"]

AT_ONCE = 8  # footers read side by side
KEPT = 256  # footers kept for the questions after the schema
_UNITS = {"milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}


class ParquetReader(FormatReader):
    """Reads what any Parquet writer wrote.

    Legacy INT96 timestamps are read in microseconds (`hygge.files.int96`).
    ``ahead`` fetches what will be read beforehand, for places where each request waits.
    """

    suffixes: Sequence[str] = (".parquet", ".parq", ".pq")

    def __init__(self, *, ahead: bool = False) -> None:
        self._ahead = ahead
        self._footers: dict[str, tuple[pq.FileMetaData, pa.Schema]] = {}

    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        self._footers.clear()  # of an earlier plan: its files may have been written anew
        with ThreadPoolExecutor(min(AT_ONCE, len(paths))) as pool:
            found = pool.map(lambda path: self._footer(files, path)[1], paths)
            return unified(zip(paths, found, strict=True), files.address)

    def batches(
        self,
        files: FileSystem,
        path: str,
        schema: pa.Schema,
        window: Window | None,
        batch_rows: int,
        *,
        alone: bool = False,
        part: tuple[int, int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        with self._open(files, path) as file:
            within = range(file.num_row_groups) if part is None else range(*part)
            groups = [n for n in within if _group_may_hold(file.metadata, file.schema_arrow, n, window)]
            stored = file.schema_arrow
            names = [field.name for field in schema if field.name in stored.names]
            address = files.address(path)
            self._refuse_finer(files, path, file, groups, names)
            everything = len(names) == len(stored.names)
            batches = file.iter_batches(
                batch_rows, row_groups=groups, columns=None if everything else names, use_threads=alone
            )
            for batch in _told(files, path, batches):
                yield in_schema(batch, schema, address)

    def parts(
        self, files: FileSystem, path: str, window: Window | None, count: int
    ) -> Sequence[tuple[int, int]]:
        """Ranges of row groups."""
        metadata, schema = self._footer(files, path)
        groups = [n for n in range(metadata.num_row_groups) if _group_may_hold(metadata, schema, n, window)]
        many = min(count, len(groups))
        cuts = [len(groups) * n // many for n in range(many + 1)] if many else []
        return [(groups[first], groups[end - 1] + 1) for first, end in itertools.pairwise(cuts)]

    def rows(self, files: FileSystem, path: str) -> int | None:
        return int(self._footer(files, path)[0].num_rows)

    def bounds(self, files: FileSystem, path: str, column: str) -> Bounds | None:
        metadata, schema = self._footer(files, path)
        groups = [_group_bounds(metadata, schema, n, column) for n in range(metadata.num_row_groups)]
        known = [one for one in groups if one is not None]
        if len(known) < len(groups):
            return None
        least, most = None, None
        for one in known:
            if one.least is not None and (least is None or less(one.least, least)):
                least = one.least
            if one.greatest is not None and (most is None or less(most, one.greatest)):
                most = one.greatest
        return Bounds(least=least, greatest=most, nulls=sum(one.nulls for one in known))

    def _footer(self, files: FileSystem, path: str) -> tuple[pq.FileMetaData, pa.Schema]:
        found = self._footers.get(path)
        if found is None:
            with self._open(files, path) as file:
                found = (file.metadata, file.schema_arrow)
            if len(self._footers) < KEPT:
                self._footers[path] = found
        return found

    def _refuse_finer(
        self, files: FileSystem, path: str, file: pq.ParquetFile, groups: Sequence[int], names: Sequence[str]
    ) -> None:
        legacy = legacy_columns(file.metadata, names)
        if legacy:
            with self._open(files, path, unit="ns") as fine, _telling(files, path):
                refuse_finer(file, fine, groups, legacy, files.address(path))

    def _open(self, files: FileSystem, path: str, unit: str = "us") -> pq.ParquetFile:
        with _telling(files, path):
            return pq.ParquetFile(
                files.input(path),
                pre_buffer=self._ahead,
                coerce_int96_timestamp_unit=unit,
                page_checksum_verification=True,  # where a writer left some: a flipped bit is no value
            )


def _group_may_hold(metadata: pq.FileMetaData, schema: pa.Schema, group: int, window: Window | None) -> bool:
    if window is None or window.type is None:
        return True
    bounds = _group_bounds(metadata, schema, group, window.column)
    if bounds is None or bounds.least is None or bounds.greatest is None:
        return may_hold(bounds, window)
    try:  # the window speaks in the type of all files, this file's may be narrower
        kind = arrow_type(window.type)
        bounds = replace(bounds, least=bounds.least.cast(kind), greatest=bounds.greatest.cast(kind))
    except pa.ArrowInvalid:
        return True
    return may_hold(bounds, window)


def _group_bounds(metadata: pq.FileMetaData, schema: pa.Schema, group: int, column: str) -> Bounds | None:
    """What the statistics of one row group say for certain; None where they leave it open."""
    place = schema.get_field_index(column)
    if place < 0:
        return Bounds(least=None, greatest=None, nulls=metadata.row_group(group).num_rows)
    kind = schema.field(place).type
    leaf = _leaf(metadata, column)
    if leaf is None or not _counts_exactly(kind, metadata.schema.column(leaf)):
        return None
    found = metadata.row_group(group).column(leaf).statistics
    if found is None or not found.has_null_count:
        return None
    if found.null_count == metadata.row_group(group).num_rows:
        return Bounds(least=None, greatest=None, nulls=found.null_count)
    if not found.has_min_max:
        return None
    least, most = (pa.scalar(raw, _integer(kind)).cast(kind) for raw in (found.min_raw, found.max_raw))
    return Bounds(least=least, greatest=most, nulls=found.null_count)


def _leaf(metadata: pq.FileMetaData, column: str) -> int | None:
    """The place of a flat column among the leaves of the schema."""
    for n in range(metadata.num_columns):
        if metadata.schema.column(n).path == column and metadata.schema.column(n).max_repetition_level == 0:
            return n
    return None


def _counts_exactly(kind: pa.DataType, stored: Any) -> bool:
    """Whether the integers in the statistics are those of the Arrow type."""
    if pa.types.is_signed_integer(kind) or pa.types.is_date32(kind):
        return bool(stored.physical_type in ("INT32", "INT64"))
    if not pa.types.is_timestamp(kind) or stored.physical_type != "INT64":
        return False
    unit = json.loads(stored.logical_type.to_json()).get("timeUnit", "")
    return bool(_UNITS.get(unit) == kind.unit)


def _integer(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(kind) else pa.int32() if pa.types.is_date(kind) else kind


def _told(files: FileSystem, path: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while True:
        with _telling(files, path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


@contextlib.contextmanager
def _telling(files: FileSystem, path: str) -> Iterator[None]:
    """What Arrow says of bytes that are no Parquet, as a `DataError`; an error of the disk stays one."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(
            f"{files.address(path)} is no Parquet file that can be read: {str(error).strip()}",
            code="HYG300",
            remedy="Is it still being written, cut short or damaged? Write it anew, or move it away.",
        ) from error
