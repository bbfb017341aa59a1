"""One history as it is told: what hygge did against what the model says it may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from histories.child import Done
from histories.model import run
from histories.project import Project
from histories.source import AT, Flow, Source
from histories.world import Asked, Refusal, Rows, World

if TYPE_CHECKING:
    from histories.steps import Step
    from hygge.testing.warm import Ended

__all__ = ["Deviation", "Foretold", "History", "Story"]

Foretold = Iterable[tuple[str, World]]
"""Each way in which a step may end: the code ("ok" or the error's) and the world that it leaves."""


class Deviation(AssertionError):
    """hygge and the model differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A flow and what happens to it; its ``repr`` is the source of a regression test."""

    flow: Flow
    steps: tuple[Step, ...]

    def play(self, folder: Path, bug: str = "") -> Story:
        """Let it happen in an empty folder; raises `Deviation`."""
        story = Story(self, folder, bug)
        for number, step in enumerate(self.steps, 1):
            story.step = number
            story.lines.append(f"{number}. {step}")
            step.take(story)
        return story


class Story:
    """How far a history has got."""

    def __init__(self, history: History, folder: Path, bug: str) -> None:
        self.flow = history.flow
        self.source = Source(columns=(("id", "int64"), (AT, self.flow.at), ("note", "string")), files=()).add(
            (), as_file=True
        )
        self.project = Project(folder, self.flow, self.source, bug)
        self.worlds = [World()]
        self.seen = Rows()
        self.step = 0
        self.lines: list[str] = []

    # -- what changes around hygge ----------------------------------------------------------------

    def change(self, source: Source) -> None:
        """The source is another one from here on."""
        if source.columns != self.source.columns:
            self.project.define(self.flow, source)
        self.source = source
        self.project.fill(source)

    def define(self, flow: Flow) -> None:
        """The flow is another one from here on."""
        self.flow = flow
        self.project.define(flow, self.source)

    # -- what hygge did ---------------------------------------------------------------------------

    def foretell(self, worlds: Iterable[World], asked: Asked, job: int) -> list[tuple[str, World]]:
        """How a run may end."""
        found = []
        for world in worlds:
            try:
                after = run(world, self.flow, self.source, asked, self.step * 10 + job)
            except Refusal as refusal:
                found.append((refusal.code, refusal.world))
            else:
                found.append(("ok", after))
            if world.astray:  # what is left of the attempt has to be discarded
                found.append(("HYG404", world))
        return found

    def expect(self, done: Done, foretold: Foretold) -> None:
        """Go on with the worlds that explain how a command ended and what is there now."""
        code, _, said = done
        self.lines.append(f"   {code} {said.splitlines()[0] if said else ''}")
        foretold = list(foretold)
        ended = [world for expected, world in foretold if expected == code]
        if not ended:
            raise self._deviation(f"hygge says {code}, the model {sorted({c for c, _ in foretold})}\n{said}")
        self._settle(ended)

    def expect_same(self) -> None:
        """Whatever was done, a reader finds what was there before."""
        if self.project.rows() != self.seen:
            raise self._deviation(f"a reader finds other rows than before: {self._other(self.seen)}")

    def interrupted(self, ended: Ended, before: Sequence[World], foretold: Foretold) -> None:
        """A run was cut off, or ended with an error that is not its own."""
        self.lines.append(f"   {'killed' if ended.killed else ended.value or repr(ended.error)}")
        self.worlds = _distinct([*before, *(world for _, world in foretold)])
        rows, there = self.project.rows(), [self.seen, *(world.rows for world in self.worlds)]
        parts = self.flow.store != "sqlite"
        if rows not in there and not (parts and any(a <= rows <= b for a in there for b in there)):
            raise self._deviation(f"a reader finds what is neither before nor after: {dict(rows)}")
        self.seen = rows

    def _settle(self, worlds: Iterable[World]) -> None:
        rows = self.project.rows()
        self.worlds = [world for world in _distinct(worlds) if self._fits(world, rows)]
        if not self.worlds:
            raise self._deviation("\n".join(self._other(world.rows) for world in _distinct(worlds)))
        self.seen = rows

    def _fits(self, world: World, rows: Rows) -> bool:
        if world.unsettled or (world.target is not None and world.target.damaged):
            return rows == self.seen
        return rows == world.rows

    def _other(self, wanted: Rows) -> str:
        found = self.project.rows()
        return f"missing {_listed(wanted - found)}, too many {_listed(found - wanted)}"

    def _deviation(self, what: str) -> Deviation:
        return Deviation("\n".join([str(self.flow), *self.lines, what]))


def _distinct(worlds: Iterable[World]) -> list[World]:
    found: list[World] = []
    for world in worlds:
        if world not in found:
            found.append(world)
    return found


def _listed(rows: Counter[frozenset[tuple[str, object]]]) -> list[dict[str, object]]:
    return [dict(row) for row in rows.elements()]
