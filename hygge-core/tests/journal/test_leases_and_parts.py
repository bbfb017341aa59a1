"""Whose segment is whose: a run that lives keeps its segment, whatever others fold."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.pruning import Keep
from hygge.model import Head
from hygge.testing.journal_entries import story


def opened(root: Path, run_id: str) -> FileJournal:
    return FileJournal(LocalFileSystem(root), run_id, {"pid": "1"})


def rows_of(root: Path, flow: str) -> int:
    """What the last attempt wrote, as its receipt says."""
    receipt = opened(root, "reader").heads(flow).get("t", Head()).receipt
    return receipt.rows if receipt is not None else 0


def test_a_lease_that_was_given_back_proves_nobody_dead(tmp_path: Path) -> None:
    first, second = opened(tmp_path, "r1"), opened(tmp_path, "r2")
    with first.lease("f"):
        pass
    with second.lease("f"):
        second.append(story("t", 1, "r2", "f"))
        first.fold(force=True)
        second.append(story("t", 2, "r2", "f"))
    second.close()
    assert rows_of(tmp_path, "f") == 2
    assert [row.rows_written for row in opened(tmp_path, "reader").rows()] == [2, 1]


def test_what_a_run_tells_of_a_flow_that_it_leased_later_is_no_other_s_to_fold(tmp_path: Path) -> None:
    first, second = opened(tmp_path, "r1"), opened(tmp_path, "r2")
    early = first.lease("f")
    early.__enter__()
    first.append(story("t", 1, "r1", "f"))
    with first.lease("g"):
        first.append(story("t", 2, "r1", "g"))
        early.__exit__(None, None, None)
        with second.lease("f"):
            second.fold(force=True)
        first.append(story("t", 3, "r1", "g"))
    first.close()
    assert (rows_of(tmp_path, "f"), rows_of(tmp_path, "g")) == (1, 3)
    assert [row.rows_written for row in opened(tmp_path, "reader").rows()] == [3, 2, 1]


def test_a_run_may_take_one_flow_after_the_other(tmp_path: Path) -> None:
    journal = opened(tmp_path, "r1")
    for number, flow in enumerate("abcd", 1):
        with journal.lease(flow):
            journal.append(story("t", number, "r1", flow))
    journal.close()
    assert [rows_of(tmp_path, flow) for flow in "abcd"] == [1, 2, 3, 4]


@pytest.mark.parametrize("what", ["backup", "prune"])
def test_a_fold_under_way_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    journal = opened(tmp_path, "r1")
    journal.append(story("t", 1, "r1", "f"))
    journal.close()
    folding = LocalFileSystem(tmp_path).lock("fold.lock", {"pid": "2"})
    folding.__enter__()
    monkeypatch.setattr(
        "hygge.journal.file_journal.time.sleep", lambda seconds: folding.__exit__(None, None, None)
    )
    later = opened(tmp_path, "r2")
    if what == "backup":
        assert rows_of(Path(later.backup().removeprefix("file://")), "f") == 1
    else:
        assert later.prune(Keep(runs=1)).kept == 1
