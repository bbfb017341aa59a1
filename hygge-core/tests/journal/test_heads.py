"""What an entry makes of where an entity stands."""

from __future__ import annotations

from dataclasses import replace

from hygge.journal.heads import advance
from hygge.model import Head
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


def test_an_end_closes_what_was_planned_and_leaves_open_what_was_sealed() -> None:
    planned, sealed, _ = ENTRIES
    ended = replace(planned, kind="failed", job=None)
    assert advance(advance(Head(), planned), ended) == Head()
    head = advance(advance(Head(), planned), sealed)
    assert advance(head, ended) == head
    assert advance(head, replace(ended, kind="discarded")) == Head()
