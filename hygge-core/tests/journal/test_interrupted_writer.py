"""A writer that is interrupted, as by Ctrl-C, while it writes: what is on the disk is unknown then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import HyggeError
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.testing.journal_entries import story

if TYPE_CHECKING:
    from pathlib import Path


class _Interrupted(LocalFileSystem):
    """Its second sync of a stream is interrupted."""

    def write(self, path: str) -> Any:
        stream: Any = super().write(path)
        real, ends = stream.sync, iter([None, KeyboardInterrupt()])

        def sync() -> None:
            if end := next(ends, None):
                raise end
            real()

        stream.sync = sync
        return stream


def test_behind_an_interrupted_write_nothing_is_taken_for_kept(tmp_path: Path) -> None:
    journal = FileJournal(_Interrupted(tmp_path), "r1", {})
    first, second, third = (story("t", number, "r1", "f") for number in (1, 2, 3))
    journal.append(first)
    with pytest.raises(KeyboardInterrupt):
        journal.append(second)
    before = (tmp_path / "log" / "r1.jsonl").read_bytes()
    with pytest.raises(HyggeError) as caught:
        journal.append(third)
    assert caught.value.code == "HYG503"
    journal.close()
    assert (tmp_path / "log" / "r1.jsonl").read_bytes() == before
    assert FileJournal(LocalFileSystem(tmp_path), "reader", {}).heads("f")["t"].receipt is not None
