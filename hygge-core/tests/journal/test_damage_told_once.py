"""What a crash left of a segment is told, until a run has taken note of it; what counts is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.model import Head
from hygge.testing.journal_entries import story

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def opened(root: Path, run_id: str) -> FileJournal:
    return FileJournal(LocalFileSystem(root), run_id, {"pid": "1"})


def rows_of_last(root: Path) -> int:
    receipt = opened(root, "reader").heads("f").get("t", Head()).receipt
    return receipt.rows if receipt is not None else 0


def died(root: Path, run_id: str, number: int) -> Path:
    """A run that tells of an attempt and ends without a word; its segment."""
    journal = opened(root, run_id)
    with journal.lease("f"):
        journal.append(story("t", number, run_id, "f"))
    stream = journal._writer._stream
    assert stream is not None
    stream.close()
    return root / "log" / f"{run_id}.jsonl"


def take_note(root: Path, run_id: str) -> None:
    """What a run does at its end."""
    journal = opened(root, run_id)
    with journal.lease("f"):
        journal.fold()


def test_entries_that_a_checkpoint_knows_outlive_the_end_of_their_segment(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment = died(tmp_path, "r1", 1)
    opened(tmp_path, "r2").fold(force=True)
    assert segment.exists(), "nobody has proved its writer dead"
    segment.write_bytes(segment.read_bytes()[:-10])
    assert rows_of_last(tmp_path) == 1
    assert "log/r1.jsonl: it has lost its end" in caplog.text
    take_note(tmp_path, "r3")
    caplog.clear()
    assert rows_of_last(tmp_path) == 1
    assert caplog.messages == []


def test_an_unfinished_line_is_told_until_a_run_has_taken_note(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment = died(tmp_path, "r1", 1)
    with segment.open("ab") as file:
        file.write(b"0badc0de 7 {")
    assert rows_of_last(tmp_path) == 1
    assert "was not finished, as after a crash" in caplog.text
    take_note(tmp_path, "r2")
    caplog.clear()
    assert rows_of_last(tmp_path) == 1
    assert caplog.messages == []
