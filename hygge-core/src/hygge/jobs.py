"""What every store does with a job: its receipt, its errors, and when its staging was left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hygge.errors import StopEntity, Superseded
from hygge.model import CommitPlan, Job, Receipt

__all__ = ["begun_long_ago", "not_as_staged", "receipt_for", "superseded"]

UNKNOWN_FOR = timedelta(days=1)
"""Staging of a job that this journal does not know may be another journal's: it is left this long."""


def receipt_for(job: Job, plan: CommitPlan) -> Receipt:
    """What the job will have proved once ``plan`` is carried out."""
    return Receipt(
        job_id=job.id,
        number=job.base_number + 1,
        base=job.base,
        flow=job.flow,
        entity=job.entity,
        source_identity=job.source_identity,
        target_identity=job.target_identity,
        run_type=job.run_type,
        mode=job.mode,
        rows=plan.rows,
        bytes=plan.bytes,
        schema=job.schema,
        home_schema=job.home_schema,
        committed_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        total=plan.total,
        reading=job.reading,
        watermark=plan.watermark,
        position=plan.position,
        overlap=plan.overlap,
        token=plan.token,
    )


def superseded(job: Job, other: Receipt | None) -> Superseded:
    """The error for a job whose base is not the last receipt; ``other`` is that, or a commit under way."""
    by = f"job {other.job_id} of flow {other.flow!r}" if other else "the removal of its last receipt"
    return Superseded(
        f"{job.flow}.{job.entity}: the target has moved on since this job was planned, by {by}",
        remedy="Nothing was written. Run again: it plans anew on what is there.",
        job_id=job.id,
        by=other.job_id if other else None,
    )


def not_as_staged(address: str, found: int | None, size: int) -> StopEntity:
    """The error for a staged file of ``size`` bytes that has other ones, or (None) is gone."""
    is_now = "is missing" if found is None else f"has {found} bytes"
    return StopEntity(
        f"staged file {address} {is_now}; {size} bytes were written",
        code="HYG404",
        remedy="Use `hygge state discard FLOW.ENTITY`, then run again.",
    )


def begun_long_ago(job_id: str) -> bool:
    """Whether staging of a job that nobody knows may be removed; its id tells when it began."""
    try:
        begun = datetime.strptime(job_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return True
    return datetime.now(UTC) - begun > UNKNOWN_FOR
