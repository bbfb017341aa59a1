"""Runs that are not alone: two at once, another host's, and rows that come while one reads."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from histories.steps.runs import failpoint, left
from histories.steps.source_steps import Insert
from histories.steps.step import Step
from histories.story import Deviation, Story
from histories.world import Asked, World

__all__ = ["Elsewhere", "Meanwhile", "Race", "Rival"]

PATIENCE = 1  # seconds


@dataclass(frozen=True)
class Race(Step):
    """Two runs at once: one is suspended somewhere on its way while the other comes and goes."""

    point: int | str

    def take(self, story: Story) -> None:
        _race(story, self.point, elsewhere=False)


def _race(story: Story, point: int | str, *, elsewhere: bool) -> None:
    one = story.project.start(failpoint=failpoint("stop", point))
    stopped = one.stopped()
    (other,) = story.project.start(elsewhere=elsewhere).wait().result()
    if stopped:
        one.go_on()
    (first,) = one.wait().result()
    held = [done for done in (first, other) if done[0] == "HYG501"]
    foretold = story.foretell(story.worlds, Asked(), 0)
    if not held:
        if first[0] != other[0]:
            raise Deviation(f"{story.lines}\none of two runs ended with {first}, the other with {other}")
        foretold = [pair for code, w in foretold for pair in story.foretell([w], Asked(), 1)]
    story.expect(other if first in held else first, left(foretold, Asked()))


@dataclass(frozen=True)
class Elsewhere(Step):
    """Another host runs the flow; where each has its own journal, this one's knows nothing of it."""

    def take(self, story: Story) -> None:
        if not story.flow.one_journal:
            story.project.lose_journal(elsewhere=True)
        (done,) = story.project.start(elsewhere=True).wait().result()
        if story.flow.one_journal:
            story.expect(done, left(story.foretell(story.worlds, Asked(), 0), Asked()))
        else:
            story.expect(done, _elsewhere(story, story.worlds, 0))


def _elsewhere(story: Story, worlds: Sequence[World], job: int) -> list[tuple[str, World]]:
    return [
        (
            code,
            replace(
                after,
                journal=world.journal,
                reset=world.reset,
                left=world.left,
                open=world.open,
                astray=world.astray,
                unsettled=world.unsettled and code != "ok",
            ),
        )
        for world in worlds
        for code, after in story.foretell(
            [replace(world, journal=None, reset=False, astray=False)], Asked(), job
        )
    ]


@dataclass(frozen=True)
class Rival(Step):
    """A run is suspended on its way; another host runs the flow; the first one goes on."""

    point: int | str

    def take(self, story: Story) -> None:
        if story.flow.one_journal:
            _race(story, self.point, elsewhere=True)
            return
        story.project.lose_journal(elsewhere=True)
        one = story.project.start(failpoint=failpoint("stop", self.point))
        stopped = one.stopped()
        rival = story.project.start(elsewhere=True)
        with contextlib.suppress(TimeoutError):  # it waits for a lock that the first one holds
            rival.stopped(PATIENCE)
        if stopped:
            one.go_on()
        (first,), (other,) = one.wait().result(), rival.wait().result()
        story.lines.append(f"   the other: {other}")
        worlds = story.worlds
        mine_first = [("ok", w) for c, w in story.foretell(worlds, Asked(), 0) if c == first[0] == "ok"]
        then = [(first[0], w) for c, w in _elsewhere(story, [w for _, w in mine_first], 1) if c == other[0]]
        its_first = [w for c, w in _elsewhere(story, worlds, 1) if c == other[0]]
        mine_then = story.foretell(its_first, Asked(), 0)
        beaten = [(first[0], w) for w in its_first if first[0] in BEATEN and other[0] == "ok"]
        won = mine_first if other[0] in BEATEN else []
        story.expect(first, left([*then, *mine_then, *beaten, *won], Asked()))


BEATEN = ("HYG401", "HYG404")


@dataclass(frozen=True)
class Meanwhile(Step):
    """Rows above all others come while a run reads; they come with the next one."""

    count: int = 1

    def take(self, story: Story) -> None:
        if not story.flow.watermark:
            return
        trial = story.project.start(failpoint="stop:engine.planned@1")
        stopped = trial.stopped()
        foretold = story.foretell(story.worlds, Asked(), 0)
        if stopped:
            Insert(tuple(range(1, self.count + 1))).take(story)
            trial.go_on()
        (done,) = trial.wait().result()
        story.expect(done, left(foretold, Asked()))
