"""Runs: to their end, cut off, and asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from histories.formats import at_text
from histories.steps.step import Step, at
from histories.story import Deviation, Story
from histories.world import Asked, Rows, World

__all__ = ["Backfill", "Crash", "Fail", "Retry", "Run", "failpoint", "left"]


@dataclass(frozen=True)
class Run(Step):
    """A run, and after a success one more that finds nothing new."""

    run_type: str | None = None
    cli: bool = False

    def take(self, story: Story) -> None:
        asked = Asked(run_type=self.run_type)
        if self.cli:
            flags = [f"--{self.run_type.replace('_', '-')}"] if self.run_type else []
            done = story.project.type(["run", *flags], ["run", *flags])
        else:
            done = story.project.start(2, run_type=self.run_type).wait().result()
        for number, one in enumerate(done):
            before = story.seen
            story.expect(one, left(story.foretell(story.worlds, asked, number), asked))
            if number and one[0] == "ok":
                _check_noop(story, one[1], before, appending=_appends(story, self.run_type))


def _appends(story: Story, run_type: str | None) -> bool:
    return (run_type or story.flow.run_type) == "incremental" and not story.flow.upserts


def _check_noop(story: Story, status: str, before: Rows, *, appending: bool) -> None:
    if story.seen != before or (appending and status != "skipped"):
        raise Deviation(f"{story.flow}\n{story.lines}\nthe second of two runs was {status}, and not a no-op")


def left(foretold: list[tuple[str, World]], asked: Asked) -> list[tuple[str, World]]:
    """What a retry has to do after a run that ended so; HYG114 comes before anything is journaled."""
    return [
        (code, world if code == "HYG114" else replace(world, left=(None if code == "ok" else asked,)))
        for code, world in foretold
    ]


@dataclass(frozen=True)
class Backfill(Step):
    """A run of a window, its ends so far from the greatest value."""

    lower: int | None
    upper: int | None

    def take(self, story: Story) -> None:
        lower, upper = at(story, self.lower), at(story, self.upper)
        asked = Asked(lower=lower, upper=upper)
        if not asked.backfill:
            return
        texts = [None if one is None else at_text(one, story.flow.at) for one in (lower, upper)]
        (done,) = story.project.start(from_=texts[0], to=texts[1]).wait().result()
        story.expect(done, left(story.foretell(story.worlds, asked, 0), asked))


def failpoint(mode: str, point: int | str) -> str:
    return f"{mode}:{point}" if isinstance(point, str) else f"{mode}@{point}"


def _maybe(before: Sequence[World], after: list[tuple[str, World]], asked: Asked) -> tuple[Any, Any]:
    """The worlds in which a run that was cut off did nothing, and those in which it landed."""
    return [_cut_off(world, asked) for world in before], [
        (code, _cut_off(world, asked, None)) for code, world in after
    ]


def _cut_off(world: World, *left: Asked | None) -> World:
    return replace(world, open=True, unsettled=True, left=(*dict.fromkeys((*world.left, *left)),))


@dataclass(frozen=True)
class Crash(Step):
    """A run is killed at one of the points that it passes: at the Nth, or at one by its name (NAME@N)."""

    point: int | str
    run_type: str | None = None

    mode = "kill"

    def take(self, story: Story) -> None:
        asked = Asked(run_type=self.run_type)
        trial = story.project.start(failpoint=failpoint(self.mode, self.point), run_type=self.run_type)
        ended = trial.wait()
        before, foretold = story.worlds, story.foretell(story.worlds, asked, 0)
        if ended.value and ended.value[0][0] == "ok":
            story.expect(ended.value[0], left(foretold, asked))
        else:
            story.interrupted(ended, *_maybe(before, foretold, asked))


@dataclass(frozen=True)
class Fail(Crash):
    """A disk fails at one of the points that a run passes."""

    mode = "raise"


@dataclass(frozen=True)
class Retry(Step):
    """What was left undone is asked for again."""

    def take(self, story: Story) -> None:
        (done,) = story.project.type(["retry"])
        foretold: list[tuple[str, World]] = []
        for world in story.worlds:
            for asked in world.left:
                if asked is None:
                    foretold.append(("ok", world))
                else:
                    foretold += left(story.foretell([world], asked, 0), asked)
        story.expect(done, foretold)
