"""What connectors promise: only what the planner refuses or chooses by before any I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hygge.model import Mode

__all__ = ["HomeCapabilities", "StoreCapabilities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeCapabilities:
    """Promises of a home."""

    incremental: bool = False
    """It can read a `Window` of a watermark column."""
    stable_splits: bool = False
    """Reading one split twice gives equal rows while the source is unchanged."""
    positions: bool = False
    """It knows what is new by itself: an incremental run needs no watermark."""
    operations: bool = False
    """Its batches may carry `_hygge_op` (insert, update, delete)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCapabilities:
    """Promises of a store."""

    modes: frozenset[Mode] = frozenset({"replace"})
    """What a commit can do with the rows: replace, append, upsert."""
    atomicity: Literal["run", "split"] = "run"
    """What appears at once: the whole job, or one file after the other (rolled forward)."""
    absent_while_replacing: bool = False
    """Between two steps of a replace a reader may find no target; whoever comes next puts it there."""
    staging: Literal["durable", "transient"] = "durable"
    """Durable: another process can commit it after a power cut. Transient: it dies with its process."""
    exclusive: Literal["nothing", "target", "connection"] = "nothing"
    """What commits take turns on: a target (by the store), what `Store.connection` names (by the engine)."""
    parallel_staging: bool = True
    """Several splits of one job may be staged at the same time."""
    add_columns: bool = False
    """A commit that appends or upserts may add columns to the target; older rows are null there."""
    widen_types: bool = False
    """A commit that appends or upserts may widen the types of the target's columns."""
    read_back: bool = False
    """It can give back the rows of a window (`Store.read_back`)."""
    deletes: bool = False
    """An upsert deletes the rows that the source says were deleted (`_hygge_op`)."""
    identifier_limit: int | None = None
    """Longest column or table name, in characters."""
