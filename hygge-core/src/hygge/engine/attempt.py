"""The job of an attempt: before anything was asked of home and store, and once it is planned."""

from __future__ import annotations

from dataclasses import replace

from hygge.engine.around import new_id, now
from hygge.engine.backfill import limited
from hygge.engine.preflight import Footing
from hygge.engine.shape import Shape
from hygge.flow.item import Item
from hygge.model import Asked, Job, Plan, ReadRequest

__all__ = ["begun", "planned"]


def begun(item: Item, run_id: str, project: str, asked: Asked | None = None) -> Job:
    """A new job with all that the configuration says; identities, schemas and base are still to come."""
    return Job(
        id=new_id(),
        run_id=run_id,
        project=project,
        flow=item.flow,
        entity=item.entity,
        home_type=item.home_type.name,
        store_type=item.store_type.name,
        source_identity="",
        target_identity="",
        home=item.config.home,
        store=item.config.store,
        run_type=item.run_type,
        mode=item.likely_mode,
        schema="",
        started_at=now(),
        keys=item.config.keys,
        reading=item.reading(),
        adopt=item.adopt,
        asked=asked,
    )


def planned(job: Job, found: Footing, request: ReadRequest, plan: Plan, shaped: Shape) -> Job:
    """The job with all that recovery needs of it."""
    base = found.base
    return replace(
        job,
        schema=shaped.schema,
        home_schema=plan.schema,
        keys=shaped.keys,
        latest_by=shaped.latest_by,
        absent=shaped.absent,
        reading={**job.reading, **shaped.reading},
        window=limited(plan.window, request.window) or request.window,
        base=base.job_id if base else None,
        base_number=base.number if base else 0,
    )
