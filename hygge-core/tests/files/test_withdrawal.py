"""A commit that has begun and can't be finished, since what it staged is gone: told, undone on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import CommitUnknown, Refused, StopEntity
from hygge.files import withdrawal
from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem
from hygge.files.receipts import Shelf
from hygge.model import CommitPlan, Job, Overlap, Receipt
from hygge.testing.values import target


class Begun:
    """A commit that broke off behind its claim; one file of what it staged is gone."""

    def __init__(self, harbour: Any, mode: str, point: str, lost: int) -> None:
        self.harbour = harbour
        self.base: Receipt = harbour.land(harbour.job("replace"), OLD)
        self.job: Job = harbour.job(mode, self.base)
        self.plan: CommitPlan = harbour.seal(self.job, NEW)
        harbour.break_off(self.job, self.plan, point)
        staged, name, _ = self.plan.token["files"][lost]
        places = [harbour.root / staged, *(harbour.root / ".hygge").rglob(name), harbour.folder() / name]
        for place in places:
            place.unlink(missing_ok=True)

    def is_undone(self) -> bool:
        """Whether all is as it was before the job."""
        state = self.harbour.store.state(target("e"))
        return (
            self.harbour.rows() == OLD_ROWS
            and (state.receipt, state.pending, state.damage) == (self.base, None, None)
            and self.harbour.control() == []
        )


@pytest.fixture(
    params=[
        *(("append", "receipts.claimed", n) for n in (0, 1)),
        *(("append", "publish.moved", n) for n in (0, 1)),
        *(("replace", "receipts.claimed", n) for n in (0, 1)),
        *(("replace", "publish.moved", n) for n in (0, 1)),
        *(("replace", "publish.ready", n) for n in (0, 1)),
    ],
    ids=str,
)
def begun(request: pytest.FixtureRequest, harbour: Any, monkeypatch: pytest.MonkeyPatch) -> Begun:
    if request.param[1] == "publish.moved":  # what is gathered in one folder is not moved file by file
        monkeypatch.setattr(LocalFileSystem, "in_doubt", lambda self, folder: True)
    return Begun(harbour, *request.param)


def test_whoever_would_finish_it_is_told_what_is_gone(begun: Begun) -> None:
    store = begun.harbour.store
    attempts = (
        lambda: store.commit(begun.job, begun.plan),
        lambda: store.sweep(target("e"), ()),
        lambda: begun.harbour.land(begun.harbour.job("replace", begun.base), NEW),
    )
    for attempt in attempts:
        with pytest.raises(StopEntity, match="had begun, and what it staged is gone") as caught:
            attempt()
        assert caught.value.code == "HYG404"
        assert "state discard" in caught.value.remedy
        assert store.state(target("e")).pending == begun.job.id
        rows = begun.harbour.rows()
        assert rows <= OLD_ROWS + NEW_ROWS if begun.job.mode == "append" else rows == OLD_ROWS
        assert rows >= OLD_ROWS


def test_given_up_it_is_undone_and_the_next_job_lands(begun: Begun) -> None:
    begun.harbour.store.abort(begun.job)
    assert begun.is_undone()
    begun.harbour.store.abort(begun.job)
    assert begun.is_undone()
    begun.harbour.land(begun.harbour.job("replace", begun.base), NEW)
    assert begun.harbour.rows() == NEW_ROWS


@pytest.mark.parametrize("point", ["withdrawal.staged", "withdrawal.removed"])
def test_giving_up_may_break_off_and_is_done_again(begun: Begun, failing: Any, point: str) -> None:
    failing(f"raise:{point}")
    with pytest.raises(StopEntity):
        begun.harbour.store.abort(begun.job)
    failing("")
    begun.harbour.store.abort(begun.job)
    assert begun.is_undone()


def test_who_wakes_while_giving_up_leaves_the_next_job_s_claim_and_identities_alone(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    harbour = begun.harbour
    real, slept = Shelf.look, []

    def looking(self: Shelf, *known: Any) -> Any:
        found = real(self, *known)
        if not list((harbour.root / ".hygge").rglob(f"{begun.job.id}*")) and not slept:
            slept.append(True)  # all of the job is removed but its claim: another process does the rest
            withdrawal.take_back(harbour.files, harbour.where(), harbour.shelf(), claim)
            job = harbour.job("append", begun.base)
            harbour.break_off(job, harbour.seal(job, NEW), "commit.published")
            found = real(self, *known)
        return found

    claim = harbour.shelf().look().claim
    monkeypatch.setattr(Shelf, "look", looking)
    withdrawal.take_back(harbour.files, harbour.where(), harbour.shelf(), claim)
    monkeypatch.undo()
    assert slept
    assert harbour.store.state(target("e")).pending not in (None, begun.job.id)
    harbour.store.sweep(target("e"), ())
    assert harbour.rows() == OLD_ROWS + NEW_ROWS


def test_what_was_put_out_for_it_is_put_back(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)
    begun = Begun(harbour, "replace", "publish.put_out", 0)
    assert not harbour.folder().exists()
    harbour.store.abort(begun.job)
    assert begun.is_undone()


@pytest.mark.parametrize("all_of_it", [False, True])
def test_a_replacement_that_was_done_is_finished_whatever_is_gone_since(
    harbour: Any, all_of_it: bool
) -> None:
    begun = Begun(harbour, "replace", "publish.exchanged", 0)
    for file in harbour.folder().iterdir():
        if all_of_it:
            file.unlink()
    with pytest.raises(Refused):
        harbour.store.abort(begun.job)
    assert harbour.store.commit(begun.job, begun.plan).number == 2
    state = harbour.store.state(target("e"))
    assert (state.receipt.job_id, state.pending) == (begun.job.id, None)
    assert state.damage, "what is missing is noticed by the next run"


def test_identities_that_are_gone_take_their_append_with_them(harbour: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    job = harbour.job("append", base)
    harbour.store.stage_overlap(job, b"\1" * 32_000)
    overlap = Overlap(columns=("id",), count=2_000, digest="0" * 32, lower="1")
    plan = replace(harbour.seal(job, NEW), overlap=overlap)
    harbour.break_off(job, plan, "receipts.claimed")
    (harbour.root / ".hygge" / "targets" / "e" / f"{job.id}.overlap").unlink()
    with pytest.raises(StopEntity):  # else the next append would not know what it has to leave out
        harbour.store.commit(job, plan)
    harbour.store.abort(job)
    assert harbour.store.state(target("e")).receipt == base
    assert harbour.rows() == OLD_ROWS


def test_what_one_of_two_looks_finds_is_not_gone(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Begun(harbour, "append", "receipts.claimed", 0)
    found = FileInfo(name=begun.plan.token["files"][0][1], size=1, folder=False)
    real, looks = LocalFileSystem.list, []

    def once(self: LocalFileSystem, folder: str) -> Sequence[FileInfo]:
        looks.append(folder)
        first = folder == "e" and looks.count("e") == 1
        return [*real(self, folder), *([found] if first else [])]

    monkeypatch.setattr(LocalFileSystem, "list", once)
    with pytest.raises(CommitUnknown):
        harbour.store.commit(begun.job, begun.plan)
    assert harbour.store.state(target("e")).pending == begun.job.id


def test_a_claim_that_is_settled_meanwhile_is_not_taken_back(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = harbour.job("append", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "receipts.claimed")
    shelf = harbour.shelf()
    claim = shelf.look().claim
    assert withdrawal.gone(harbour.files, harbour.where(), shelf, claim) == []
    monkeypatch.setattr(withdrawal, "_missing", lambda *looked: ["a file"])
    assert withdrawal.gone(harbour.files, harbour.where(), shelf, claim) == ["a file"]
    harbour.store.commit(job, plan)
    assert withdrawal.gone(harbour.files, harbour.where(), shelf, claim) == []


def test_a_folder_that_a_rival_takes_during_a_look_is_not_gone(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rivals, one in each look."""
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "publish.ready")
    shelf = harbour.shelf()
    claim = shelf.look().claim
    real, look, names = LocalFileSystem.list, withdrawal._missing, iter("abcdef")
    waiting: list[str] = []

    def looking(*looked: Any) -> list[str]:
        waiting.append(next(names))  # a rival, for each look
        return look(*looked)

    def listing(self: LocalFileSystem, folder: str) -> Sequence[FileInfo]:
        found = real(self, folder)
        if folder == harbour.where().control and waiting:
            (place,) = [one.name for one in found if one.folder]
            self.rename(f"{folder}/{place}", harbour.where().swap(job.id, waiting.pop()))
        return found

    monkeypatch.setattr(withdrawal, "_missing", looking)
    monkeypatch.setattr(LocalFileSystem, "list", listing)
    assert withdrawal.gone(harbour.files, harbour.where(), shelf, claim) == []
    assert next(names) == "c", "there were two looks"
    monkeypatch.undo()
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS
