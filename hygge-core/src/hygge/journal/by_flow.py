"""Several journals as one: each flow has its own place, and what is asked of all is asked of each."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from operator import attrgetter

from hygge.journal.pruning import Keep, Pruned, Prunes
from hygge.model import Entry, Head, Row
from hygge.roles import Journal

__all__ = ["JournalByFlow"]


class JournalByFlow(Journal):
    """``flows`` are kept where they say, all others in ``other``. Closes them all."""

    def __init__(self, flows: Mapping[str, Journal], other: Journal) -> None:
        self._flows = dict(flows)
        self._other = other
        self._all = list({id(one): one for one in (*self._flows.values(), other)}.values())

    def append(self, entries: Sequence[Entry]) -> None:
        for flow, group in itertools.groupby(entries, attrgetter("flow")):
            self._of(flow).append(list(group))

    def heads(self, flow: str) -> Mapping[str, Head]:
        return self._of(flow).heads(flow)

    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        asked = self._all if flow is None else [self._of(flow)]
        each = [journal.rows(flow=flow, entity=entity, run_id=run_id) for journal in asked]
        return heapq.merge(*each, key=attrgetter("finished_at"), reverse=True)

    def lease(self, flow: str) -> AbstractContextManager[None]:
        return self._of(flow).lease(flow)

    def fold(self, *, force: bool = False) -> None:
        for journal in self._all:
            journal.fold(force=force)

    def backup(self) -> str:
        return ", ".join(journal.backup() for journal in self._all)

    def prune(self, keep: Keep, *, dry: bool = False) -> Pruned:
        """Prune each that can be pruned; see `Prunes`."""
        found = [one.prune(keep, dry=dry) for one in self._all if isinstance(one, Prunes)]
        return Pruned(
            removed=sum(one.removed for one in found),
            kept=sum(one.kept for one in found),
            oldest=min((one.oldest for one in found if one.oldest is not None), default=None),
        )

    def close(self) -> None:
        with ExitStack() as closing:
            for journal in self._all:
                closing.callback(journal.close)

    def _of(self, flow: str) -> Journal:
        return self._flows.get(flow, self._other)
