"""What every step has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from histories.story import Story

__all__ = ["Step", "at"]


class Step(ABC):
    """Something that happens.

    A number that names a place or a moment is taken as far as it goes, so that every step can be taken
    whenever it comes and a history stays one when steps are left out.
    """

    @abstractmethod
    def take(self, story: Story) -> None:
        """Let it happen; raises `Deviation`."""


def at(story: Story, offset: int | None) -> int | None:
    """A watermark value so far from the greatest one there."""
    return None if offset is None else max(0, story.source.top + offset)
