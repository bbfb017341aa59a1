"""Entries count once they would survive a power cut, and nothing is written behind a doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from journal_place import Place, committed

from hygge.errors import HyggeError
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.segment import Header
from hygge.journal.writer import SegmentWriter


class _Failing(LocalFileSystem):
    """A disk that stops taking writes after the first sync."""

    def write(self, path: str) -> Any:
        stream = super().write(path)
        original, syncs = stream.sync, iter([None])

        def sync() -> None:
            if next(syncs, "broken") == "broken":
                raise OSError(5, "Input/output error")
            original()

        stream.sync = sync  # type: ignore[method-assign]  # the one call that has to fail
        return stream


def test_a_failed_sync_is_told_to_every_waiter_and_never_tried_again(tmp_path: Path) -> None:
    journal = FileJournal(_Failing(tmp_path), "r1", {})
    journal.append([committed(1, "r1")])
    for number in (2, 3):
        with pytest.raises(HyggeError) as caught:
            journal.append([committed(number, "r1")])
        assert caught.value.code == "HYG503"
    journal.close()


def test_behind_a_failed_sync_nothing_is_written_any_more(tmp_path: Path) -> None:
    journal = FileJournal(_Failing(tmp_path), "r1", {})
    journal.append([committed(1, "r1")])
    with pytest.raises(HyggeError):
        journal.append([committed(2, "r1")])
    (segment,) = (tmp_path / "log").iterdir()
    before = segment.read_bytes()
    journal.close()
    assert segment.read_bytes() == before, "not even that it has ended: what is in it is unknown"


class _Noting(LocalFileSystem):
    """Notes what is renamed, and which folders are synced."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.steps: list[str] = []

    def rename(self, source: str, destination: str, *, replace: bool = True, version: str = "") -> None:
        super().rename(source, destination, replace=replace, version=version)
        self.steps.append(f"named {destination}")

    def sync(self, folder: str) -> None:
        super().sync(folder)
        self.steps.append(f"synced {folder}")


def test_the_name_of_a_segment_is_durable_before_its_first_entries_count(tmp_path: Path) -> None:
    files = _Noting(tmp_path)
    journal = FileJournal(files, "r1", {})
    journal.append([committed(1, "r1")])
    assert files.steps[-1] == "synced log"
    files.steps.clear()
    journal.append([committed(2, "r1")])
    assert files.steps == []
    journal.close()


def test_the_snapshot_s_new_name_is_durable_before_the_segments_go(place: Place) -> None:
    place.run("r1", 1)
    files = _Noting(place.root)
    FileJournal(files, "r2", {}).fold(force=True)
    assert not place.segment("r1").exists()
    at = files.steps.index("named journal.parquet")
    assert files.steps[at + 1] == "synced "


def test_entries_of_a_journal_that_cannot_begin_its_segment_are_never_taken_for_kept(place: Place) -> None:
    def header() -> Header:
        raise HyggeError("no place among the segments is known", code="HYG503")

    writer = SegmentWriter(place.files, "r1.jsonl", header)
    for _ in range(2):
        with pytest.raises(HyggeError, match="no place among the segments"):
            writer.append([committed(1, "r1")])
    writer.close()
    assert not place.root.exists()
