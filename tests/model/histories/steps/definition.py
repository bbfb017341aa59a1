"""What happens to the flow's definition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from histories.source import AT
from histories.steps.step import Step
from histories.story import Story

__all__ = ["Lookback", "Narrow", "Where"]


@dataclass(frozen=True)
class Where(Step):
    """Other rows are asked for."""

    least_id: int | None

    def take(self, story: Story) -> None:
        story.define(replace(story.flow, least_id=self.least_id))


@dataclass(frozen=True)
class Narrow(Step):
    """Fewer columns are asked for, or all again."""

    columns: tuple[str, ...] | None = ("id", AT)

    def take(self, story: Story) -> None:
        story.define(replace(story.flow, columns=self.columns))


@dataclass(frozen=True)
class Lookback(Step):
    """Another lookback; texts have none."""

    lookback: int

    def take(self, story: Story) -> None:
        if story.flow.at != "string":
            story.define(replace(story.flow, lookback=self.lookback))
