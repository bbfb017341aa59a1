"""What people do by hand: the commands of `hygge state`."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

from histories import model
from histories.formats import at_text
from histories.steps.step import Step, at
from histories.story import Story
from histories.world import Refusal, World

__all__ = ["Adopt", "Discard", "Reset", "SetMark"]


class _ByHand(Step):
    """A command of `hygge state`."""

    def take(self, story: Story) -> None:
        (done,) = story.project.type(["state", *self.words(story)])
        story.expect(done, [pair for world in story.worlds for pair in self._foretell(story, world)])

    def _foretell(self, story: Story, world: World) -> list[tuple[str, World]]:
        maybe = [("HYG603", world)] if world.open else []
        try:
            return [*maybe, ("ok", self.after(story, world))]
        except Refusal as refusal:
            return [*maybe, (refusal.code, world)]

    @abstractmethod
    def words(self, story: Story) -> list[str]:
        """What is typed."""

    @abstractmethod
    def after(self, story: Story, world: World) -> World:
        """The world after it; raises `Refusal`."""


@dataclass(frozen=True)
class SetMark(_ByHand):
    """The watermark is set so far from the greatest value, by someone who is sure."""

    offset: int

    def words(self, story: Story) -> list[str]:
        return ["set", "f.t", at_text(at(story, self.offset) or 0, story.flow.at), "--yes"]

    def after(self, story: Story, world: World) -> World:
        return model.set_mark(world, story.flow, at(story, self.offset) or 0)


@dataclass(frozen=True)
class Reset(_ByHand):
    """The entity is to start over."""

    def words(self, story: Story) -> list[str]:
        return ["reset", "f.t"]

    def after(self, story: Story, world: World) -> World:
        return replace(world, reset=True)


@dataclass(frozen=True)
class Adopt(_ByHand):
    """What is at the destination is the truth."""

    def words(self, story: Story) -> list[str]:
        return ["adopt", "f.t"]

    def after(self, story: Story, world: World) -> World:
        return model.adopted(world, story.flow, story.source)


@dataclass(frozen=True)
class Discard(_ByHand):
    """A job that was cut off is given up."""

    def words(self, story: Story) -> list[str]:
        return ["discard", "f.t"]

    def after(self, story: Story, world: World) -> World:
        if not world.open:
            raise Refusal("HYG603", world)
        return world
