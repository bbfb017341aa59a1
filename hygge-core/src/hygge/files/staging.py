"""Write one split as files that no reader of data looks at."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from hygge import schemas
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.files.format import FileFormat, FormatWriter
from hygge.files.layout import Layout, data_name
from hygge.files.trouble import Source
from hygge.model import Job, Staged

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BY", "stage_files", "this_process"]

PART = ".part"  # how staged files end: not like data
BY = "by"  # in a token: the process that staged into one folder
_PROCESS = uuid.uuid4().hex


def this_process() -> str:
    """A name that no other process has, nor one that was forked from this."""
    return f"{_PROCESS}-{os.getpid()}"


def stage_files(
    files: FileSystem,
    form: FileFormat,
    where: Layout,
    job: Job,
    split_id: str,
    batches: Source[pa.RecordBatch],
    rows_per_file: int | None,
) -> Staged:
    """Write ``batches`` into files of the job; when this returns they would survive a power cut.

    Each attempt at a split has names of its own, so that none has to look for what another left; all of
    a job's go when it ends. If the rows break off, what was written of them is removed.

    Where each step is a request, a replacement's files get their last names at once, in the folder that
    will be the entity's.
    """
    attempt = uuid.uuid4().hex[:12]
    gathered = files.remote and job.mode == "replace"
    by = {BY: this_process()} if gathered else {}
    written: list[list[str | int]] = []
    rows = size = 0
    failpoint("stage.begin")
    for number, part in enumerate(_parts(batches, rows_per_file)):
        if gathered:
            name = data_name(job.id, f"{split_id}.{attempt}", number, form.suffix)
            path = f"{where.new(job.id)}/{name}"
        else:
            name = data_name(job.id, split_id, number, form.suffix)
            path = where.staged(job.id, f"{quote(split_id, safe='')}.{attempt}.{number:04d}{PART}")
        stream = files.write(path)
        try:
            with contextlib.closing(stream):
                rows += _write_part(form, stream, job, part)
                failpoint("stage.written")
                stream.sync()
        except BaseException as error:
            if error is batches.error:
                _remove(files, [path, *(str(one[0]) for one in written)])
            raise
        written.append([path, name, stream.tell()])
        size += stream.tell()
    if gathered:
        files.sync(where.new(job.id))
    files.sync(where.control)
    failpoint("stage.synced")
    return Staged(split_id=split_id, rows=rows, bytes=size, token={"files": written, **by})


def _remove(files: FileSystem, paths: Iterable[str]) -> None:
    with contextlib.suppress(OSError):  # the error that is under way matters more, and the folder goes anyway
        for path in paths:
            files.delete(path)


def _write_part(form: FileFormat, stream: WriteStream, job: Job, part: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    writer: FormatWriter = form.writer(stream, schemas.unpack(job.schema))
    try:
        for batch in part:
            writer.write(batch)
            rows += batch.num_rows
            failpoint("stage.batch")
        writer.close()
    except BaseException:
        writer.abandon()
        raise
    return rows


def _parts(batches: Iterable[pa.RecordBatch], limit: int | None) -> Iterator[Iterable[pa.RecordBatch]]:
    """Cut a stream of batches into one stream a file, of at most ``limit`` rows each."""
    if limit is None:
        yield batches
        return
    source = iter(batches)
    rest: list[pa.RecordBatch] = []
    ended = False

    def part() -> Iterator[pa.RecordBatch]:
        nonlocal ended
        room = limit
        while room:
            batch = rest.pop() if rest else next(source, None)
            if batch is None:
                ended = True
                return
            if batch.num_rows > room:
                rest.append(batch.slice(room))
                batch = batch.slice(0, room)
            room -= batch.num_rows
            yield batch

    first = True
    while first or rest or _more(source, rest):
        first = False
        yield part()
        if ended:
            return


def _more(source: Iterator[pa.RecordBatch], rest: list[pa.RecordBatch]) -> bool:
    for batch in source:
        if batch.num_rows:
            rest.append(batch)
            return True
    return False
