"""What an error tells whoever has to act on it: commands that name their entity, ready to be typed."""

from __future__ import annotations

from typing import TypeVar

from hygge.errors import HyggeError
from hygge.flow.item import Item

__all__ = ["PLACEHOLDER", "named_in", "told"]

PLACEHOLDER = "FLOW.ENTITY"
"""What homes, stores and the layers below the engine, which know no flow, write into a remedy."""

E = TypeVar("E", bound=HyggeError)


def told(error: E, item: Item) -> E:
    """The error, its remedy about the entity."""
    error.remedy = named_in(error.remedy, item)
    return error


def named_in(remedy: str, item: Item) -> str:
    """The remedy with the entity's name, as a shell takes it, for the placeholder."""
    return remedy.replace(PLACEHOLDER, item.term)
