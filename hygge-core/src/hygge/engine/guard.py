"""The guard of a flow: a full_drop that brings too few rows is not committed."""

from __future__ import annotations

import shlex

from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.model import Mode, Receipt

__all__ = ["at_least", "check_guard"]


def at_least(base: Receipt | None, mode: Mode, rows: int, *, deletes: bool) -> int | None:
    """Rows of the target, at the least, once ``rows`` have landed on ``base``; None where nobody knows.

    How many of them an upsert adds is not known, but it takes none away unless it ``deletes``.
    """
    if mode == "upsert" and deletes:
        return None
    if mode == "replace" or base is None:
        return rows
    if mode == "append" and base.total is not None:
        return base.total + rows
    return base.total


def check_guard(item: Item, mode: Mode, last: Receipt | None, rows: int) -> None:
    """Raise `Refused` HYG412 where ``rows`` staged are fewer than the flow's guard allows."""
    guard = item.config.guard
    if mode != "replace":
        return
    if guard.min_rows is not None and rows < guard.min_rows:
        raise _stopped(item, f"{rows:,} rows, fewer than guard.min_rows: {guard.min_rows:,}")
    before = last.total if last else None
    if last and guard.max_shrink is not None and before and rows < before * (1 - guard.max_shrink):
        more = "" if last.mode == "replace" else "at least "  # upserts may have added some
        shrunk = f"{rows:,} rows after {more}{before:,}, {more}{1 - rows / before:.1%} fewer"
        raise _stopped(item, f"{shrunk}; guard.max_shrink is {guard.max_shrink:.1%}")


def _stopped(item: Item, what: str) -> Refused:
    setting = shlex.quote(f"{item.flow}.{item.config.guard_at}={{}}")
    return Refused(
        f"{item.label}: the source brings {what}",
        code="HYG412",
        remedy="Nothing was replaced. Look at the source; if it is right, let it pass once with "
        f"`hygge run {item.term} --full-drop --set {setting}`.",
    )
