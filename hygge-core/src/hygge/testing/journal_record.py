"""Laws of a journal: what it remembers, and what that costs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import HyggeError
from hygge.model import Entry, EntryKind, Head
from hygge.testing.journal_bench import JournalLaws
from hygge.testing.journal_entries import (
    read_bytes,
    story,
)
from hygge.testing.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hygge.roles import Journal

__all__ = ["RecordLaws"]


class RecordLaws(JournalLaws):
    """One run after the other."""

    # -- what was appended is there --------------------------------------------------------------

    def test_a_place_without_a_journal_has_no_heads_and_no_rows(self, journal: Journal) -> None:
        assert dict(journal.heads("laws")) == {}
        assert list(journal.rows()) == []

    def test_heads_follow_an_attempt_from_its_plan_to_its_receipt(
        self, journal: Journal, place: Mapping[str, Any]
    ) -> None:
        planned, sealed, committed = story("orders", 1, "r")
        expected = [
            (planned, Head(job=planned.job)),
            (sealed, Head(job=planned.job, plan=sealed.plan)),
            (committed, Head(receipt=committed.receipt)),
        ]
        for entry, head in expected:
            journal.append([entry])
            assert journal.heads("laws")["orders"] == head
            assert self.open(place).heads("laws")["orders"] == head

    @pytest.mark.parametrize("kind", ["aborted", "failed", "skipped"])
    def test_an_attempt_that_ended_before_it_was_sealed_leaves_the_last_receipt(
        self, journal: Journal, kind: str
    ) -> None:
        first, second = story("orders", 1, "r"), story("orders", 2, "r")
        journal.append([*first, second[0], _ended(second, kind)])
        assert journal.heads("laws")["orders"] == Head(receipt=first[2].receipt)

    def test_a_receipt_that_was_adopted_is_the_last_one(self, journal: Journal) -> None:
        first, second = story("orders", 1, "r"), story("orders", 2, "r")
        journal.append([*first, replace(second[2], kind="adopted", row=None)])
        assert journal.heads("laws")["orders"] == Head(receipt=second[2].receipt)

    def test_an_attempt_that_was_sealed_and_failed_stays_open(self, journal: Journal) -> None:
        planned, sealed, _ = entries = story("orders", 1, "r")
        journal.append([planned, sealed, _ended(entries, "failed")])
        assert journal.heads("laws")["orders"] == Head(job=planned.job, plan=sealed.plan)
        journal.append([replace(_ended(entries, "aborted"), kind="discarded")])
        assert journal.heads("laws")["orders"] == Head()

    @pytest.mark.parametrize("kind", ["aborted", "failed", "skipped", "discarded", "committed"])
    def test_an_attempt_that_ended_leaves_the_one_of_another_open(
        self, journal: Journal, kind: EntryKind
    ) -> None:
        """A run may fail before it gets to what an earlier one left open."""
        open_, other = story("orders", 1, "r"), story("orders", 2, "r")
        ended = other[2] if kind == "committed" else _ended(other, "failed")
        ended = replace(ended, kind=kind)
        for known in ([open_[0]], [open_[1]]):  # planned, then sealed
            journal.append(known)
            before = journal.heads("laws")["orders"]
            journal.append([ended])
            after = journal.heads("laws")["orders"]
            assert (after.job, after.plan) == (open_[0].job, before.plan)

    def test_a_reset_is_remembered_until_the_next_commit(self, journal: Journal) -> None:
        first, second = story("orders", 1, "r"), story("orders", 2, "r")
        journal.append([*first, replace(first[0], kind="reset", job=None, job_id="")])
        assert journal.heads("laws")["orders"] == Head(receipt=first[2].receipt, reset=True)
        journal.append(second)
        assert journal.heads("laws")["orders"] == Head(receipt=second[2].receipt)

    def test_flows_and_entities_do_not_touch_each_other(self, journal: Journal) -> None:
        journal.append(
            [*story("orders", 1, "r"), *story("orders", 2, "r", "other"), *story("ümläut/x", 3, "r")]
        )
        assert {e: h.receipt.rows for e, h in journal.heads("laws").items() if h.receipt} == {
            "orders": 1,
            "ümläut/x": 3,
        }
        assert set(journal.heads("other")) == {"orders"}
        assert dict(journal.heads("none")) == {}

    def test_rows_are_finished_attempts_newest_first(
        self, place: Mapping[str, Any], runs: Iterator[str]
    ) -> None:
        ids = list(itertools.islice(runs, 3))
        for number, run_id in enumerate(ids):
            journal = self.open(place, run_id)
            journal.append([*story("a", number, run_id), *story("b", 10 + number, run_id)])
            journal.close()
        rows = [(row.run_id, row.entity, row.rows_written) for row in self.open(place).rows()]
        assert rows == [
            row
            for n, run_id in reversed([*enumerate(ids)])
            for row in [(run_id, "b", 10 + n), (run_id, "a", n)]
        ]
        assert {row.entity for row in self.open(place).rows(entity="a")} == {"a"}
        assert {row.run_id for row in self.open(place).rows(run_id=ids[1])} == {ids[1]}
        assert list(self.open(place).rows(flow="none")) == []

    # -- cost ------------------------------------------------------------------------------------

    def test_heads_cost_the_same_with_a_long_history_behind_them(
        self, place: Mapping[str, Any], warm: Warm, runs: Iterator[str]
    ) -> None:
        costs = []
        for length in (10, 60):
            for run_id in itertools.islice(runs, length):
                journal = self.open(place, run_id)
                with journal.lease("laws"):
                    journal.append([e for n in range(40) for e in story("orders", n, run_id)])
                    journal.fold()
                journal.close()
            costs.append(warm.run(read_bytes, type(self).opener, place, "laws").result())
        assert costs[1] < 2 * costs[0] + 64 * 1024, f"bytes read: {costs}"

    def test_a_fold_changes_neither_heads_nor_rows(
        self, place: Mapping[str, Any], runs: Iterator[str]
    ) -> None:
        self.history(place, runs)
        journal = self.open(place, next(runs))
        heads, rows = dict(journal.heads("laws")), list(journal.rows())
        for force in (False, True, True):
            journal.fold(force=force)
            assert dict(journal.heads("laws")) == heads == dict(self.open(place).heads("laws"))
            assert list(journal.rows()) == rows == list(self.open(place).rows())
        journal.close()

    def test_a_backup_changes_nothing_and_says_where_it_is(
        self, place: Mapping[str, Any], runs: Iterator[str]
    ) -> None:
        self.history(place, runs)
        journal = self.open(place, next(runs))
        heads, rows = dict(journal.heads("laws")), list(journal.rows())
        assert journal.backup()
        assert dict(journal.heads("laws")) == heads
        assert list(journal.rows()) == rows

    # -- the end ---------------------------------------------------------------------------------

    def test_close_is_repeatable_and_what_was_appended_stays(
        self, journal: Journal, place: Mapping[str, Any]
    ) -> None:
        journal.append(story("orders", 1, "r"))
        journal.close()
        journal.close()
        assert self.open(place).heads("laws")["orders"].receipt is not None

    def test_a_closed_journal_takes_no_entries(self, journal: Journal) -> None:
        journal.append(story("orders", 1, "r"))
        journal.close()
        with pytest.raises(HyggeError):
            journal.append(story("orders", 2, "r"))


def _ended(entries: Sequence[Entry], kind: Any) -> Entry:
    """The end of an attempt that did not succeed."""
    row = entries[2].row
    assert row is not None
    return replace(entries[2], kind=kind, receipt=None, row=replace(row, status=kind))
