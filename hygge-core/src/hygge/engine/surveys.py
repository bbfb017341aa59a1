"""Look at the targets of many entities at once, where their store can."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from hygge.codec import encode
from hygge.errors import HyggeError
from hygge.flow.item import Item
from hygge.model import Target
from hygge.plugins import Registry

__all__ = ["Surveys"]

log = logging.getLogger("hygge")

FRESH = 60.0  # seconds for which what was seen is used


@dataclass(slots=True)
class _Group:
    """The targets of one store that nobody has asked about yet."""

    waiting: set[Target] = field(default_factory=set)
    seen: Mapping[Target, object] = field(default_factory=dict)
    until: float = 0.0
    looking: threading.Lock = field(default_factory=threading.Lock)


class Surveys:
    """What the stores of a run see of its targets. Thread-safe."""

    def __init__(self, items: Iterable[Item], registry: Registry) -> None:
        self._registry = registry
        self._groups: dict[bytes, _Group] = {}
        for item in items:
            self._groups.setdefault(_store_of(item), _Group()).waiting.add(item.target)

    def of(self, item: Item) -> object:
        """What was seen of the item's target, no older than a minute; None: it has to be looked at."""
        group = self._groups[_store_of(item)]
        with group.looking:
            if item.target not in group.waiting:  # moved since, by ourselves
                return None
            if len(group.waiting) > 1 and time.monotonic() > group.until:
                began = time.monotonic()
                group.seen = self._look(item, list(group.waiting))
                group.until = began + FRESH if group.seen else math.inf  # one that can't is not asked again
            group.waiting.remove(item.target)
            return group.seen.get(item.target) if time.monotonic() <= group.until else None

    def _look(self, item: Item, targets: list[Target]) -> Mapping[Target, object]:
        try:
            with closing(self._registry.open_store(item.store_type.name, item.config.store)) as store:
                return store.survey(targets)
        except HyggeError as error:  # whoever looks at one target will be told the same, and says so
            log.debug("%s: %s", item.label, error)
            return {}


def _store_of(item: Item) -> bytes:
    """Equal for items that settle through the same configuration."""
    return encode([item.store_type.name, item.config.store])
