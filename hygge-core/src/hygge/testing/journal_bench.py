"""What the laws of a journal stand on: a place, runs, and processes that use both."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from hygge.testing.gaps import Laws
from hygge.testing.journal_entries import (
    Opener,
    local_journal,
    numbers,
    story,
)
from hygge.testing.warm import Warm, warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hygge.roles import Journal

__all__ = ["JournalLaws"]


class JournalLaws(Laws):
    """Subclass, say where a journal begins and how its files may be spoilt."""

    opener: ClassVar[Opener] = staticmethod(local_journal)
    """Opens the journal under test at a place, for a run; a function that other processes can import."""

    @pytest.fixture
    def place(self) -> Mapping[str, Any]:
        """Where a journal begins; nothing is there yet."""
        raise NotImplementedError("return a place without a journal")

    def damage(self, place: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
        """Ways to spoil what is stored: the name that the error has to tell, a callable that spoils it."""
        raise NotImplementedError("return ways to damage the journal's files")

    # -- from here on nothing is to be overridden ------------------------------------------------

    @pytest.fixture
    def warm(self) -> Iterator[Warm]:
        """Processes that start in milliseconds."""
        server = warm("hygge.testing.trials:warm_up", "hygge.testing.journal_entries")
        yield server
        server.end_trials()

    @pytest.fixture
    def runs(self) -> Iterator[str]:
        """Ids of runs."""
        return numbers()

    @pytest.fixture
    def journal(self, place: Mapping[str, Any], runs: Iterator[str]) -> Iterator[Journal]:
        journal = self.open(place, next(runs))
        yield journal
        journal.close()

    def open(self, place: Mapping[str, Any], run_id: str = "reader") -> Journal:
        """The journal for a run."""
        return type(self).opener(place, run_id)

    def history(self, place: Mapping[str, Any], runs: Iterator[str]) -> None:
        """Five runs, one after the other."""
        for number, run_id in enumerate(itertools.islice(runs, 5)):
            journal = self.open(place, run_id)
            journal.append(story("orders", number, run_id))
            journal.close()
