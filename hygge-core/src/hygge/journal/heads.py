"""Where each entity stands: what an entry changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hygge.model import Entry, Head

__all__ = ["Heads", "advance", "advance_all"]

Heads = dict[str, dict[str, Head]]
"""Heads by flow and entity."""


def advance(head: Head, entry: Entry) -> Head:
    """The head after an entry. A sealed attempt that failed stays open: it can only go forward."""
    if entry.kind == "planned":
        return replace(head, job=entry.job, plan=None)
    if entry.kind == "sealed":
        return replace(head, plan=entry.plan)
    if entry.kind in ("committed", "adopted"):
        return Head(receipt=entry.receipt)
    if entry.kind == "discarded":
        return replace(head, job=None, plan=None)
    if entry.kind == "reset":
        return Head(receipt=head.receipt, reset=True)
    return head if head.plan is not None else replace(head, job=None)


def advance_all(heads: Heads, entries: Iterable[Entry]) -> None:
    """Bring ``heads`` up to date with entries in their order."""
    for entry in entries:
        flow = heads.setdefault(entry.flow, {})
        flow[entry.entity] = advance(flow.get(entry.entity, Head()), entry)
