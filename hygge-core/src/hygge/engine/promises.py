"""Refuse, before anything is written, what the store has not promised."""

from __future__ import annotations

from collections.abc import Sequence

from hygge.capabilities import StoreCapabilities
from hygge.errors import Refused
from hygge.model import Mode

__all__ = ["refuse_unpromised"]


def refuse_unpromised(
    promised: StoreCapabilities, mode: Mode, names: Sequence[str], label: str, *, operations: bool
) -> None:
    """Raise `Refused` HYG405 for deletes that would not be applied, and for column names that are too long.

    ``operations``: the source tells inserts, updates and deletes apart. An append keeps them as data.
    """
    if operations and mode == "upsert" and not promised.deletes:
        raise Refused(
            f"{label}: the source tells which rows were deleted, and this store cannot delete rows",
            code="HYG405",
            remedy="With `write: append` every operation becomes a row of its own; or choose another store.",
        )
    limit = promised.identifier_limit
    long = [name for name in names if limit is not None and len(name) > limit]
    if long:
        raise Refused(
            f"{label}: the store takes column names of {limit} characters at most; longer: {', '.join(long)}",
            code="HYG405",
            remedy="Shorten them with polish.rename, or leave them out with polish.drop.",
        )
