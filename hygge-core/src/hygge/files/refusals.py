"""What a store made of files refuses, each with what to do about it."""

from __future__ import annotations

from hygge.errors import Refused
from hygge.model import Job

__all__ = ["begun", "foreign_data", "refuse_upsert"]


def refuse_upsert(job: Job) -> None:
    """Raise for a job that would have to change rows in place."""
    if job.mode == "upsert":
        raise Refused(
            f"{job.flow}.{job.entity}: store type {job.store_type!r} cannot upsert: files have no keys",
            code="HYG405",
            remedy="Use write: append, or run_type: full_drop.",
        )


def begun(job: Job) -> Refused:
    """The error for giving up a job whose commit has begun."""
    return Refused(
        f"{job.flow}.{job.entity}: the commit of job {job.id} has begun and can only be finished",
        code="HYG603",
        remedy="Run `hygge run FLOW.ENTITY`: it finishes that commit.",
    )


def foreign_data(job: Job, what: str) -> Refused:
    """The error for a target that holds what hygge did not write."""
    return Refused(
        f"{job.flow}.{job.entity}: the target holds data that hygge did not write: {what}",
        code="HYG402",
        remedy="Move it away, or replace it with `hygge run FLOW.ENTITY --full-drop --adopt`.",
    )
