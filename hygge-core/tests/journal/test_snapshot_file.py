"""`journal.parquet`: its order, how it is written, and what is told where it cannot be read."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hygge.errors import HyggeError, JournalDamaged
from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.lines import line
from hygge.testing.journal_entries import story


def opened(root: Path, run_id: str) -> FileJournal:
    return FileJournal(LocalFileSystem(root), run_id, {"pid": "1"})


def run(root: Path, run_id: str, *numbers: int) -> None:
    journal = opened(root, run_id)
    for number in numbers:
        journal.append(story("t", number, run_id, "f"))
    journal.close()


def test_a_long_history_is_told_newest_first(tmp_path: Path) -> None:
    many = 2_100
    planned, sealed, committed = story("t", 1, "r1", "f")
    assert committed.row is not None
    told = [replace(committed, row=replace(committed.row, rows_read=n)) for n in range(many)]
    journal = opened(tmp_path, "r1")
    journal.append([planned, sealed, *told])
    journal.close()
    opened(tmp_path, "r2").fold(force=True)
    assert [row.rows_read for row in opened(tmp_path, "r3").rows()] == list(reversed(range(many)))


@pytest.mark.parametrize("moment", ["2020-02-29T12:00:00.123456+00:00", "2020-02-29T12:00:00.123+00:00"])
@pytest.mark.parametrize("fold", [False, True])
def test_times_are_told_alike_before_and_after_a_fold(tmp_path: Path, moment: str, fold: bool) -> None:
    planned, sealed, committed = story("t", 1, "r1", "f")
    assert committed.row is not None
    journal = opened(tmp_path, "r1")
    row = replace(committed.row, started_at=moment, finished_at=moment)
    journal.append([planned, sealed, replace(committed, row=row)])
    journal.close()
    if fold:
        opened(tmp_path, "r2").fold(force=True)
    assert list(opened(tmp_path, "r3").rows()) == [row]


def test_rows_are_chosen_by_all_that_is_asked_and_not_by_some_of_it(tmp_path: Path) -> None:
    run(tmp_path, "r1", 1)
    opened(tmp_path, "r2").fold(force=True)
    run(tmp_path, "r3", 3)
    reader = opened(tmp_path, "r4")
    assert [row.rows_written for row in reader.rows(flow="f", entity="t")] == [3, 1]
    assert list(reader.rows(flow="f", entity="another")) == []
    assert [row.rows_written for row in reader.rows(flow="f", run_id="r1")] == [1]


@pytest.mark.parametrize("name", ["heads.json", "journal.parquet"])
def test_a_file_of_a_newer_version_is_to_be_read_by_that_version(tmp_path: Path, name: str) -> None:
    """And not to be moved away, as a damaged one."""
    run(tmp_path, "r1", 1)
    opened(tmp_path, "r2").fold(force=True)
    if name == "heads.json":
        (tmp_path / name).write_bytes(line(0, b'{"format":2,"ordinal":1,"covered":{},"heads":{}}'))
    else:
        table = pq.read_table(tmp_path / name)
        metadata = table.schema.metadata | {b"hygge.schema_version": b"2"}
        pq.write_table(table.append_column("new", [["x"]]).replace_schema_metadata(metadata), tmp_path / name)
    reader = opened(tmp_path, "r3")
    with pytest.raises(JournalDamaged, match="format 2") as caught:
        reader.heads("f"), list(reader.rows())
    assert "Run the version of hygge that wrote it" in caught.value.remedy


def test_a_disk_that_cannot_be_read_is_no_damaged_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "r1", 1)
    opened(tmp_path, "r2").fold(force=True)
    real = LocalFileSystem.read

    def failing(self: LocalFileSystem, path: str, *given: Any) -> bytes:
        if path == "journal.parquet":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self.path(path)))
        return real(self, path, *given)

    monkeypatch.setattr(LocalFileSystem, "read", failing)
    with pytest.raises(HyggeError, match="Input/output") as caught:
        list(opened(tmp_path, "r3").rows())
    assert not isinstance(caught.value, JournalDamaged)
    assert "Move" not in caught.value.remedy


def test_a_fold_that_breaks_off_leaves_no_half_history_on_the_disk(tmp_path: Path) -> None:
    run(tmp_path, "r1", 1)
    arm("raise:journal.snapshot_begun")
    try:
        with pytest.raises(HyggeError):
            opened(tmp_path, "r2").fold(force=True)
    finally:
        arm("")
    assert not list(tmp_path.glob("journal.parquet*"))


def test_the_history_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "r1", 1)
    steps: list[str] = []
    write, rename = LocalFileSystem.write, LocalFileSystem.rename

    def writing(self: LocalFileSystem, path: str) -> Any:
        stream: Any = write(self, path)
        real = stream.sync
        stream.sync = lambda: (real(), steps.append(f"{path} synced"))
        return stream

    def renaming(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        rename(self, source, destination, **more)
        steps.append(f"{destination} named")

    monkeypatch.setattr(LocalFileSystem, "write", writing)
    monkeypatch.setattr(LocalFileSystem, "rename", renaming)
    opened(tmp_path, "r2").fold(force=True)
    assert steps == ["journal.parquet.new synced", "journal.parquet named"]
