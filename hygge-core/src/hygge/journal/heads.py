"""Where each entity stands: what an entry changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hygge.model import Entry, Head

__all__ = ["Heads", "advance", "advance_all"]

Heads = dict[str, dict[str, Head]]
"""Heads by flow and entity."""


def advance(head: Head, entry: Entry) -> Head:
    """The head after an entry. A sealed attempt that failed stays open: it can only go forward.

    An attempt ends by its own entries only: one that failed before it got to an open one leaves that open.
    """
    if entry.kind == "planned":
        return replace(head, job=entry.job, plan=None)
    if entry.kind == "adopted":
        return Head(receipt=entry.receipt)
    if entry.kind == "reset":
        return replace(head, reset=True)
    if entry.kind == "committed":
        head = Head(receipt=entry.receipt, job=head.job, plan=head.plan)
    if head.job is None or head.job.id != entry.job_id:
        return head
    if entry.kind == "sealed":
        return replace(head, plan=entry.plan)
    if entry.kind in ("committed", "discarded") or head.plan is None:
        return replace(head, job=None, plan=None)
    return head


def advance_all(heads: Heads, entries: Iterable[Entry]) -> None:
    """Bring ``heads`` up to date with entries in their order."""
    for entry in entries:
        flow = heads.setdefault(entry.flow, {})
        flow[entry.entity] = advance(flow.get(entry.entity, Head()), entry)
