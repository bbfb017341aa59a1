"""Claims and receipts: who may commit is decided once, in whatever order processes wake up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hygge.errors import CommitUnknown, JournalDamaged, Superseded
from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem
from hygge.files.receipts import KEPT, Shelf
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt
from hygge.testing.values import job_id, make_job

FOLDER = ".hygge/targets/e"


class Interrupted(LocalFileSystem):
    """A disk on which something happens right after the n-th listing."""

    def __init__(self, root: Path, after: int, what: Callable[[], object]) -> None:
        super().__init__(root)
        self._left = after
        self._what = what
        self.reads = 0

    def list(self, folder: str) -> Sequence[FileInfo]:
        found = super().list(folder)
        self._left -= 1
        if self._left == 0:
            self._what()
        return found

    def read(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        self.reads += 1
        return super().read(path, offset, length)


@pytest.fixture
def shelf(files: LocalFileSystem) -> Shelf:
    return Shelf(files, FOLDER)


def job(base: Receipt | None = None) -> Job:
    return make_job("e", store_type="parquet", store={}, target_identity="e", base=base, id=job_id())


def receipt_of(job: Job) -> Receipt:
    return receipt_for(job, CommitPlan(job_id=job.id, rows=0, bytes=0, token={"files": []}))


def settled(shelf: Shelf, base: Receipt | None = None) -> Receipt:
    mine = job(base)
    shelf.begin(mine, receipt_of(mine))
    shelf.settle(receipt_of(mine))
    found = shelf.look().last
    assert found is not None
    return found


def name_of(receipt: Receipt | None) -> str:
    assert receipt is not None
    return f"{receipt.number:08d}.{receipt.job_id}.json"


def claim_late(files: LocalFileSystem, job: Job) -> None:
    """What a rival does that looked before the receipt came and writes its claim after."""
    from hygge.codec import encode

    assert files.create(f"{FOLDER}/{job.base_number + 1:08d}.claim", encode(receipt_of(job)))


def test_a_number_is_claimed_once(shelf: Shelf) -> None:
    first, rival = job(), job()
    shelf.begin(first, receipt_of(first))
    with pytest.raises(Superseded) as caught:
        shelf.begin(rival, receipt_of(rival))
    assert caught.value.details["by"] == first.id
    shelf.begin(first, receipt_of(first))
    claim = shelf.look().claim
    assert claim is not None
    assert claim.job_id == first.id


def test_a_claim_becomes_the_receipt_and_settling_again_changes_nothing(shelf: Shelf) -> None:
    mine = job()
    shelf.begin(mine, receipt_of(mine))
    assert shelf.look().last is None
    for _ in range(2):
        shelf.settle(receipt_of(mine))
        last = shelf.look().last
        assert last is not None
        assert last.job_id == mine.id
        assert shelf.look().claim is None


def test_a_rivals_late_claim_counts_for_nothing(shelf: Shelf, files: LocalFileSystem) -> None:
    last = settled(shelf)
    claim_late(files, job())
    assert shelf.look().claim is None
    assert shelf.look().last == last
    shelf.tidy(shelf.look())
    assert [entry.name for entry in files.list(FOLDER)] == [name_of(last)]


def test_a_rivals_late_claim_counts_for_nothing_also_while_it_appears(
    shelf: Shelf, files: LocalFileSystem, tmp_path: Path
) -> None:
    mine, rival = job(), job()
    shelf.begin(mine, receipt_of(mine))

    def settle_and_claim() -> None:
        shelf.settle(receipt_of(mine))
        claim_late(files, rival)

    assert Shelf(Interrupted(files.root, 1, settle_and_claim), FOLDER).look().claim is None


def test_a_finisher_that_wakes_late_does_not_make_a_rivals_claim_the_receipt(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    mine = job()
    shelf.begin(mine, receipt_of(mine))
    shelf.settle(receipt_of(mine))
    claim_late(files, job())
    shelf.settle(receipt_of(mine))
    last = shelf.look().last
    assert last is not None
    assert last.job_id == mine.id


def test_a_rival_that_finds_a_receipt_after_claiming_takes_its_claim_back(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    rival = job()
    late = Shelf(Interrupted(files.root, 1, lambda: settled(shelf)), FOLDER)
    late.expect(rival)  # the other one lands after this look
    with pytest.raises(Superseded):
        late.begin(rival, receipt_of(rival))
    assert [entry.name for entry in files.list(FOLDER)] == [name_of(shelf.look().last)]


def test_a_claim_on_a_base_that_went_away_since_somebody_looked_is_taken_back(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    first = settled(shelf)
    second = settled(shelf, first)
    mine = job(second)
    shelf.expect(mine)
    files.delete(f"{FOLDER}/{name_of(second)}")  # a backup from before is restored
    with pytest.raises(Superseded) as caught:
        shelf.begin(mine, receipt_of(mine))
    assert caught.value.details["by"] == first.job_id
    assert [entry.name for entry in files.list(FOLDER)] == [name_of(first)]


def test_a_claim_on_another_receipt_of_the_same_number_is_taken_back(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    base = settled(shelf)
    mine = job(base)
    shelf.expect(mine)
    files.delete(f"{FOLDER}/{name_of(base)}")
    other = settled(Shelf(files, FOLDER))
    with pytest.raises(Superseded) as caught:
        shelf.begin(mine, receipt_of(mine))
    assert caught.value.details["by"] == other.job_id
    assert [entry.name for entry in files.list(FOLDER)] == [name_of(other)]


def test_a_claim_that_is_finished_while_it_is_read_is_none(shelf: Shelf, files: LocalFileSystem) -> None:
    mine = job()
    shelf.begin(mine, receipt_of(mine))
    late = Interrupted(files.root, 1, lambda: shelf.settle(receipt_of(mine)))
    standing = Shelf(late, FOLDER).look()
    assert standing.claim is None
    assert standing.last is not None  # or nothing would stand where a rival has just landed
    assert standing.last.job_id == mine.id


def test_a_receipt_is_read_once_and_a_restored_one_again(shelf: Shelf, files: LocalFileSystem) -> None:
    first = settled(shelf)
    looking = Interrupted(files.root, 0, lambda: None)
    late = Shelf(looking, FOLDER)
    assert [late.look().last, late.look().last] == [first, first]
    assert looking.reads == 1
    second = settled(shelf, first)
    files.delete(f"{FOLDER}/{name_of(second)}")
    assert late.look().last == first
    files.delete(f"{FOLDER}/{name_of(first)}")
    other = settled(shelf)
    assert late.look().last == other


def test_settling_what_was_never_claimed_is_unknown_not_done(shelf: Shelf) -> None:
    with pytest.raises(CommitUnknown):
        shelf.settle(receipt_of(job()))
    assert shelf.look().last is None


def test_whether_a_job_landed_costs_one_file_however_many_there_are(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    last = None
    for _ in range(20):
        last = settled(shelf, last)
    counting = Interrupted(files.root, 0, lambda: None)
    assert last is not None
    assert Shelf(counting, FOLDER).find(last.job_id, last.number) == last
    assert Shelf(counting, FOLDER).find("somebody's", last.number) is None
    assert Shelf(counting, FOLDER).find("somebody's", last.number + 1) is None
    assert counting.reads == 3


def test_a_receipt_that_is_known_by_its_number_alone_is_read(shelf: Shelf, files: LocalFileSystem) -> None:
    there = settled(shelf, None)
    known = replace(there, job_id=job_id())
    assert Shelf(files, FOLDER).look(known=known).last == there


def test_receipts_of_long_ago_and_outdated_identities_are_tidied_away(
    shelf: Shelf, files: LocalFileSystem
) -> None:
    last = None
    for number in range(1, KEPT + 6):
        last = settled(shelf, last)
        files.create(shelf.overlap_path(number), b"\0" * 16)
    for _ in range(2):
        shelf.tidy(shelf.look())
    names = [entry.name for entry in files.list(FOLDER)]
    assert len([name for name in names if name.endswith(".json")]) == KEPT
    assert [name for name in names if name.endswith(".overlap")] == [f"{KEPT + 5:08d}.overlap"]
    assert shelf.look().last == last


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"job_id": 3}', b"\0" * 100, b"hello"])
@pytest.mark.parametrize("kind", ["json", "claim"])
def test_a_receipt_that_is_none_is_named_and_never_passed_over(
    shelf: Shelf, files: LocalFileSystem, content: bytes, kind: str
) -> None:
    files.create(f"{FOLDER}/00000001.{kind}", content)
    with pytest.raises(JournalDamaged, match="00000001") as caught:
        shelf.look().last if kind == "json" else shelf.look().claim
    assert caught.value.remedy


def test_other_files_on_the_shelf_are_left_alone(shelf: Shelf, files: LocalFileSystem) -> None:
    last = settled(shelf)
    for name in ("notes.txt", "x.json", "a.claim", "00000007.claim.bak", "00000007.x.json~"):
        files.create(f"{FOLDER}/{name}", b"mine")
    shelf.tidy(shelf.look())
    assert shelf.look().last == last
    assert shelf.look().claim is None
    assert len(files.list(FOLDER)) == 6


def test_a_rival_s_commit_that_has_begun_supersedes_all_others(shelf: Shelf) -> None:
    base = settled(shelf)
    mine, rival = job(base), job(base)
    shelf.begin(rival, receipt_of(rival))
    with pytest.raises(Superseded) as caught:
        shelf.expect(mine)
    assert caught.value.details["by"] == rival.id
    shelf.expect(rival)


def test_who_tidies_up_leaves_an_open_claim_alone(shelf: Shelf) -> None:
    mine = job(settled(shelf))
    shelf.begin(mine, receipt_of(mine))
    shelf.tidy(shelf.look())
    claim = shelf.look().claim
    assert claim is not None
    assert claim.job_id == mine.id


def test_superseded_tells_whose_job_was_faster_and_what_to_do(shelf: Shelf) -> None:
    last: Any = settled(shelf)
    rival = job()
    with pytest.raises(Superseded) as caught:
        shelf.expect(rival)
    assert last.job_id in str(caught.value)
    assert "Run again" in caught.value.remedy
