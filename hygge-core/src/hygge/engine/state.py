"""Where entities stand, and the user's ways to change that; nothing changes without a backup."""

from __future__ import annotations

from dataclasses import replace

from hygge.config import Project
from hygge.engine.around import new_id
from hygge.engine.by_hand import Changed, changing, chosen, named, unfinished
from hygge.engine.session import open_journal
from hygge.errors import Refused
from hygge.model import Head
from hygge.plugins import registry

__all__ = ["adopt", "discard", "get_state", "reset"]


def get_state(project: Project, select: tuple[str, ...] = ()) -> dict[str, Head]:
    """Where each selected entity stands, by `FLOW.ENTITY`."""
    found = chosen(project, select)
    journal = open_journal(project, new_id())
    try:
        heads = {flow: journal.heads(flow) for flow in {entity.flow for entity in found}}
    finally:
        journal.close()
    return {f"{e.flow}.{e.name}": heads[e.flow].get(e.name, Head()) for e in found}


def reset(project: Project, label: str) -> Changed:
    """Start the entity over: its next run replaces the target, whatever its run type."""
    item = named(project, label)
    with changing(project, item) as change:
        if change.head.job is not None and change.head.plan is not None:
            raise unfinished(item, change.head)
        backup = change.write("reset", change.head.receipt)
        return Changed(label=label, what="the next run replaces the target", backup=backup)


def adopt(project: Project, label: str) -> Changed:
    """Take the target as it is now, and the flow as it is defined now, for the truth."""
    item = named(project, label)
    home = registry().open_home(item.home_type.name, item.config.home)
    store = registry().open_store(item.store_type.name, item.config.store)
    try:
        with changing(project, item) as change:
            if change.head.job is not None:
                raise unfinished(item, change.head)
            state = store.state(item.target)
            if state.receipt is None:
                raise Refused(
                    f"{label}: there is no receipt at {store.identity(item.target)} to go on from",
                    code="HYG403",
                    remedy=f"Load it anew with `hygge run {label} --full-drop`.",
                )
            if state.damage is not None:  # the next run would refuse it all the same
                raise Refused(
                    f"{label}: data was lost or changed at the destination: {state.damage}",
                    code="HYG404",
                    remedy=f"Restore it, or load it anew with `hygge run {label} --full-drop`.",
                )
            receipt = replace(
                state.receipt,
                source_identity=home.identity(item.entity),
                target_identity=store.identity(item.target),
                reading=item.reading(),
            )
            backup = change.write("adopted", receipt)
            return Changed(label=label, what=f"goes on from receipt {receipt.number}", backup=backup)
    finally:
        store.close()
        home.close()


def discard(project: Project, label: str) -> Changed:
    """Give up a sealed job of which nothing is visible; refused once a part is."""
    item = named(project, label)
    with changing(project, item) as change:
        job = change.head.job
        if job is None:
            raise Refused(f"{label} has no open job", code="HYG603", remedy="There is nothing to discard.")
        store = registry().open_store(job.store_type, job.store)
        try:
            if store.receipt(job) is not None:
                raise Refused(
                    f"{label}: job {job.id} has landed",
                    code="HYG603",
                    remedy=f"Run `hygge run {label}`: it records that.",
                )
            backup = change.journal.backup()
            store.abort(job)
        finally:
            store.close()
        change.append("discarded", job_id=job.id)
        return Changed(label=label, what=f"job {job.id} is given up", backup=backup)
