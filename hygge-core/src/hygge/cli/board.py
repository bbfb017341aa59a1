"""Where every entity of a run is, gathered from events; what a progress display shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from hygge.cli.figures import count, duration, plural, speed
from hygge.events import Event, Phase
from hygge.results import EntityResult

__all__ = ["Board", "Moving", "Standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """One entity that has begun."""

    label: str
    phase: Phase = "waiting"
    rows: int = 0
    bytes: int = 0
    expected: int | None = None
    since: float | None = None  # when it began to stage, by the board's clock
    seconds: float = 0.0  # from then to the moment of the standing
    result: EntityResult | None = None

    @property
    def remaining(self) -> str:
        """How long it will take at its present speed; "-" if the home gave no estimate."""
        if not self.expected or not self.rows or self.phase != "staging":
            return "-"
        return duration(max(0.0, self.seconds * (self.expected - self.rows) / self.rows))

    def __str__(self) -> str:
        if not self.rows:
            return f"{self.label} {self.phase}"
        pace = f" at {speed(self.bytes, self.seconds)} MB/s" if self.phase == "staging" else ""
        return f"{self.label} {self.phase} {plural(self.rows, 'row')}{pace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The run at one moment."""

    total: int
    seconds: float
    moving: tuple[Moving, ...]
    ended: tuple[Moving, ...]  # the last one last

    @property
    def failed(self) -> int:
        return sum(1 for one in self.ended if one.result and one.result.status == "failed")

    @property
    def headline(self) -> str:
        """ "12 of 40 entities done, 1 failed"."""
        parts = [f"{count(len(self.ended))} of {plural(self.total, 'entity', 'entities')} done"]
        if self.failed:
            parts.append(f"{count(self.failed)} failed")
        return ", ".join(parts)

    def line(self, shown: int = 3) -> str:
        """The whole standing on one line, for a log."""
        parts = [str(one) for one in self.moving[:shown]]
        if len(self.moving) > shown:
            parts.append(f"{len(self.moving) - shown} more")
        under_way = f": {', '.join(parts)}" if parts else ""
        return f"{duration(self.seconds)}: {self.headline}{under_way}"


class Board:
    """An observer that remembers the newest word on each entity; any thread may tell it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._begun = clock()
        self._total = 0
        self._entities: dict[str, Moving] = {}
        self._ended: dict[str, Moving] = {}

    def __call__(self, event: Event) -> None:
        with self._lock:
            if event.kind == "run_started":
                self._total = event.entities
            elif event.kind in ("phase", "progress"):
                self._move(event)
            elif event.kind == "entity_ended":
                label = f"{event.flow}.{event.entity}"
                before = self._entities.pop(label, Moving(label=label))
                self._ended[label] = replace(before, phase="done", rows=event.rows, result=event.result)

    def standing(self) -> Standing:
        """The run now."""
        with self._lock:
            now = self._clock()
            return Standing(
                total=self._total,
                seconds=now - self._begun,
                moving=tuple(
                    replace(one, seconds=0.0 if one.since is None else now - one.since)
                    for one in self._entities.values()
                ),
                ended=tuple(self._ended.values()),
            )

    def _move(self, event: Event) -> None:
        label = f"{event.flow}.{event.entity}"
        before = self._entities.get(label, Moving(label=label))
        since = before.since
        if since is None and event.phase == "staging":
            since = self._clock()
        self._entities[label] = replace(
            before,
            phase=event.phase,
            rows=event.rows,
            bytes=event.bytes,
            expected=event.rows_expected or before.expected,
            since=since,
        )
