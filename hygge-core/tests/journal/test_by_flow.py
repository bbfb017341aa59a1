"""Journals in several places are one journal for whoever runs and asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from hygge.errors import LeaseHeld
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.by_flow import JournalByFlow
from hygge.journal.pruning import Keep
from hygge.model import Entry
from hygge.testing.journal_entries import story


def file_journal(folder: Path, run_id: str = "20200101T000000-0000000001") -> FileJournal:
    return FileJournal(LocalFileSystem(folder), run_id, {"pid": "1"})


def opened(root: Path, run_id: str = "20200101T000000-0000000001") -> JournalByFlow:
    """The flows ``a`` and ``b`` in one place, all others in another."""
    apart = partial(file_journal, root / "apart", run_id)
    return JournalByFlow({"a": apart, "b": apart}, file_journal(root / "here", run_id))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalByFlow]:
    with closing(opened(tmp_path)) as journal:
        yield journal


def told(flow: str, number: int, finished: str) -> list[Entry]:
    planned, sealed, committed = story("t", number, "20200101T000000-0000000001", flow)
    assert committed.row is not None
    return [planned, sealed, replace(committed, row=replace(committed.row, finished_at=finished))]


def test_entries_go_where_their_flow_is_kept(journal: JournalByFlow, tmp_path: Path) -> None:
    journal.append([*told("a", 1, "2020-01-01"), *told("c", 2, "2020-01-02"), *told("b", 3, "2020-01-03")])
    journal.close()
    apart, here = file_journal(tmp_path / "apart", "r1"), file_journal(tmp_path / "here", "r2")
    assert {row.flow for row in apart.rows()} == {"a", "b"}
    assert {row.flow for row in here.rows()} == {"c"}
    assert [set(journal.heads(flow)) for flow in "abcd"] == [{"t"}, {"t"}, {"t"}, set()]


def test_rows_of_all_come_newest_first(journal: JournalByFlow) -> None:
    for flow, number in (("a", 1), ("c", 2), ("b", 3), ("c", 4)):
        journal.append(told(flow, number, f"2020-01-0{number}"))
    assert [row.rows_written for row in journal.rows()] == [4, 3, 2, 1]
    assert [row.rows_written for row in journal.rows(flow="c")] == [4, 2]


def test_a_lease_is_that_of_the_place(journal: JournalByFlow, tmp_path: Path) -> None:
    with journal.lease("a"):
        with pytest.raises(LeaseHeld), file_journal(tmp_path / "apart", "r1").lease("a"):
            pass
        with file_journal(tmp_path / "here", "r2").lease("a"):
            pass


def test_all_are_folded_backed_up_pruned_and_closed(journal: JournalByFlow, tmp_path: Path) -> None:
    for flow in "ac":
        journal.append(told(flow, 1, "2020-01-01"))
        journal.append(told(flow, 2, "2020-01-02"))
    journal.close()
    with closing(opened(tmp_path, "20200101T000000-0000000002")) as later:
        later.fold(force=True)
        assert all((tmp_path / place / "journal.parquet").exists() for place in ("apart", "here"))
        backups = [Path(place.removeprefix("file://")) for place in later.backup().split(", ")]
        assert [place.parent.parent.name for place in backups] == ["apart", "here"]
        assert all((place / "journal.parquet").exists() for place in backups)
        found = later.prune(Keep(since=None, runs=0), dry=True)
        assert (found.removed, found.kept) == (2, 2)  # what an entity stands on stays
        assert later.prune(Keep(since=None, runs=0)) == found
        assert len(list(later.rows())) == 2


def test_a_place_is_opened_when_it_is_asked_and_once(tmp_path: Path) -> None:
    opened: list[str] = []

    def place(name: str) -> FileJournal:
        opened.append(name)
        return file_journal(tmp_path / name)

    with closing(
        JournalByFlow(
            {flow: partial(place, name) for flow, name in (("a", "x"), ("b", "y"), ("c", "x"))},
            file_journal(tmp_path / "here"),
        )
    ) as journal:
        assert journal.heads("d") == {}
        assert list(journal.rows(flow="a")) == []
        journal.append(told("a", 1, "2020-01-01"))
        assert opened == ["x"]
        journal.append(told("c", 2, "2020-01-02"))  # into the one that is open: one place has one writer
        assert len(list(journal.rows())) == 2
        assert opened == ["x", "x", "y"]


def test_rows_of_a_flow_that_is_gone_are_found_wherever_it_was_kept(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as journal:
        journal.append(told("a", 1, "2020-01-01"))
    apart = partial(file_journal, tmp_path / "apart")
    with closing(JournalByFlow({"b": apart}, file_journal(tmp_path / "here"))) as later:
        assert [row.flow for row in later.rows(flow="a")] == ["a"]
