"""What an entry makes of where an entity stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hygge.journal.heads import advance
from hygge.model import EntryKind, Head
from hygge.testing.journal_entries import heads_of, story

ENTRIES = story("t", 1, "20200101T000000-0000000001")


def test_a_story_of_success_leaves_nothing_but_its_receipt() -> None:
    head = Head()
    for entry, after in zip(ENTRIES, heads_of(ENTRIES)[1:], strict=True):
        head = advance(head, entry)
        assert head == after


def test_a_new_plan_knows_nothing_of_what_another_job_sealed() -> None:
    planned, sealed, _ = ENTRIES
    head = advance(advance(Head(), planned), sealed)
    assert advance(head, planned) == Head(job=planned.job)


@pytest.mark.parametrize("end", ["failed", "aborted", "skipped"])
def test_an_end_closes_what_was_planned_and_leaves_open_what_was_sealed(end: EntryKind) -> None:
    planned, sealed, _ = ENTRIES
    ended = replace(planned, kind=end, job=None)
    assert advance(advance(Head(), planned), ended) == Head()
    head = advance(advance(Head(), planned), sealed)
    assert advance(head, ended) == head
    assert advance(head, replace(ended, kind="discarded")) == Head()


def test_what_is_adopted_is_gone_on_with_whatever_was_to_happen_before() -> None:
    planned, sealed, committed = ENTRIES
    adopted = replace(committed, kind="adopted", job_id="")
    for head in (Head(reset=True), advance(advance(Head(), planned), sealed)):
        assert advance(head, adopted) == Head(receipt=committed.receipt)


def test_a_reset_lasts_until_the_commit_that_it_was_for() -> None:
    planned, sealed, committed = ENTRIES
    head = advance(Head(receipt=committed.receipt), replace(planned, kind="reset", job=None))
    for entry in (planned, sealed):
        head = advance(head, entry)
        assert head.reset
    assert advance(head, committed) == Head(receipt=committed.receipt)
