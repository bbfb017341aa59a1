"""A commit that has begun and can't be finished, since what it staged is gone, is taken back whole."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge import failpoints
from hygge.errors import CommitUnknown, StopEntity, Superseded
from hygge.files import withdrawal
from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem
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
def begun(request: pytest.FixtureRequest, harbour: Any) -> Begun:
    return Begun(harbour, *request.param)


def test_its_own_job_is_superseded_and_may_be_loaded_anew(begun: Begun) -> None:
    with pytest.raises(Superseded, match="had begun, and what it staged is gone") as caught:
        begun.harbour.store.commit(begun.job, begun.plan)
    assert caught.value.code == "HYG404"
    assert begun.is_undone()
    begun.harbour.land(begun.harbour.job("replace", begun.base), NEW)
    assert begun.harbour.rows() == NEW_ROWS


def test_who_cleans_up_and_knows_nothing_of_it_takes_it_back(
    begun: Begun, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "hygge"):
        begun.harbour.store.sweep(target("e"), ())
    assert "what it staged is gone" in caplog.text
    assert begun.is_undone()


def test_the_next_job_on_its_base_lands(begun: Begun) -> None:
    begun.harbour.land(begun.harbour.job("replace", begun.base), NEW)
    assert begun.harbour.rows() == NEW_ROWS
    assert begun.harbour.control() == []


@pytest.mark.parametrize("point", ["withdrawal.staged", "withdrawal.removed"])
def test_taking_back_may_break_off_and_is_done_again(begun: Begun, point: str) -> None:
    begun.harbour.break_off(begun.job, begun.plan, point)
    with pytest.raises(Superseded):
        begun.harbour.store.commit(begun.job, begun.plan)
    assert begun.is_undone()


def test_what_was_put_out_for_it_is_put_back(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)
    begun = Begun(harbour, "replace", "publish.put_out", 0)
    assert not harbour.folder().exists()
    with pytest.raises(Superseded):
        harbour.store.commit(begun.job, begun.plan)
    assert begun.is_undone()


def test_a_replacement_that_was_done_is_finished_whatever_is_gone_since(harbour: Any) -> None:
    begun = Begun(harbour, "replace", "publish.exchanged", 0)
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
    with pytest.raises(Superseded):  # else the next append would not know what it has to leave out
        harbour.store.commit(job, plan)
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


def test_a_disk_that_fails_takes_nothing_back(harbour: Any) -> None:
    begun = Begun(harbour, "append", "receipts.claimed", 0)
    failpoints.arm("raise:withdrawal.staged")
    try:
        with pytest.raises(StopEntity):
            harbour.store.sweep(target("e"), ())
    finally:
        failpoints.arm("")
    assert harbour.store.state(target("e")).pending == begun.job.id
