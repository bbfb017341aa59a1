"""Changes of state that the user makes: one entity, under its flow's lease, never without a backup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from hygge.config import EntityConfig, FlowConfig, Project
from hygge.engine.around import new_id, now
from hygge.engine.globs import meant, selected
from hygge.engine.journals import open_journal
from hygge.engine.told import told
from hygge.errors import ConfigurationError, HyggeError, Refused
from hygge.failpoints import failpoint
from hygge.flow.item import Item, items
from hygge.model import Entry, EntryKind, Head, Receipt, WatermarkValue
from hygge.plugins import registry
from hygge.roles import Journal

__all__ = ["Change", "Changed", "changing", "chosen", "named", "unfinished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change of state that was made."""

    label: str
    what: str
    backup: str | None  # where the journal's former content is; None: there was nothing to change
    before: WatermarkValue | None = None  # where a watermark was set
    after: WatermarkValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The entity as the journal knows it, and the one way to change that."""

    item: Item
    head: Head
    journal: Journal

    def write(self, kind: EntryKind, receipt: Receipt | None = None, job_id: str = "") -> str:
        """Back the journal up, then append the entry; the backup's address."""
        backup = self.journal.backup()
        failpoint("state.backed_up")
        self.append(kind, receipt, job_id)
        return backup

    def append(self, kind: EntryKind, receipt: Receipt | None = None, job_id: str = "") -> None:
        """Append the entry to a journal that is backed up."""
        entry = Entry(
            kind=kind,
            at=now(),
            run_id=new_id(),
            flow=self.item.flow,
            entity=self.item.entity,
            job_id=job_id,
            receipt=receipt,
        )
        self.journal.append([entry])
        failpoint("state.changed")


def chosen(project: Project, select: Sequence[str]) -> tuple[EntityConfig, ...]:
    """The entities that the terms name; a glob of a flow stands for those that the journal knows.

    So a source that is out of reach is no obstacle. It is asked only where nothing of a flow has run.
    """
    journal = open_journal(project, new_id())
    try:
        flows = {
            name: _as_journaled(flow, journal) if flow.patterns and meant(flow, select) else flow
            for name, flow in project.flows.items()
        }
    finally:
        journal.close()
    found = selected(replace(project, flows=flows), registry(), select)
    for entity in found:
        if entity.unmatched is not None:
            raise entity.unmatched
    return found


def _as_journaled(flow: FlowConfig, journal: Journal) -> FlowConfig:
    named = {entity.name for entity in (*flow.entities, *flow.patterns)}  # a glob fails under its own name
    known = sorted(journal.heads(flow.name).keys() - named)
    matched = [
        replace(pattern, name=name, glob=pattern.name)
        for name in known
        for pattern in flow.patterns
        if fnmatchcase(name, pattern.name) and not any(fnmatchcase(name, glob) for glob in flow.left_out)
    ]
    if not matched:
        return flow
    one_each = {entity.name: entity for entity in reversed(matched)}  # the first pattern's word counts
    return replace(
        flow, entities=(*flow.entities, *(one_each[name] for name in sorted(one_each))), patterns=()
    )


def named(project: Project, label: str) -> Item:
    """The one entity that the label names."""
    found = chosen(project, (label,))
    if len(found) != 1:
        raise ConfigurationError(
            f"{label!r} names {len(found)} entities",
            code="HYG111",
            remedy="Name one as FLOW.ENTITY; `hygge state get` lists them.",
        )
    return items(found, registry())[0]


@contextmanager
def changing(project: Project, item: Item) -> Iterator[Change]:
    """What a change of the entity needs; no run of its flow begins meanwhile."""
    journal = open_journal(project, new_id(), [item.flow])
    try:
        with journal.lease(item.flow):
            head = journal.heads(item.flow).get(item.entity, Head())
            yield Change(item=item, head=head, journal=journal)
    except HyggeError as error:
        raise told(error, item) from error.__cause__
    finally:
        journal.close()


def unfinished(item: Item, head: Head) -> Refused:
    """The error of a change that would have to pass over an open job."""
    job = head.job.id if head.job else ""
    return Refused(
        f"{item.label}: job {job} of an earlier run is not finished",
        code="HYG603",
        remedy=f"Run `hygge run {item.term}` first, or give it up with `hygge state discard {item.term}`.",
    )
