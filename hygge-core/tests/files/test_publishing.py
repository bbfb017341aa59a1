"""Publishing a claim from wherever it stopped, whoever goes on with it."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from typing import Any

import pyarrow.dataset as ds
import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import CommitUnknown, HyggeError, Refused, StopEntity
from hygge.files.layout import layout
from hygge.files.local import LocalFileSystem
from hygge.files.publish import _exchange_in_two, staged_files
from hygge.model import Overlap
from hygge.testing.trials import Splits
from hygge.testing.values import counted, target


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot exchange two folders in one step."""
    monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)


# -- wherever it stopped ---------------------------------------------------------------------


@pytest.fixture(params=["sorted", "reversed"])
def listed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are listed in either order: no promise is made of it."""
    real = LocalFileSystem.list
    if request.param == "reversed":
        monkeypatch.setattr(LocalFileSystem, "list", lambda self, folder: list(reversed(real(self, folder))))


@pytest.mark.usefixtures("no_exchange", "listed")
def test_where_folders_cannot_be_exchanged_a_replacement_still_heals_from_any_point(
    harbour: Any, failing: Any
) -> None:
    for number in itertools.count(1):
        entity = f"e{number}"
        base = harbour.land(harbour.job("replace", entity=entity), OLD)
        job = harbour.job("replace", base, entity=entity)
        plan = harbour.seal(job, NEW)
        failing(f"raise@{number}")
        try:
            harbour.store.commit(job, plan)
        except HyggeError:
            failing("")
        else:
            break
        finally:
            failing("")
        assert harbour.rows(entity) in (OLD_ROWS, NEW_ROWS) or not harbour.folder(entity).exists()
        harbour.store.commit(job, plan)
        assert harbour.rows(entity) == NEW_ROWS
        assert harbour.control() == []
    assert number > 8


def test_a_finisher_that_put_out_what_another_had_put_in_puts_it_back(files: LocalFileSystem) -> None:
    files.create("folder/new", b"")
    with pytest.raises(FileNotFoundError):
        _exchange_in_two(files, "folder", ".hygge/taken-by-another", "out", "")
    assert [entry.name for entry in files.list("folder")] == ["new"]
    assert files.info("out") is None


@pytest.mark.places("disk")
def test_files_that_killed_attempts_left_in_several_folders_all_land(harbour: Any, failing: Any) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "publish.taken")
    claim = harbour.shelf().look().claim
    for number, move in enumerate(staged_files(claim)):
        folder = f".hygge/targets/e/{job.id}.attempt{number}"
        harbour.files.make_folder(folder)
        harbour.files.rename(move.staged, f"{folder}/{move.name}")
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


def test_a_finisher_whose_folder_was_taken_is_told_that_the_outcome_is_unknown(
    harbour: Any, failing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    real = LocalFileSystem.swap

    def taken(self: LocalFileSystem, one: str, other: str) -> bool:
        monkeypatch.setattr(LocalFileSystem, "swap", real)
        type(harbour.store)(harbour.config).commit(job, plan)  # another process does it all meanwhile
        return real(self, one, other)

    monkeypatch.setattr(LocalFileSystem, "swap", taken)
    with pytest.raises(CommitUnknown):
        harbour.store.commit(job, plan)
    assert harbour.store.receipt(job) is not None
    assert harbour.rows() == NEW_ROWS


def test_a_commit_that_ends_another_begun_one_is_then_superseded(harbour: Any, failing: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    begun, mine = harbour.job("append", base), harbour.job("append", base)
    plans = [harbour.seal(begun, NEW), harbour.seal(mine, {"a": (50, 51, "mine")})]
    failing("raise:receipts.claimed")
    with pytest.raises(StopEntity):
        harbour.store.commit(begun, plans[0])
    failing("")
    assert harbour.store.state(target("e")).pending == begun.id
    with pytest.raises(HyggeError):
        harbour.store.commit(mine, plans[1])
    assert harbour.store.receipt(begun) is not None
    assert harbour.store.receipt(mine) is None
    assert harbour.rows() == OLD_ROWS + NEW_ROWS


def test_a_begun_commit_is_not_aborted(harbour: Any, failing: Any) -> None:
    job = harbour.job("append")
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "receipts.claimed")
    with pytest.raises(Refused) as caught:
        harbour.store.abort(job)
    assert caught.value.code == "HYG603"
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS


@pytest.mark.parametrize("seen", [False, True], ids=["after its look", "before its look"])
def test_a_sweep_does_not_touch_a_commit_that_begins_while_it_looks(
    harbour: Any, failing: Any, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    real = LocalFileSystem.list
    begun = []

    def beginning(self: LocalFileSystem, folder: str) -> Any:
        listed = real(self, folder)
        if folder != layout("{entity}", "e").control:
            return listed
        monkeypatch.setattr(LocalFileSystem, "list", real)
        failing("raise:publish.ready")
        with pytest.raises(StopEntity):
            type(harbour.store)(harbour.config).commit(job, plan)
        failing("")
        begun.append(job.id)
        return real(self, folder) if seen else listed

    monkeypatch.setattr(LocalFileSystem, "list", beginning)
    harbour.store.sweep(target("e"), (job.id,))
    assert begun
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS


@pytest.mark.parametrize("put_in", ["the old folder", "the new folder"])
def test_a_folder_that_a_rival_put_in_meanwhile_leaves_the_outcome_open(
    harbour: Any, no_exchange: None, monkeypatch: pytest.MonkeyPatch, put_in: str
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    rename, info = LocalFileSystem.rename, LocalFileSystem.info
    tricks = ["put out", "looked"]

    def renaming(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        if source == "e" and "put out" in tricks:
            tricks.remove("put out")
            if put_in == "the old folder":  # a rival has put it out, and puts it back after our look
                raise FileNotFoundError(source)
            rename(self, source, destination, **more)  # a rival is faster to put the new one in
            self.make_folder("e")
            self.replace(f"e/{plan.token['files'][0][1]}", b"")
            return
        rename(self, source, destination, **more)

    def looking(self: LocalFileSystem, path: str) -> Any:
        if path == "e" and "put out" not in tricks and "looked" in tricks:
            tricks.remove("looked")
            return None
        return info(self, path)

    monkeypatch.setattr(LocalFileSystem, "rename", renaming)
    monkeypatch.setattr(LocalFileSystem, "info", looking)
    with pytest.raises(CommitUnknown):
        harbour.store.commit(job, plan)
    assert "put out" not in tricks
    monkeypatch.undo()
    assert harbour.store.commit(job, plan).number == 2
    if put_in == "the old folder":
        assert harbour.rows() == NEW_ROWS


# -- what was staged -------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["missing", "cut", "longer"])
def test_staged_files_that_are_not_as_written_are_refused_before_the_commit_begins(
    harbour: Any, how: str
) -> None:
    job = harbour.job("append", harbour.land(harbour.job("append"), OLD))
    plan = harbour.seal(job, NEW)
    path = harbour.root / plan.token["files"][1][0]
    data = path.read_bytes()
    path.unlink() if how == "missing" else path.write_bytes(data[:-1] if how == "cut" else data + b"x")
    with pytest.raises(StopEntity) as caught:
        harbour.store.commit(job, plan)
    assert caught.value.code == "HYG404"
    assert harbour.store.state(target("e")).pending is None
    assert harbour.rows() == OLD_ROWS


@pytest.mark.parametrize("kept", [None, b"", b"\1" * 32, b"\1" * 32_000])
def test_identities_that_are_not_as_planned_are_refused_before_the_commit_begins(
    harbour: Any, kept: bytes | None
) -> None:
    job = harbour.job("append")
    if kept is not None:
        harbour.store.stage_overlap(job, kept)
    plan = harbour.seal(job, NEW)
    overlap = Overlap(columns=("id",), count=3_000, digest="0" * 32, lower="1")
    with pytest.raises(StopEntity) as caught:
        harbour.store.commit(job, replace(plan, overlap=overlap))
    assert caught.value.code == "HYG404"
    assert harbour.store.state(target("e")).pending is None
    assert harbour.rows() == counted(None)


@pytest.mark.parametrize("appended", [False, True])
def test_the_last_data_is_put_back_where_it_was_put_out_in_place_of_older(
    harbour: Any, caplog: pytest.LogCaptureFixture, appended: bool
) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    last = harbour.land(job, NEW)
    if appended:
        last = harbour.land(harbour.job("append", last), OLD)
    expected = harbour.rows()
    harbour.folder().rename(harbour.root / harbour.where().swap(job.id, f"out-{'0' * 32}"))
    state = harbour.store.ready(target("e"))
    assert (state.receipt, state.damage) == (last, None)
    assert harbour.rows() == expected
    assert harbour.control() == []
    assert "it was put back" in caplog.text


@pytest.mark.parametrize("newer", [NEW, OLD], ids=["of another size", "of the same size"])
def test_older_data_is_not_put_back_where_newer_was_lost(harbour: Any, newer: Splits) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, newer)
    harbour.break_off(job, plan, "commit.settled")
    shutil.rmtree(harbour.folder())
    state = harbour.store.ready(target("e"))
    assert state.damage
    assert not harbour.folder().exists()
    assert harbour.control() == []


def test_what_another_host_is_staging_just_now_is_not_cleaned_up(harbour: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    elsewhere = harbour.job("append", base)
    plan = harbour.seal(elsewhere, NEW)
    type(harbour)(harbour.root).store.sweep(target("e"), ())
    harbour.store.commit(elsewhere, plan)
    assert harbour.rows() == OLD_ROWS + NEW_ROWS


@pytest.mark.parametrize("at_work", ["a live job's claim", "data made anew"])
def test_the_last_data_is_left_aside_where_something_else_is_at_work(
    harbour: Any, caplog: pytest.LogCaptureFixture, at_work: str
) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    last = harbour.land(job, NEW)
    aside = harbour.root / harbour.where().swap(job.id, f"out-{'0' * 32}")
    live = harbour.job("append", last)
    if at_work == "a live job's claim":
        harbour.break_off(live, harbour.seal(live, OLD), "receipts.claimed")
        harbour.folder().rename(aside)
    else:
        harbour.folder().rename(aside)
        harbour.folder().mkdir()
    harbour.store.sweep(target("e"), (live.id,))
    assert counted(ds.dataset(aside).to_table()) == NEW_ROWS
    assert "holds what was last written" in caplog.text
    assert not list(harbour.folder().glob("*"))
