"""What is lost of that which hygge keeps, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from histories.steps.step import Step
from histories.story import Story
from histories.world import World

__all__ = ["BackUp", "LoseFile", "LoseJournal", "LoseTarget", "Restore"]


@dataclass(frozen=True)
class LoseJournal(Step):
    """The journal is gone."""

    def take(self, story: Story) -> None:
        story.project.lose_journal()
        story.worlds = [replace(w, journal=None, reset=False, left=(None,)) for w in story.worlds]


@dataclass(frozen=True)
class LoseTarget(Step):
    """The destination is gone."""

    def take(self, story: Story) -> None:
        story.project.lose_target()
        story.worlds = [replace(world, target=None, astray=world.open) for world in story.worlds]
        story.seen = story.project.rows()


@dataclass(frozen=True)
class LoseFile(Step):
    """One file of the data is gone."""

    number: int

    def take(self, story: Story) -> None:
        if not story.project.lose_file(self.number):
            return
        story.seen = story.project.rows()
        lost = [
            replace(world, target=world.target and replace(world.target, damaged=True))
            for world in story.worlds
        ]
        # A full drop that was cut off may land yet, and then the file is not missed.
        story.worlds = lost + [world for world in story.worlds if world.open]


@dataclass(frozen=True)
class BackUp(Step):
    """Journal and destination are copied."""

    def take(self, story: Story) -> None:
        story.project.back_up()
        story.worlds = [replace(world, backup=_kept(world)) for world in story.worlds]


def _kept(world: World) -> tuple[Any, ...]:
    return (world.target, world.journal, world.reset, world.open, world.unsettled, world.left)


@dataclass(frozen=True)
class Restore(Step):
    """The copy of the journal, of the destination or of both comes back."""

    journal: bool
    target: bool

    def take(self, story: Story) -> None:
        story.project.restore(journal=self.journal, target=self.target)
        story.worlds = [self._restored(world) for world in story.worlds]
        story.seen = story.project.rows()

    def _restored(self, world: World) -> World:
        target, journal, reset, open_, unsettled, left = world.backup
        if self.target:
            world = replace(world, target=target, unsettled=unsettled)
        if self.journal:
            world = replace(world, journal=journal, reset=reset, open=open_, left=left)
        return replace(world, astray=world.open)
