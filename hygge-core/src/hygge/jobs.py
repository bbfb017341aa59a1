"""What every store does with a job: the receipt of what it lands, and when its staging was left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hygge.model import CommitPlan, Job, Receipt

__all__ = ["begun_long_ago", "receipt_for"]

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


def begun_long_ago(job_id: str) -> bool:
    """Whether staging of a job that nobody knows may be removed; its id tells when it began."""
    try:
        begun = datetime.strptime(job_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return True
    return datetime.now(UTC) - begun > UNKNOWN_FOR
