"""Finished attempts, as the journal keeps them for people."""

from __future__ import annotations

from typing import Any

from hygge import schemas
from hygge.engine.around import now
from hygge.engine.asked import to_text
from hygge.model import Job, Receipt, Row, Status
from hygge.version import __version__

__all__ = ["landed", "row"]


def row(job: Job, status: Status, **facts: Any) -> Row:
    """The row of a job's end; ``facts`` are fields of `Row` that the job does not know."""
    window = job.window
    known: dict[str, Any] = {
        "watermark_column": window.column if window else None,
        "watermark_type": window.type if window else None,
        "watermark_lower": window.lower if window else None,
        "watermark_upper": window.upper if window else None,
    }
    return Row(
        entity_run_id=job.id,
        run_id=job.run_id,
        project=job.project,
        flow=job.flow,
        entity=job.entity,
        home_type=job.home_type,
        store_type=job.store_type,
        source_identity=job.source_identity,
        target_identity=job.target_identity,
        run_type=job.run_type,
        mode=job.mode,
        status=status,
        started_at=job.started_at,
        finished_at=now(),
        schema_fingerprint=schemas.fingerprint(job.schema) if job.schema else "",
        hygge_version=__version__,
        asked=to_text(job.asked),
        **(known | facts),
    )


def landed(job: Job, receipt: Receipt, **facts: Any) -> Row:
    """The row of a job that committed."""
    watermark = receipt.watermark
    known: dict[str, Any] = {
        "rows_written": receipt.rows,
        "bytes_written": receipt.bytes,
        "position": receipt.position,
    }
    if watermark is not None:
        known |= {
            "watermark_column": watermark.column,
            "watermark_type": watermark.type,
            "watermark_upper": watermark.value,
        }
    return row(job, "success", **(known | facts))
