"""Jobs, rows and plans for the laws: small, deterministic, of one well-known schema."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from hygge import schemas
from hygge.model import Job, Mode, Receipt, Target

__all__ = ["SCHEMA", "batches", "counted", "job_id", "make_job", "table", "target"]

SCHEMA = pa.schema(
    [pa.field("id", pa.int64(), nullable=False), pa.field("at", pa.int64()), pa.field("note", pa.string())]
)
"""What the laws move: a key, a value to count by, a text; all connectors have these types."""


def table(ids: Iterable[int], *, at: Mapping[int, int | None] | None = None, note: str = "n") -> pa.Table:
    """One row an id; ``at`` is the id unless given, the note says where the row came from."""
    found = list(ids)
    values = [(at or {}).get(i, i) for i in found]
    notes = [f"{note}{i}" if i % 7 else None for i in found]
    return pa.table([found, values, notes], schema=SCHEMA)


def batches(ids: Iterable[int], *, rows: int = 4, note: str = "n") -> Iterator[pa.RecordBatch]:
    """The rows of `table` in batches of ``rows``; at least one batch."""
    whole = table(ids, note=note)
    found = whole.to_batches(max_chunksize=rows)
    yield from found or [pa.RecordBatch.from_pylist([], schema=whole.schema)]


def counted(rows: pa.Table | Iterable[pa.RecordBatch] | None) -> Counter[tuple[Any, ...]]:
    """Rows as a multiset: what two places must have in common."""
    if rows is None:
        return Counter()
    found = rows.to_batches() if isinstance(rows, pa.Table) else rows
    columns = (batch.to_pydict().values() for batch in found)
    return Counter(itertools.chain.from_iterable(zip(*column, strict=True) for column in columns))


def job_id(moment: datetime | None = None) -> str:
    """A fresh job id, as the engine makes them; ``moment`` is when the job is said to have begun."""
    return f"{moment or datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(5)}"


def make_job(
    entity: str = "orders",
    *,
    store_type: str,
    store: Mapping[str, Any],
    target_identity: str,
    mode: Mode = "append",
    base: Receipt | None = None,
    id: str | None = None,
    keys: Sequence[str] = (),
    schema: pa.Schema = SCHEMA,
    adopt: bool = False,
) -> Job:
    """A job that follows ``base``, with all that a store may look at."""
    return Job(
        id=id or job_id(),
        run_id="20200102T030405-0123456789",
        project="conformance",
        flow="laws",
        entity=entity,
        home_type="conformance",
        store_type=store_type,
        source_identity="conformance:source",
        target_identity=target_identity,
        home={},
        store=store,
        run_type="full_drop" if mode == "replace" else "incremental",
        mode=mode,
        schema=schemas.pack(schema),
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        keys=tuple(keys),
        base=base.job_id if base else None,
        base_number=base.number if base else 0,
        adopt=adopt,
    )


def target(entity: str = "orders") -> Target:
    """The target of `make_job`'s jobs."""
    return Target(flow="laws", entity=entity)
