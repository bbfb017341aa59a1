"""Several journals as one: each flow has its own place, and what is asked of all is asked of each.

A place is opened when it is first asked: to run a flow takes neither the network nor the secrets of
the others.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from operator import attrgetter

from hygge.journal.pruning import Keep, Pruned, Prunes
from hygge.model import Entry, Head, Row
from hygge.roles import Journal

__all__ = ["JournalByFlow"]


class JournalByFlow(Journal):
    """``places`` opens the journals of some flows; all others are kept in ``other``. Closes them all.

    Journals of one address are one. Thread-safe.
    """

    def __init__(self, places: Mapping[str, Callable[[], Journal]], other: Journal) -> None:
        self._places = dict(places)
        self._other = other
        self._flows: dict[str, Journal] = {}
        self._opening = threading.RLock()

    def append(self, entries: Sequence[Entry]) -> None:
        for flow, group in itertools.groupby(entries, attrgetter("flow")):
            self._of(flow).append(list(group))

    def heads(self, flow: str) -> Mapping[str, Head]:
        return self._of(flow).heads(flow)

    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        asked = (
            [self._of(flow)] if flow in self._places else self._all()
        )  # one that is gone was kept anywhere
        each = [journal.rows(flow=flow, entity=entity, run_id=run_id) for journal in asked]
        return heapq.merge(*each, key=attrgetter("finished_at"), reverse=True)

    def lease(self, flow: str) -> AbstractContextManager[None]:
        return self._of(flow).lease(flow)

    def fold(self, *, force: bool = False) -> None:
        for journal in self._all():
            journal.fold(force=force)

    def backup(self) -> str:
        return ", ".join(journal.backup() for journal in self._all())

    def prune(self, keep: Keep, *, dry: bool = False) -> Pruned:
        """Prune each that can be pruned; see `Prunes`."""
        found = [one.prune(keep, dry=dry) for one in self._all() if isinstance(one, Prunes)]
        return Pruned(
            removed=sum(one.removed for one in found),
            kept=sum(one.kept for one in found),
            oldest=min((one.oldest for one in found if one.oldest is not None), default=None),
        )

    def close(self) -> None:
        with ExitStack() as closing:
            for journal in self._opened():
                closing.callback(journal.close)

    def _of(self, flow: str) -> Journal:
        with self._opening:
            if flow not in self._places:
                return self._other
            if flow not in self._flows:
                self._flows[flow] = self._one_of_each(self._places[flow]())
            return self._flows[flow]

    def _one_of_each(self, journal: Journal) -> Journal:
        """The one that is open already, if it is at the same place."""
        address = journal.address()
        for known in self._opened():
            if address and known is not journal and known.address() == address:
                journal.close()
                return known
        return journal

    def _all(self) -> list[Journal]:
        with self._opening:
            for flow in self._places:
                self._of(flow)
        return self._opened()

    def _opened(self) -> list[Journal]:
        return list({id(one): one for one in (*self._flows.values(), self._other)}.values())
