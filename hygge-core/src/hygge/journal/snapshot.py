"""`journal.parquet`: one row per finished attempt, for people and any Parquet tool."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.journal.lines import FORMAT, damaged, line, lines, newer
from hygge.model import Row

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["SNAPSHOT", "Snapshot", "write_snapshot"]

SNAPSHOT = "journal.parquet"
_NEW = "journal.parquet.new"
_SEGMENTS = b"hygge.segments"
_VERSION = b"hygge.schema_version"
_ADDED = ("asked",)  # columns that older snapshots lack: texts, at the end, empty there
_COUNTS = ("rows_read", "rows_written", "bytes_written", "schema_version")
_TIMES = ("started_at", "finished_at")
_GROUP_ROWS = 32 * 1024  # of a row group: what folding holds in memory
_AT_ONCE = 1024  # rows turned into values at a time
_REMEDY = "Move that file away: it holds the history of finished attempts, not where entities stand."


class Snapshot:
    """The snapshot as it was when it was opened.

    ``ranged`` reads it piece by piece, which only the holder of the fold lock may do: a fold by
    somebody else would exchange the file in between.
    """

    def __init__(self, files: FileSystem, *, ranged: bool = False) -> None:
        self._place = files.address(SNAPSHOT)
        self._file = self._open(files, ranged=ranged)
        self.segments: Mapping[str, int] = self._segments()
        """How many bytes of each segment are in it; no promise for segments that were removed since."""

    def rows(self, wanted: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Its rows, newest first; only those that have the ``wanted`` values in the columns of that name."""
        if self._file is None:
            return
        with self._whole():
            for group in reversed(range(self._file.num_row_groups)):
                table = self._chosen(group, wanted or {})
                for start in reversed(range(0, table.num_rows, _AT_ONCE)):
                    for values in reversed(table.slice(start, _AT_ONCE).to_pylist()):
                        yield _row(values)

    def _chosen(self, group: int, wanted: Mapping[str, str]) -> pa.Table:
        """Rows of a group; one that has none of them is not read beyond the columns asked for."""
        assert self._file is not None
        if not wanted:
            return self._file.read_row_group(group)
        import pyarrow.compute as pc  # slow to import, and most questions are for the newest rows

        looked = self._file.read_row_group(group, columns=list(wanted))
        here = [pc.equal(looked[name], value) for name, value in wanted.items()]
        places = pc.indices_nonzero(reduce(pc.and_, here))
        return self._file.read_row_group(group).take(places) if len(places) else _schema().empty_table()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Its rows as they are, a row group's worth at a time."""
        if self._file is None:
            return
        with self._whole():
            for batch in self._file.iter_batches(_GROUP_ROWS):
                yield _completed(batch)

    def _open(self, files: FileSystem, *, ranged: bool) -> pq.ParquetFile | None:
        info = files.info(SNAPSHOT)
        if info is None:
            return None
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self._whole():
            source = files.input(SNAPSHOT) if ranged else pa.BufferReader(files.read(SNAPSHOT))
            file = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=ranged)
            version = (file.schema_arrow.metadata or {}).get(_VERSION, b"?").decode()
            if version.isdecimal() and int(version) > FORMAT:
                raise newer(self._place, version)
            if not file.schema_arrow.equals(_schema(file.schema_arrow.names)):
                raise damaged(self._place, "its columns are not those of a journal", _REMEDY)
        return file

    def _segments(self) -> Mapping[str, int]:
        if self._file is None:
            return {}
        with self._whole():
            data = (self._file.schema_arrow.metadata or {}).get(_SEGMENTS, b"")
            found = [json.loads(document) for _, document in lines(data, self._place)]
            if len(found) != 1:
                raise damaged(self._place, "it does not say what it contains", _REMEDY)
            segments: dict[str, int] = found[0]
            return segments

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """What Arrow says of bytes that are no Parquet file, or not whole: many things."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the disk, not of the content
                raise
            raise damaged(self._place, str(error), _REMEDY) from error


def write_snapshot(
    files: FileSystem,
    before: Snapshot,
    rows: Sequence[Row],
    segments: Mapping[str, int],
    *,
    only: Callable[[pa.RecordBatch], pa.BooleanArray] | None = None,
) -> None:
    """Add rows to the snapshot and say what it now contains, in one step for every reader.

    ``only`` says which of the rows before stay; without it all do.
    """
    files.delete(_NEW)  # what a crash left
    try:
        _write_new(files, before, rows, segments, only)
    except BaseException:
        files.delete(_NEW)  # a full disk is not to stay full
        raise
    failpoint("journal.snapshot")
    files.rename(_NEW, SNAPSHOT)
    files.sync("")
    failpoint("journal.folded")


def _write_new(
    files: FileSystem,
    before: Snapshot,
    rows: Sequence[Row],
    segments: Mapping[str, int],
    only: Callable[[pa.RecordBatch], pa.BooleanArray] | None,
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    said = {_SEGMENTS: line(0, json.dumps(dict(segments)).encode()), _VERSION: b"%d" % FORMAT}
    schema = _schema().with_metadata(said)
    with contextlib.closing(files.write(_NEW)) as stream:
        failpoint("journal.snapshot_begun")
        with pq.ParquetWriter(pa.PythonFile(stream, mode="w"), schema, write_page_checksum=True) as writer:
            for batch in before.batches():
                kept = batch if only is None else batch.filter(only(batch))
                writer.write_batch(kept.replace_schema_metadata(said))
            for start in range(0, len(rows), _GROUP_ROWS):
                part = [_values(row) for row in rows[start : start + _GROUP_ROWS]]
                writer.write_table(pa.Table.from_pylist(part, schema))
        stream.sync()


def _schema(there: Sequence[str] | None = None) -> pa.Schema:
    """The columns of a snapshot; of one that an older version wrote where ``there`` lacks the new ones."""
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in _COUNTS:
            return pa.int64()
        return pa.timestamp("us", "UTC") if name in _TIMES else pa.string()

    names = [f.name for f in fields(Row)]
    if there is not None:
        names = [name for name in names if name in there or name not in _ADDED]
    return pa.schema([(name, kind(name)) for name in names])


def _completed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with the columns that the version which wrote it did not have."""
    import pyarrow as pa

    for name in _ADDED:
        if name not in batch.schema.names:
            batch = batch.append_column(name, pa.repeat("", batch.num_rows))
    return batch


def _values(row: Row) -> dict[str, Any]:
    values = {f.name: getattr(row, f.name) for f in fields(Row)}
    return values | {name: datetime.fromisoformat(values[name]) for name in _TIMES}


def _row(values: dict[str, Any]) -> Row:
    return Row(**(values | {name: _text(values[name]) for name in _TIMES}))


def _text(moment: datetime) -> str:
    fine = moment.microsecond % 1000
    return moment.astimezone(UTC).isoformat(timespec="microseconds" if fine else "milliseconds")
