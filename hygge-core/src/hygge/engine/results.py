"""The result of one entity, from its job and the row that was journaled."""

from __future__ import annotations

from hygge.errors import HyggeError
from hygge.flow.item import Item
from hygge.model import Job, Row, Status
from hygge.results import EntityResult

__all__ = ["result"]


def result(
    item: Item, job: Job, status: Status, seconds: float, row: Row | None, error: HyggeError | None
) -> EntityResult:
    """What `hygge run` reports of an entity; the counts are those of the journal."""
    return EntityResult(
        flow=item.flow,
        entity=item.entity,
        status=status,
        run_type=job.run_type,
        mode=job.mode,
        rows_read=row.rows_read if row else 0,
        rows_written=row.rows_written if row else 0,
        bytes_written=row.bytes_written if row else 0,
        seconds=round(seconds, 3),
        verdict=row.verdict if row else "not_verified",
        watermark=_watermark(row),
        error=None if error is None else {"code": error.code, "message": str(error)},
        warnings=job.warnings,
    )


def _watermark(row: Row | None) -> dict[str, str | None] | None:
    if row is None or row.watermark_column is None:
        return None
    return {
        "column": row.watermark_column,
        "type": row.watermark_type,
        "lower": row.watermark_lower,
        "upper": row.watermark_upper,
    }
