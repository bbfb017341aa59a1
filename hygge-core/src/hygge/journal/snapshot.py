"""`journal.parquet`: one row per finished attempt, for people and any Parquet tool."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.journal.lines import damaged
from hygge.model import Row

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["SNAPSHOT", "folded", "snapshot_rows", "write_snapshot"]

SNAPSHOT = "journal.parquet"
_NEW = "journal.parquet.new"
_SEGMENTS = b"hygge.segments"
_COUNTS = ("rows_read", "rows_written", "bytes_written", "schema_version")
_TIMES = ("started_at", "finished_at")


def folded(files: FileSystem) -> Mapping[str, int]:
    """How many bytes of each segment the snapshot contains."""
    file = _open(files)
    if file is None:
        return {}
    found: dict[str, int] = json.loads((file.schema_arrow.metadata or {}).get(_SEGMENTS, b"{}"))
    return found


def snapshot_rows(files: FileSystem) -> Iterator[Row]:
    """The rows of the snapshot, newest first."""
    file = _open(files)
    if file is None:
        return
    for group in reversed(range(file.num_row_groups)):
        for values in reversed(file.read_row_group(group).to_pylist()):
            yield _row(values)


def write_snapshot(files: FileSystem, rows: Sequence[Row], segments: Mapping[str, int]) -> None:
    """Add rows to the snapshot and say what it now contains, in one step for every reader."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    before = _open(files)
    files.delete(_NEW)  # what a crash left
    stream = files.write(_NEW)
    try:
        schema = _schema().with_metadata(
            {
                _SEGMENTS: json.dumps(dict(segments)).encode(),
                b"hygge.schema_version": b"1",
            }
        )
        sink = pa.PythonFile(stream, mode="w")
        with pq.ParquetWriter(sink, schema) as writer:
            for group in range(before.num_row_groups if before else 0):
                assert before is not None
                writer.write_table(before.read_row_group(group).replace_schema_metadata(schema.metadata))
            if rows:
                writer.write_table(pa.Table.from_pylist([_values(row) for row in rows], schema))
        stream.sync()
    finally:
        stream.close()
    failpoint("journal.snapshot")
    files.rename(_NEW, SNAPSHOT)
    files.sync("")
    failpoint("journal.folded")


def _open(files: FileSystem) -> pq.ParquetFile | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    info = files.info(SNAPSHOT)
    if info is None:
        return None
    place = files.address(SNAPSHOT)
    try:
        file = pq.ParquetFile(pa.BufferReader(files.read(SNAPSHOT)))
    except pa.ArrowException as error:
        raise damaged(place, str(error)) from error
    if not file.schema_arrow.equals(_schema()):
        raise damaged(place, "its columns are not those of a journal")
    return file


def _schema() -> pa.Schema:
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in _COUNTS:
            return pa.int64()
        return pa.timestamp("us", "UTC") if name in _TIMES else pa.string()

    return pa.schema([(f.name, kind(f.name)) for f in fields(Row)])


def _values(row: Row) -> dict[str, Any]:
    values = {f.name: getattr(row, f.name) for f in fields(Row)}
    return values | {name: datetime.fromisoformat(values[name]) for name in _TIMES}


def _row(values: dict[str, Any]) -> Row:
    times = {name: values[name].astimezone(UTC).isoformat(timespec="milliseconds") for name in _TIMES}
    return Row(**(values | times))
