"""What all entities of one run share."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hygge.engine.executor import Slots
from hygge.engine.stop import Stop
from hygge.events import Event
from hygge.model import Asked, Entry, EntryKind, Job
from hygge.plugins import Registry
from hygge.roles import Journal, Store

__all__ = ["Around", "new_id", "now"]


def now() -> str:
    """The present moment, ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_id() -> str:
    """A new id for a run or job; ids made a second apart sort by time."""
    import secrets

    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The surroundings of an attempt: journal, connectors, the stop switch, observers."""

    run_id: str
    project: str
    registry: Registry
    journal: Journal
    stop: Stop
    emit: Callable[[Event], None]
    started_at: str  # of the run: ISO 8601, UTC
    asked: Asked | None = None
    queue_bytes: int = 32 * 1024 * 1024
    slots: Slots = field(default_factory=lambda: Slots(1))

    locks: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def alone(self, store_type: str, store: Store) -> AbstractContextManager[object]:
        """The turn of one commit, where the store says that they must not come at the same time."""
        if self.registry.store_type(store_type).capabilities.exclusive != "connection":
            return nullcontext()
        return self.locks[store.connection()]

    def record(self, kind: EntryKind, of: Job, /, **facts: Any) -> None:
        """Append to the journal what became of a job; ``facts`` are further fields of `Entry`."""
        entry = Entry(
            kind=kind,
            at=now(),
            run_id=self.run_id,
            flow=of.flow,
            entity=of.entity,
            job_id=of.id,
            **facts,
        )
        self.journal.append([entry])

    def tell(self, kind: Any, flow: str, entity: str, **facts: Any) -> None:
        """Let the observers know."""
        self.emit(Event(kind=kind, at=time.time(), run_id=self.run_id, flow=flow, entity=entity, **facts))
