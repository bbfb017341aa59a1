"""The job of an attempt, before anything was asked of home and store."""

from __future__ import annotations

from hygge.engine.around import new_id, now
from hygge.flow.item import Item
from hygge.model import Asked, Job

__all__ = ["begun"]


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
