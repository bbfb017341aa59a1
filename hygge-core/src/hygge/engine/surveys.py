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
from hygge.engine.retry import retrying
from hygge.engine.stop import Stop
from hygge.errors import HyggeError, TransientError
from hygge.flow.item import Item
from hygge.model import Receipt, Target, TargetState
from hygge.plugins import Registry
from hygge.roles import Store
from hygge.unexpected import edge

__all__ = ["Surveys"]

log = logging.getLogger("hygge")

FRESH = 60.0  # seconds for which what was seen is used
LOOK = 0.2  # seconds between two looks at the stop switch while waiting


@dataclass(slots=True)
class _Group:
    """The targets of one store."""

    waiting: set[Target] = field(default_factory=set)  # nobody has asked about them yet
    seen: Mapping[Target, object] = field(default_factory=dict)
    surveyor: Store | None = None  # who has seen targets, until it has concluded
    until: float = 0.0
    looking: threading.Lock = field(default_factory=threading.Lock)
    failed: bool = False  # the look at all of them, and nobody has had an answer since
    silent: TransientError | None = None  # a target alone could not be looked at either
    silent_until: float = 0.0


class Surveys:
    """What the stores of a run see of its targets. Thread-safe."""

    def __init__(self, items: Iterable[Item], registry: Registry, stop: Stop) -> None:
        self._registry = registry
        self._stop = stop
        self._groups: dict[bytes, _Group] = {}
        for item in items:
            if item.problem is None:
                self._groups.setdefault(_store_of(item), _Group()).waiting.add(item.target)

    def state(self, item: Item, store: Store, committed: Receipt | None) -> TargetState:
        """The item's target as its store finds it, ``committed`` being the last receipt that is known.

        Raises `TransientError` as the store does; at once where, within the last minute, it answered
        neither for all targets nor for one: the others need not find out one by one.
        """
        group, seen = self._groups[_store_of(item)], self.of(item)
        if group.silent is not None and time.monotonic() <= group.silent_until:
            raise TransientError(f"not asked: {group.silent.message}", remedy=group.silent.remedy)
        try:
            found = retrying(lambda: store.ready(item.target, seen, committed), self._stop, item.label)
            if seen is not None and not _same(
                found.receipt, committed
            ):  # seen before something was recovered
                found = retrying(lambda: store.ready(item.target), self._stop, item.label)
        except TransientError as error:
            if group.failed:
                group.silent, group.silent_until = error, time.monotonic() + FRESH
            raise
        group.failed = False
        return found

    def of(self, item: Item) -> object:
        """What was seen of the item's target, no older than a minute; None: it has to be looked at."""
        group = self._groups[_store_of(item)]
        while not group.looking.acquire(timeout=LOOK):  # somebody asks for all
            self._stop.check()
        try:
            if item.target not in group.waiting:  # moved since, by ourselves
                return None
            if len(group.waiting) > 1 and time.monotonic() > group.until:
                began = time.monotonic()
                group.seen = self._look(group, item)
                group.until = began + FRESH if group.seen else math.inf  # one that can't is not asked again
            group.waiting.remove(item.target)
            return group.seen.get(item.target) if time.monotonic() <= group.until else None
        finally:
            group.looking.release()

    def conclude(self) -> None:
        """Let the stores end what they did for all targets together; a failure is left to a later run.

        So is all of it where somebody has pressed Ctrl-C.
        """
        for group in self._groups.values():
            if group.surveyor is None:
                continue
            try:
                with edge(), closing(group.surveyor) as store:
                    if self._stop.signal is None:
                        store.conclude()
            except HyggeError as error:
                log.warning("%s", error.message)
            group.surveyor = None

    def _look(self, group: _Group, item: Item) -> Mapping[Target, object]:
        try:
            with edge():
                if group.surveyor is None:
                    group.surveyor = self._registry.open_store(item.store_type.name, item.config.store)
                return group.surveyor.survey(list(group.waiting))
        except HyggeError as error:  # whoever looks at one target will be told the same, and says so
            log.debug("%s: %s", item.label, error)
            group.failed = isinstance(error, TransientError)
            return {}


def _store_of(item: Item) -> bytes:
    """Equal for items that settle through the same configuration."""
    return encode([item.store_type.name, item.config.store])


def _same(one: Receipt | None, other: Receipt | None) -> bool:
    return (one.job_id if one else None) == (other.job_id if other else None)
