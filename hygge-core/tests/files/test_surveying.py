"""Many targets are seen with one listing, where a place offers that; what has to be mended is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from remote_disk import tree

from hygge.errors import NeedsUser, StopEntity
from hygge.files import contents
from hygge.files.local import LocalFileSystem
from hygge.model import Target
from hygge.testing.trials import Splits
from hygge.testing.values import batches, counted, target

OLD: Splits = {"a": (0, 5, "old")}
NEW: Splits = {"a": (100, 104, "new")}
NEW_ROWS = counted(batches(range(100, 104), note="new"))


@pytest.fixture(autouse=True)
def listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that lists all it holds at once."""
    monkeypatch.setattr(LocalFileSystem, "tree", tree)


def broken_off(harbour: Any, failing: Callable[[str], None], point: str, entity: str) -> None:
    """A replacement of ``entity`` that ends at the failpoint."""
    base = harbour.land(harbour.job("replace", entity=entity), OLD)
    job = harbour.job("replace", base, entity=entity)
    plan = harbour.seal(job, NEW)
    failing(f"raise:{point}")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")


def ready(harbour: Any, name: str, seen: Mapping[Target, object]) -> Any:
    return type(harbour.store)(harbour.config).ready(target(name), seen.get(target(name)))


@pytest.mark.parametrize(
    "point", ["receipts.claimed", "publish.ready", "publish.exchanged", "commit.published", "commit.settled"]
)
def test_what_a_commit_left_behind_is_seen_to_although_others_are_surveyed(
    harbour: Any, failing: Callable[[str], None], point: str
) -> None:
    harbour.land(harbour.job("replace", entity="whole"), OLD)
    broken_off(harbour, failing, point, "e")
    seen = harbour.store.survey([target("whole"), target("e")])
    assert target("whole") in seen
    state = ready(harbour, "e", seen)
    assert state.pending is None
    assert state.receipt.number == 2
    assert harbour.rows("e") == NEW_ROWS
    assert harbour.control() == []


@pytest.mark.parametrize(
    ("point", "gone"),
    [
        ("commit.settled", "[!0]*.claim"),  # what was replaced is left
        ("commit.published", "*.out-*"),  # a claim is left
        ("publish.ready", "*.part"),
    ],
)
def test_one_thing_left_behind_is_enough(
    harbour: Any, failing: Callable[[str], None], point: str, gone: str
) -> None:
    broken_off(harbour, failing, point, "e")
    for folder in harbour.root.glob(f".hygge/targets/e/{gone}"):  # as of a cleaning that was cut off, too
        shutil.rmtree(folder)
    state = ready(harbour, "e", harbour.store.survey([target("e")]))
    assert (state.pending, state.receipt.number) == (None, 2)
    assert harbour.rows("e") == NEW_ROWS
    assert harbour.control() == []


def test_a_staged_file_left_behind_is_enough(harbour: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    left = harbour.root / ".hygge" / "targets" / "e" / f"{base.job_id}.all.0000.part"
    left.write_bytes(b"of an attempt that was killed")
    seen = harbour.store.survey([target("e")])
    assert seen == {}
    assert ready(harbour, "e", seen).receipt == base
    assert not left.exists()


def test_a_last_receipt_that_is_known_is_not_read_again(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = harbour.land(harbour.job("append"), OLD)
    last = harbour.land(harbour.job("append", before), NEW)
    seen = harbour.store.survey([target("e")])
    store, other = type(harbour.store)(harbour.config), type(harbour.store)(harbour.config)
    assert other.ready(target("e"), seen[target("e")], before).receipt == last

    def unread(self: LocalFileSystem, path: str, offset: int = 0, length: int | None = None) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr(LocalFileSystem, "read", unread)
    assert store.ready(target("e"), seen[target("e")], last).receipt == last


def test_a_file_where_the_folder_should_be_is_told(harbour: Any) -> None:
    harbour.land(harbour.job("replace", entity="other"), OLD)
    (harbour.root / "e").write_text("a file")
    with pytest.raises(NeedsUser, match="is no folder"):
        ready(harbour, "e", harbour.store.survey([target("e")]))


def test_what_is_in_order_is_not_listed_again(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts = {name: harbour.land(harbour.job("replace", entity=name), OLD) for name in "ab"}
    seen = harbour.store.survey([target(name) for name in "abc"])
    monkeypatch.setattr(LocalFileSystem, "list", lambda self, folder: pytest.fail(f"{folder} is listed"))
    for name, receipt in receipts.items():
        assert ready(harbour, name, seen).receipt == receipt


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"more and more" * 1000)])
def test_data_that_is_not_as_the_receipt_says_is_looked_at_anew(
    harbour: Any, spoil: Callable[[Path], Any]
) -> None:
    harbour.land(harbour.job("replace", entity="e"), OLD)
    spoil(next(harbour.folder().iterdir()))
    assert ready(harbour, "e", harbour.store.survey([target("e")])).damage is not None


def test_data_that_was_damaged_when_it_was_seen_may_be_whole_by_now(harbour: Any) -> None:
    receipt = harbour.land(harbour.job("replace", entity="e"), OLD)
    (file,) = harbour.folder().iterdir()
    away = file.rename(harbour.root / "away")
    seen = harbour.store.survey([target("e")])
    away.rename(file)
    state = ready(harbour, "e", seen)
    assert (state.damage, state.receipt) == (None, receipt)


def test_a_receipt_that_went_after_the_survey_is_not_believed(harbour: Any) -> None:
    harbour.land(harbour.job("replace", entity="e"), OLD)
    seen = harbour.store.survey([target("e")])
    for path in (harbour.root / ".hygge" / "targets" / "e").iterdir():
        path.unlink()
    assert ready(harbour, "e", seen).receipt is None


def test_where_there_is_too_much_each_is_looked_at(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = harbour.land(harbour.job("replace", entity="e"), OLD)
    monkeypatch.setattr(contents, "SEEN_EACH", 2)
    seen = harbour.store.survey([target("e")])
    assert seen == {}
    assert ready(harbour, "e", seen).receipt == receipt


def test_a_name_that_no_folder_can_have_hides_no_other(harbour: Any) -> None:
    receipt = harbour.land(harbour.job("replace", entity="e"), OLD)
    seen = harbour.store.survey([target(".."), target("e")])
    assert ready(harbour, "e", seen).receipt == receipt


def test_what_no_longer_counts_is_removed_although_a_survey_saw_all_in_order(harbour: Any) -> None:
    """Else what a store that is always surveyed has to look through would only grow."""
    receipt = harbour.land(harbour.job("replace", entity="e"), OLD)
    lost = harbour.root / ".hygge" / "targets" / "e" / "00000001.claim"
    lost.write_bytes((lost.parent / f"00000001.{receipt.job_id}.json").read_bytes())
    assert ready(harbour, "e", harbour.store.survey([target("e")])).receipt == receipt
    assert not lost.exists()
