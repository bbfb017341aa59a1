"""Journals that are the reference but for one fault each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hygge_reference.journal import STATE, ReferenceJournal, State

from hygge.errors import JournalDamaged
from hygge.model import Entry, Head
from hygge.roles import Journal


class Restarting(ReferenceJournal):
    """Takes what it cannot read for nothing."""

    def state(self) -> tuple[State, str | None]:
        try:
            return super().state()
        except JournalDamaged:
            return State(), None


class Closing(ReferenceJournal):
    """Takes a sealed attempt that failed for one that has ended."""

    def heads(self, flow: str) -> Mapping[str, Head]:
        return {e: head if head.plan is None else Head() for e, head in super().heads(flow).items()}


class Confusing(ReferenceJournal):
    """Takes the end of any attempt for that of the open one."""

    def append(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            open_ = self.heads(entry.flow).get(entry.entity, Head()).job
            if open_ is not None and entry.kind not in ("planned", "sealed", "adopted", "reset"):
                entry = replace(entry, job_id=open_.id)
            super().append([entry])


class Unleased(ReferenceJournal):
    """Gives a lease to everybody."""

    @contextlib.contextmanager
    def lease(self, flow: str) -> Iterator[None]:
        yield


class Buffering(ReferenceJournal):
    """Writes when it is closed."""

    def __init__(self, path: str, run_id: str) -> None:
        super().__init__(path, run_id)
        self._kept: list[Entry] = []

    def append(self, entries: Sequence[Entry]) -> None:
        self._kept += entries

    def close(self) -> None:
        if self._kept:
            super().append(self._kept)
        self._kept = []
        super().close()


class Overwriting(ReferenceJournal):
    """Writes on top of whatever others have written meanwhile."""

    def put(self, state: State, version: str | None) -> None:
        found = self._place.get(STATE)
        super().put(state, found[1] if found else None)


class Reading(ReferenceJournal):
    """Reads the whole history for where things stand."""

    def heads(self, flow: str) -> Mapping[str, Head]:
        list(self.rows())
        return super().heads(flow)


class Mixing(ReferenceJournal):
    """Tells entities apart, flows not."""

    def heads(self, flow: str) -> Mapping[str, Head]:
        return {e: h for found in self.state()[0].heads.values() for e, h in found.items()}


class Growing(ReferenceJournal):
    """Finds rows of attempts that had no end twice."""

    def after(self, state: State, entries: Sequence[Entry]) -> State:
        return super().after(
            super().after(state, [replace(e, kind="failed") for e in entries if e.row]), entries
        )


class Silent(ReferenceJournal):
    """Says nothing of what it could not write."""

    def append(self, entries: Sequence[Entry]) -> None:
        with contextlib.suppress(OSError):
            super().append(entries)


FAULTS = (
    "Silent",
    "Restarting",
    "Closing",
    "Confusing",
    "Unleased",
    "Buffering",
    "Overwriting",
    "Reading",
    "Mixing",
    "Growing",
)


def open_journal(place: Mapping[str, Any], run_id: str) -> Journal:
    made: Journal = globals()[place["fault"]](place["path"], run_id)
    return made
