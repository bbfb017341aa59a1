"""Where entities stand, and the user's ways to change that; nothing changes without a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hygge.config import EntityConfig, Project
from hygge.engine.around import new_id, now
from hygge.engine.session import open_journal
from hygge.errors import ConfigurationError, Refused
from hygge.flow.item import Item, items
from hygge.flow.patterns import selected
from hygge.model import Entry, EntryKind, Head, Receipt
from hygge.plugins import registry
from hygge.roles import Journal

__all__ = ["adopt", "discard", "get_state", "reset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change of state that was made."""

    label: str
    what: str
    backup: str  # where the journal's former content is


def get_state(project: Project, select: tuple[str, ...] = ()) -> dict[str, Head]:
    """Where each selected entity stands, by `FLOW.ENTITY`."""
    journal = open_journal(project, new_id())
    try:
        chosen = selected(project, registry(), select)
        heads = {flow: journal.heads(flow) for flow in {entity.flow for entity in chosen}}
    finally:
        journal.close()
    return {f"{e.flow}.{e.name}": heads[e.flow].get(e.name, Head()) for e in chosen}


def reset(project: Project, label: str) -> Changed:
    """Start the entity over: its next run replaces the target, whatever its run type."""
    item = _item(project, label)
    with _changing(project, item) as (journal, head, backup):
        if head.job is not None and head.plan is not None:
            raise _unfinished(item, head)
        _append(journal, item, "reset", head.receipt)
        return Changed(label=label, what="the next run replaces the target", backup=backup)


def adopt(project: Project, label: str) -> Changed:
    """Take the target as it is now, and the flow as it is defined now, for the truth."""
    item = _item(project, label)
    home = registry().open_home(item.home_type.name, item.config.home)
    store = registry().open_store(item.store_type.name, item.config.store)
    try:
        with _changing(project, item) as (journal, head, backup):
            if head.job is not None:
                raise _unfinished(item, head)
            state = store.state(item.target)
            if state.receipt is None:
                raise Refused(
                    f"{label}: there is no receipt at {store.identity(item.target)} to go on from",
                    code="HYG403",
                    remedy=f"Load it anew with `hygge run {label} --full-drop`.",
                )
            receipt = replace(
                state.receipt,
                source_identity=home.identity(item.entity),
                target_identity=store.identity(item.target),
                reading=item.reading(),
            )
            _append(journal, item, "adopted", receipt)
            return Changed(label=label, what=f"goes on from receipt {receipt.number}", backup=backup)
    finally:
        store.close()
        home.close()


def discard(project: Project, label: str) -> Changed:
    """Give up a sealed job of which nothing is visible; refused once a part is."""
    item = _item(project, label)
    with _changing(project, item) as (journal, head, backup):
        if head.job is None:
            raise Refused(f"{label} has no open job", code="HYG603", remedy="There is nothing to discard.")
        store = registry().open_store(head.job.store_type, head.job.store)
        try:
            if store.receipt(head.job) is not None:
                raise Refused(
                    f"{label}: job {head.job.id} has landed",
                    code="HYG603",
                    remedy=f"Run `hygge run {label}`: it records that.",
                )
            store.abort(head.job)
        finally:
            store.close()
        _append(journal, item, "discarded", None, head.job.id)
        return Changed(label=label, what=f"job {head.job.id} is given up", backup=backup)


def _item(project: Project, label: str) -> Item:
    found: tuple[EntityConfig, ...] = selected(project, registry(), (label,))
    if len(found) != 1:
        raise ConfigurationError(
            f"{label!r} names {len(found)} entities",
            code="HYG111",
            remedy="Name one as FLOW.ENTITY; `hygge state get` lists them.",
        )
    return items(found, registry())[0]


@contextmanager
def _changing(project: Project, item: Item) -> Iterator[tuple[Journal, Head, str]]:
    journal = open_journal(project, new_id())
    try:
        with journal.lease(item.flow):
            head = journal.heads(item.flow).get(item.entity, Head())
            yield journal, head, journal.backup()
    finally:
        journal.close()


def _append(journal: Journal, item: Item, kind: EntryKind, receipt: Receipt | None, job_id: str = "") -> None:
    journal.append(
        [
            Entry(
                kind=kind,
                at=now(),
                run_id=new_id(),
                flow=item.flow,
                entity=item.entity,
                job_id=job_id,
                receipt=receipt,
            )
        ]
    )


def _unfinished(item: Item, head: Head) -> Refused:
    job = head.job.id if head.job else ""
    return Refused(
        f"{item.label}: job {job} of an earlier run is not finished",
        code="HYG603",
        remedy=f"Run `hygge run {item.label}` first, or give it up with `hygge state discard {item.label}`.",
    )
