"""What observers of a run are told; observing never changes a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hygge.results import EntityResult

__all__ = ["Event", "EventKind", "Observer", "Phase"]

EventKind = Literal["run_started", "phase", "progress", "entity_ended", "run_ended"]
Phase = Literal["waiting", "recovering", "planning", "staging", "committing", "reconciling", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened; counts are those of the entity's attempt so far."""

    kind: EventKind  # what happened
    at: float  # seconds since the epoch
    run_id: str  # as in the journal
    flow: str = ""  # empty where the whole run is meant
    entity: str = ""  # likewise
    phase: Phase = "waiting"  # where the entity is
    rows: int = 0  # read so far
    bytes: int = 0  # in memory, as Arrow
    rows_expected: int | None = None  # the home's estimate
    entities: int = 0  # run_started: how many there will be
    result: EntityResult | None = None  # entity_ended


Observer = Callable[[Event], None]
