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
    operations: bool = False
    """Its batches may carry `_hygge_op` (insert, update, delete)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCapabilities:
    """Promises of a store."""

    modes: frozenset[Mode] = frozenset({"replace"})
    atomicity: Literal["run", "split"] = "run"
    """What appears at once: the whole job, or one file after the other (rolled forward)."""
    staging: Literal["durable", "transient"] = "durable"
    """Durable: another process can commit it after a power cut. Transient: it dies with its connection."""
    exclusive: Literal["nothing", "target", "connection"] = "nothing"
    """What the engine has to serialise staging and commit on."""
    parallel_staging: bool = True
    """Several splits of one job may be staged at the same time."""
    add_columns: bool = False
    deletes: bool = False
    identifier_limit: int | None = None
    """Longest column or table name, in characters."""
