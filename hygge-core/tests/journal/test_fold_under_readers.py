"""Whoever reads the journal while it is folded sees all that was promised, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.testing.journal_entries import story

STEPS = 12  # more than a reader takes


class _Interrupted(LocalFileSystem):
    """A disk on which something happens once, right after the n-th thing that a reader does."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.left = -1
        self.what: Callable[[], None] = lambda: None

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.what()

    def list(self, folder: str) -> Sequence[FileInfo]:
        found = super().list(folder)
        self._step()
        return found

    def info(self, path: str) -> FileInfo | None:
        found = super().info(path)
        self._step()
        return found

    def read(self, path: str, *given: Any) -> bytes:
        try:
            return super().read(path, *given)
        finally:
            self._step()


def opened(root: Path, run_id: str) -> FileJournal:
    return FileJournal(LocalFileSystem(root), run_id, {"pid": "1"})


def run(root: Path, number: int, flow: str = "f") -> None:
    journal = opened(root, f"r{number}")
    with journal.lease(flow):
        journal.append(story("t", number, f"r{number}", flow))
    journal.close()


@pytest.mark.parametrize("before", ["nothing", "a fold", "a fold and a look"])
@pytest.mark.parametrize("asked", ["heads", "rows"])
@pytest.mark.parametrize("step", range(1, STEPS))
def test_a_fold_between_any_two_steps_of_a_reader_hides_nothing(
    tmp_path: Path, step: int, asked: str, before: str
) -> None:
    living = opened(tmp_path, "living")
    with living.lease("other"):
        living.append(story("t", 9, "living", "other"))
        run(tmp_path, 1)
        if before != "nothing":
            opened(tmp_path, "folds").fold(force=True)
        files = _Interrupted(tmp_path)
        reader = FileJournal(files, "reader", {})
        if before == "a fold and a look":
            reader.heads("f")
        run(tmp_path, 2)
        files.left, files.what = step, lambda: opened(tmp_path, "folds").fold(force=True)
        if asked == "heads":
            receipt = reader.heads("f")["t"].receipt
            assert receipt is not None
            assert receipt.rows == 2
        else:
            assert [row.rows_written for row in reader.rows(flow="f")] == [2, 1]
    living.close()


def test_a_reader_takes_fewer_steps_than_are_tried(tmp_path: Path) -> None:
    run(tmp_path, 1)
    run(tmp_path, 2)
    files = _Interrupted(tmp_path)
    for asked in ("heads", "rows"):
        files.left = 0
        reader = FileJournal(files, "reader", {})
        reader.heads("f") if asked == "heads" else list(reader.rows())
        assert -files.left < STEPS - 1
