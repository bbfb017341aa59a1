"""The journal on files: what is read of it, by whom, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_place import AT, Place, committed, receipt

from hygge.errors import LeaseHeld
from hygge.journal.heads import advance
from hygge.model import Entry, Head


def test_opening_and_reading_touch_nothing(place: Place) -> None:
    assert place.last() == 0
    assert place.rows() == []
    assert not place.root.exists()


def test_the_newest_run_counts_although_its_clock_was_set_back(place: Place) -> None:
    place.run("20260102T000000-aaaaaaaaaa", 1)
    place.run("20250101T000000-bbbbbbbbbb", 2)
    place.run("20240101T000000-cccccccccc", 3)
    assert place.last() == 3
    assert place.rows() == [3, 2, 1]


def test_threads_that_append_at_once_share_syncs_and_lose_nothing(place: Place) -> None:
    journal = place.open("r1")
    threads = [
        threading.Thread(target=lambda n=n: journal.append([committed(n, "r1", f"e{n}")]))
        for n in range(1, 65)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heads = place.open("reader").heads("f")
    assert {h.receipt.number for h in heads.values() if h.receipt} == set(range(1, 65))


def test_a_lease_is_exclusive_and_names_its_holder(place: Place) -> None:
    with place.open("r1").lease("f"):
        with pytest.raises(LeaseHeld, match="pid 1"), place.open("r2").lease("f"):
            pass
        with place.open("r3").lease("another flow / with a slash"):
            pass


def test_a_backup_holds_all_that_counts(place: Place) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    where = Path(place.open("r3").backup().removeprefix("file://"))
    assert Place(where).last() == 2
    assert Place(where).rows() == place.rows()


kinds = st.sampled_from(
    ["planned", "sealed", "committed", "skipped", "aborted", "failed", "discarded", "reset"]
)


@given(
    st.lists(st.lists(st.tuples(kinds, st.sampled_from(["a", "b"]), st.booleans()), max_size=6), max_size=5)
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_heads_are_those_of_all_entries_in_order_however_they_are_folded(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[tuple[Any, str, bool]]]
) -> None:
    place = Place(tmp_path_factory.mktemp("journal"))
    expected: dict[str, Head] = {}
    for number, entries in enumerate(_entries(runs)):
        journal = place.open(f"run{number}")
        with journal.lease("f"):
            for entry, fold in entries:
                journal.append([entry])
                expected[entry.entity] = advance(expected.get(entry.entity, Head()), entry)
                if fold:
                    journal.fold(force=True)
        journal.close()
    assert place.open("reader").heads("f") == expected


def _entries(runs: list[list[tuple[Any, str, bool]]]) -> Iterator[list[tuple[Entry, bool]]]:
    number = 0
    for run in runs:
        made = []
        for kind, entity, fold in run:
            number += 1
            found = receipt(number, entity) if kind == "committed" else None
            made.append((Entry(kind=kind, at=AT, run_id="r", flow="f", entity=entity, receipt=found), fold))
        yield made
