"""One split as a SQLite file of its own beside the database: nobody sees it, nobody waits for it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from hygge.errors import DataError
from hygge.failpoints import failpoint
from hygge.files.durable import make_durable, sync_folder
from hygge.files.trouble import Source, telling
from hygge.jobs import not_as_staged
from hygge.model import Job, Staged
from hygge_sqlite.ascending import Ascending
from hygge_sqlite.encoding import plain
from hygge_sqlite.place import Place
from hygge_sqlite.schema import TableShape
from hygge_sqlite.staged import StagedFile
from hygge_sqlite.writer import new_file, open_writer
from hygge_sqlite.writing import address, told_writing

__all__ = ["ATTACHED", "consolidate", "remove", "stage_overlap", "stage_split", "verify"]

ATTACHED = 10  # databases that one connection may attach at most
IDENTITY = 16  # bytes


def stage_split(
    where: Place,
    table: str,
    job: Job,
    split_id: str,
    shape: TableShape,
    batches: Iterable[pa.RecordBatch],
    *,
    nan_as_null: bool,
) -> Staged:
    """Write the split; when this returns its file would survive a power cut."""
    path = where.staged(table, job.id, split_id)
    source = Source(batches)
    with telling("writing staged rows", str(path), source), told_writing(str(path), source):
        make_durable(path.parent)
        path.unlink(missing_ok=True)
        failpoint("stage.begin")
        new_file(str(path), shape)
        with contextlib.closing(open_writer(str(path), shape)) as writer:
            rows = 0
            ascending = Ascending(shape.fields, job.keys if job.mode == "upsert" else ())
            for batch in source:
                _refuse_null_keys(batch, job, split_id, rows, nan_as_null=nan_as_null)
                ascending.see(batch)
                writer.write(_plain_columns(batch, rows, nan_as_null))
                rows += batch.num_rows
                failpoint("stage.batch")
            writer.finish()
        failpoint("stage.written")
        size = _sync(path)
        failpoint("stage.synced")
    token = {"files": [list(StagedFile(path.name, rows, size, ascending.holds))]}
    return Staged(split_id=split_id, rows=rows, bytes=size, token=token)


def stage_overlap(where: Place, table: str, job: Job, identities: bytes) -> None:
    """Keep the identities in a file; durable when this returns."""
    path = where.overlap(table, job.id)
    with telling("writing the identities of this append", str(path)):
        make_durable(path.parent)
        path.write_bytes(identities)
        _sync(path)


def consolidate(
    where: Place, table: str, job: Job, shape: TableShape, files: Sequence[StagedFile]
) -> list[StagedFile]:
    """As many files as one transaction can take: those that are too many are copied into one."""
    if len(files) <= ATTACHED:
        return list(files)
    keep, surplus = files[: ATTACHED - 1], files[ATTACHED - 1 :]
    path = where.staged(table, job.id, "\0sealed")  # no home names a split like this
    with telling("gathering staged rows", str(path)), told_writing(str(path)):
        path.unlink(missing_ok=True)
        failpoint("seal.begin")
        new_file(str(path), shape)
        with contextlib.closing(sqlite3.connect(address(path, "mode=rw"), uri=True)) as connection:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            for file in surplus:
                connection.execute(
                    "ATTACH ? AS part", (address(where.staging / file.name, "mode=ro&immutable=1"),)
                )
                connection.execute("INSERT INTO main.rows SELECT * FROM part.rows")
                connection.commit()
                connection.execute("DETACH part")
        size = _sync(path)
        failpoint("seal.synced")
    return [*keep, StagedFile(path.name, sum(file.rows for file in surplus), size)]


def verify(where: Place, table: str, job: Job, files: Sequence[StagedFile], identities: int) -> bytes:
    """Compare what is staged with what was written, by size; the staged identities.

    Raises `StopEntity` HYG404 for what is missing.
    """
    for file in files:
        _expect(where.staging / file.name, file.size)
    if not identities:
        return b""
    path = where.overlap(table, job.id)
    _expect(path, IDENTITY * identities)
    return path.read_bytes()


def remove(paths: Iterable[Path]) -> None:
    """Delete staged files; those that are gone are no trouble."""
    for path in paths:
        with telling("removing staged rows", str(path)):
            path.unlink(missing_ok=True)


def _plain_columns(batch: pa.RecordBatch, rows: int, nan_as_null: bool) -> list[pa.Array]:
    return [
        plain(values, name, rows, nan_as_null=nan_as_null)
        for name, values in zip(batch.schema.names, batch.columns, strict=True)
    ]


def _refuse_null_keys(
    batch: pa.RecordBatch, job: Job, split_id: str, rows: int, *, nan_as_null: bool
) -> None:
    if job.mode != "upsert":
        return
    for key in job.keys:
        values = batch.column(key)
        if values.null_count == 0 and _counts_all_nulls(values.type):
            continue  # Arrow's kernels are slow to import, and these keys are all there
        nothing = values.is_null(nan_is_null=nan_as_null)
        if (first := nothing.index(True).as_py()) >= 0:
            row = rows + first + 1
            raise DataError(
                f"{job.flow}.{job.entity}: the key {key!r} is null in row {row} of split {split_id!r}",
                code="HYG301",
                remedy="Correct it at the source, leave such rows out with the flow's where, "
                "or choose keys that are never null.",
                column=key,
                row=row,
            )


def _counts_all_nulls(kind: pa.DataType) -> bool:
    """Whether an array of the type has no other nulls than it counts, and no NaN."""
    types = pa.types
    known = (types.is_integer, types.is_string, types.is_large_string, types.is_temporal, types.is_decimal)
    return any(one(kind) for one in known)


def _expect(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        found = None
    if found != size:
        raise not_as_staged(str(path), found, size)


def _sync(path: Path) -> int:
    """Have the file and its name on the disk; its size."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
        size = os.fstat(handle).st_size
    finally:
        os.close(handle)
    sync_folder(path.parent)
    return size
