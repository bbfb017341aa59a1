"""Folding is housekeeping of a run; pruning takes what is older than asked, and nothing else."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hygge.errors import HyggeError
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.by_flow import JournalByFlow
from hygge.journal.pruning import Keep
from hygge.testing.journal_entries import story

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def opened(root: Path, run_id: str = "r0") -> FileJournal:
    return FileJournal(LocalFileSystem(root), run_id, {"pid": "1"})


def failed(root: Path, attempts: Mapping[str, int], run_id: str = "r1", flow: str = "f") -> None:
    """A run of attempts that failed, each with the day of January when it began and what it read."""
    journal = opened(root, run_id)
    for entity, day in attempts.items():
        committed = story(entity, day, run_id, flow)[2]
        assert committed.row is not None
        at = f"2020-01-{day:02}T00:00:00.000+00:00"
        row = replace(committed.row, status="failed", started_at=at, finished_at=at)
        journal.append([replace(committed, kind="failed", receipt=None, row=row)])
    journal.close()


def days(root: Path) -> list[int]:
    return sorted(row.rows_written for row in opened(root).rows())


# -- folding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [False, True])
def test_who_finds_another_folding_leaves_it_to_that_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, force: bool
) -> None:
    failed(tmp_path, {"a": 1})
    with LocalFileSystem(tmp_path).lock("fold.lock", {"pid": "2"}):
        opened(tmp_path, "r2").fold(force=force)
    assert caplog.messages == []
    assert days(tmp_path) == [1]


@pytest.mark.parametrize("step", ["lock", "read"])
def test_a_run_keeps_its_result_if_its_history_cannot_be_folded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    failed(tmp_path, {"a": 1})

    def failing(self: LocalFileSystem, path: str, *given: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(self.path(path)))

    monkeypatch.setattr(LocalFileSystem, step, failing)
    opened(tmp_path, "r2").fold()
    (said,) = caplog.messages
    assert "the journal's history is not folded" in said
    with pytest.raises(HyggeError, match="folding the journal"):
        opened(tmp_path, "r3").fold(force=True)


# -- pruning ----------------------------------------------------------------------------------


def test_what_began_at_the_very_moment_stays(tmp_path: Path) -> None:
    failed(tmp_path, {"a": 1, "b": 2, "c": 3})
    found = opened(tmp_path, "r2").prune(Keep(since=datetime(2020, 1, 2, tzinfo=UTC)))
    assert (found.removed, found.kept) == (1, 2)
    assert days(tmp_path) == [2, 3]


def test_the_oldest_that_goes_is_told(tmp_path: Path) -> None:
    failed(tmp_path, {"a": 3, "b": 2, "c": 9})
    found = opened(tmp_path, "r2").prune(Keep(since=datetime(2020, 1, 5, tzinfo=UTC)), dry=True)
    assert found.oldest == "2020-01-02T00:00:00+00:00"
    found = opened(tmp_path, "r2").prune(Keep(since=datetime(2020, 1, 1, tzinfo=UTC)), dry=True)
    assert (found.removed, found.oldest) == (0, None)


def test_the_newest_run_is_the_one_that_began_last_and_not_the_one_that_took_longest(tmp_path: Path) -> None:
    failed(tmp_path, {"a": 1, "b": 9}, "r1")
    failed(tmp_path, {"a": 5}, "r2")
    opened(tmp_path, "r3").prune(Keep(runs=1))
    assert days(tmp_path) == [5]


# -- several places ---------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "apart", tmp_path / "here"


def test_of_several_places_the_oldest_that_goes_is_told(places: tuple[Path, Path]) -> None:
    apart, here = places
    failed(apart, {"a": 3}, flow="a")
    failed(here, {"b": 2}, flow="b")
    with closing(JournalByFlow({"a": lambda: opened(apart, "r2")}, opened(here, "r2"))) as journal:
        found = journal.prune(Keep(since=datetime(2020, 1, 5, tzinfo=UTC)), dry=True)
    assert (found.removed, found.oldest) == (2, "2020-01-02T00:00:00+00:00")


class _Unclosable(FileJournal):
    def close(self) -> None:
        raise HyggeError("its place does not answer", code="HYG503")


def test_a_place_that_cannot_be_closed_does_not_keep_others_open(places: tuple[Path, Path]) -> None:
    apart, here = places
    other = opened(here, "r2")
    journal = JournalByFlow({"a": lambda: _Unclosable(LocalFileSystem(apart), "r2", {})}, other)
    assert journal.heads("a") == {}
    journal.append(story("t", 1, "r2", "b"))
    with pytest.raises(HyggeError, match="does not answer"):
        journal.close()
    assert (here / "log" / "r2.jsonl").read_bytes().endswith(b'{"closed":true}\n')


class _Nowhere(FileJournal):
    def address(self) -> str:
        return ""


def test_places_without_an_address_are_not_taken_for_one(places: tuple[Path, Path]) -> None:
    apart, here = places
    one, other = (_Nowhere(LocalFileSystem(place), "r2", {}) for place in (apart, here))
    with closing(JournalByFlow({"a": lambda: one}, other)) as journal:
        journal.append(story("t", 1, "r2", "a"))
        journal.append(story("t", 2, "r2", "b"))
    assert (days(apart), days(here)) == ([1], [2])
