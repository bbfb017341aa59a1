"""Where entities stand, and the user's ways to change that; nothing changes without a backup."""

from __future__ import annotations

from dataclasses import replace

from hygge.config import Project
from hygge.engine.around import new_id, now
from hygge.engine.attempt import begun
from hygge.engine.by_hand import Changed, changing, chosen, named, unfinished
from hygge.engine.journals import open_journal
from hygge.engine.preflight import Footing
from hygge.engine.request import check_plan, read_request
from hygge.engine.shape import shape
from hygge.errors import HyggeError, Refused
from hygge.flow.item import Item
from hygge.model import Head, Job, Receipt, TargetState
from hygge.plugins import registry
from hygge.roles import Home

__all__ = ["adopt", "discard", "get_state", "reset"]

UNSEEN = "If that destination is gone for good, give the job up with `hygge state discard FLOW.ENTITY --yes`."


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
        return Changed(label=item.label, what="the next run replaces the target", backup=backup)


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
                    f"{item.label}: there is no receipt at {store.identity(item.target)} to go on from",
                    code="HYG403",
                    remedy=f"Load it anew with `hygge run {item.term} --full-drop`.",
                )
            if state.damage is not None:  # the next run would refuse it all the same
                raise Refused(
                    f"{item.label}: data was lost or changed at the destination: {state.damage}",
                    code="HYG404",
                    remedy=f"Restore it, or load it anew with `hygge run {item.term} --full-drop`.",
                )
            _refuse_limited(item, state.receipt)
            receipt = replace(
                state.receipt,
                source_identity=home.identity(item.entity),
                target_identity=store.identity(item.target),
                reading={**state.receipt.reading, **item.reading()},
            )
            _refuse_dead_end(item, home, state, receipt)
            backup = change.write("adopted", receipt)
            return Changed(label=item.label, what=f"goes on from receipt {receipt.number}", backup=backup)
    finally:
        store.close()
        home.close()


def _refuse_limited(item: Item, receipt: Receipt) -> None:
    """Of the rows that a limit left out some lie below the watermark: no increment would ever read them."""
    now = item.reading()["limit"]
    limit = receipt.reading.get("limit", now)
    if item.run_type == "incremental" and limit != now:
        raise Refused(
            f"{item.label}: what is there was loaded with limit: {limit}, the rest of it would never come",
            code="HYG406",
            remedy=f"Load it anew with `hygge run {item.term} --full-drop`.",
        )


def _refuse_dead_end(item: Item, home: Home, state: TargetState, receipt: Receipt) -> None:
    """Raise what the next run would raise although the receipt is adopted."""
    found = Footing(run_type=item.run_type, base=state.receipt, last=receipt)
    plan = home.plan(read_request(item, found))
    check_plan(item, found, plan)
    shape(item, found, plan, now())


def discard(project: Project, label: str, *, unseen: bool = False) -> Changed:
    """Give up a sealed job of which nothing is visible; refused once a part is.

    ``unseen``: also where its destination cannot be asked. Should it have landed there after all, the
    receipt beside the data says so to whoever reads or writes there next.
    """
    item = named(project, label)
    with changing(project, item) as change:
        job = change.head.job or _begun_there(item, project)
        if job is None:
            raise Refused(
                f"{item.label} has no open job", code="HYG603", remedy="There is nothing to discard."
            )
        what = f"job {job.id} is given up"
        try:
            _abort(item, job)
        except Refused:
            raise
        except HyggeError as error:
            if not unseen:
                error.remedy = f"{error.remedy} {UNSEEN}".lstrip()
                raise
            what += f"; what it staged at {job.target_identity} stays there"
        return Changed(label=item.label, what=what, backup=change.write("discarded", job_id=job.id))


def _begun_there(item: Item, project: Project) -> Job | None:
    """A job whose commit has begun at the destination, of which this journal knows nothing."""
    store = registry().open_store(item.store_type.name, item.config.store)
    try:
        pending = store.state(item.target).pending
    finally:
        store.close()
    return replace(begun(item, new_id(), project.name), id=pending) if pending else None


def _abort(item: Item, job: Job) -> None:
    store = registry().open_store(job.store_type, job.store)
    try:
        if store.receipt(job) is not None:
            raise Refused(
                f"{item.label}: job {job.id} has landed",
                code="HYG603",
                remedy=f"Run `hygge run {item.term}`: it records that.",
            )
        store.abort(job)
    finally:
        store.close()
