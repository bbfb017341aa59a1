"""A table, the receipts of the jobs that made it, and what the next append leaves out, in one object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyarrow as pa

from hygge.codec import decode, encode
from hygge.model import Receipt

RECEIPTS, OVERLAP, ROWS = b"receipts", b"overlap", b"rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an object of data holds."""

    table: pa.Table
    receipts: tuple[Receipt, ...] = ()
    overlap: bytes = b""
    version: str | None = None
    counted: int | None = None
    """Rows when it was written."""

    @property
    def last(self) -> Receipt | None:
        return self.receipts[-1] if self.receipts else None

    def of(self, job_id: str) -> Receipt | None:
        return next((receipt for receipt in self.receipts if receipt.job_id == job_id), None)

    def to_bytes(self) -> bytes:
        kept = {RECEIPTS: encode(self.receipts), OVERLAP: self.overlap} if self.receipts else {}
        kept[ROWS] = str(self.table.num_rows).encode()
        return written(self.table.schema.with_metadata(kept), self.table.to_batches())


def written(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bytes:
    """An Arrow IPC stream; its end is marked, so that a part of it is never taken for the whole."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(None).cast(schema))
    return sink.getvalue().to_pybytes()


def read(data: bytes, version: str | None = None) -> Content:
    """The opposite of `written` and `Content.to_bytes`; raises `ValueError` for anything else."""
    table = pa.ipc.open_stream(data).read_all()
    kept = table.schema.metadata or {}
    receipts = decode(kept[RECEIPTS], tuple[Receipt, ...]) if RECEIPTS in kept else ()
    found = Content(table=table.replace_schema_metadata(None), receipts=receipts, version=version)
    return replace(found, overlap=kept.get(OVERLAP, b""), counted=int(kept.get(ROWS, b"0")))
