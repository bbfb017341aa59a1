"""Where each step is a request, a replacement stages into the folder that will be the entity's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge import failpoints
from hygge.errors import CommitUnknown, HyggeError, StopEntity, Superseded
from hygge.files import landing
from hygge.files.layout import data_name
from hygge.files.local import LocalFileSystem
from hygge.files.staging import BY, this_process
from hygge.model import CommitPlan, Job, Staged
from hygge.testing.trials import batches_of
from hygge.testing.values import counted, target

pytestmark = pytest.mark.places("remote")

LATER = (900, 904, "of an attempt that broke off")


class Load:
    """A second replacement, staged and seen to be staged, as a run does it."""

    def __init__(self, harbour: Any) -> None:
        self.harbour = harbour
        self.base = harbour.land(harbour.job("replace"), OLD)
        self.job: Job = harbour.job("replace", self.base)
        harbour.store.state(target("e"))
        self.staged: list[Staged] = [
            harbour.store.stage(self.job, name, batches_of(split)) for name, split in NEW.items()
        ]
        self.plan: CommitPlan = harbour.store.seal(self.job, self.staged)
        self.new: Path = harbour.root / harbour.where().new(self.job.id)

    def stray(self) -> Path:
        """Another file of the job where the others are, which no plan speaks of."""
        file = self.new / data_name(self.job.id, "z.0123456789ab", 0, ".parquet")
        other = type(self.harbour)(self.harbour.root.with_name("other"))
        part = other.store.stage(other.job("append"), "z", batches_of(LATER))
        file.parent.mkdir(exist_ok=True)
        (other.root / part.token["files"][0][0]).rename(file)
        return file


@pytest.fixture
def load(harbour: Any) -> Load:
    return Load(harbour)


@pytest.fixture
def renames(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was renamed, by its name."""
    real, found = LocalFileSystem.rename, []

    def noting(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        found.append(source.rpartition("/")[2])
        real(self, source, destination, **more)

    monkeypatch.setattr(LocalFileSystem, "rename", noting)
    return found


def test_the_folder_it_was_staged_into_takes_the_place_of_the_old_one(
    load: Load, harbour: Any, renames: list[str]
) -> None:
    staged = sorted(file.name for file in load.new.iterdir())
    harbour.store.commit(load.job, load.plan)
    assert renames == ["e", load.new.name, "00000002.claim"]
    assert harbour.rows() == NEW_ROWS
    assert harbour.names() == staged
    assert harbour.control() == []


def test_what_an_attempt_at_a_split_left_there_does_not_land(load: Load, harbour: Any) -> None:
    load.stray()
    harbour.store.commit(load.job, load.plan)
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


@pytest.mark.parametrize("point", ["publish.taken", "publish.moved", "publish.ready", "publish.put_out"])
def test_nor_does_it_after_a_crash(load: Load, harbour: Any, point: str) -> None:
    load.stray()
    harbour.break_off(load.job, load.plan, point)
    type(harbour.store)(harbour.config).sweep(target("e"), ())
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


@pytest.mark.parametrize("given_up", [True, False])
def test_a_request_that_was_given_up_while_it_was_staged_may_come_at_any_time(
    load: Load, harbour: Any, monkeypatch: pytest.MonkeyPatch, given_up: bool
) -> None:
    """It comes after all has been looked through, just before the folders are exchanged."""
    if given_up:
        monkeypatch.setattr(LocalFileSystem, "in_doubt", lambda self, folder: folder.endswith(".new"))
    real = LocalFileSystem.rename

    def rename(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        if destination == "e":
            load.stray()
        real(self, source, destination, **more)

    monkeypatch.setattr(LocalFileSystem, "rename", rename)
    harbour.store.commit(load.job, load.plan)
    monkeypatch.undo()
    assert (harbour.rows() == NEW_ROWS) == given_up, "without one there is nothing that could come"


def test_another_process_takes_the_folder_away_from_whatever_may_come(
    load: Load, harbour: Any, renames: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not know what the one that staged has given up."""
    monkeypatch.setattr(landing, "this_process", lambda: "another")
    type(harbour.store)(harbour.config).commit(load.job, load.plan)
    assert renames[0] == load.new.name
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


@pytest.mark.parametrize("number", [0, 1])
def test_so_does_one_that_has_staged_a_part_only(
    load: Load, harbour: Any, renames: list[str], number: int
) -> None:
    parts = list(load.staged)
    parts[number] = replace(parts[number], token={**parts[number].token, BY: "another"})
    harbour.store.commit(load.job, harbour.store.seal(load.job, parts))
    assert renames[0] == load.new.name
    assert harbour.rows() == NEW_ROWS


def test_a_process_is_told_from_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    before = this_process()
    assert this_process() == before
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert this_process() != before


def test_a_file_that_comes_when_all_is_done_is_removed_by_the_next_run(load: Load, harbour: Any) -> None:
    """A request that was repeated, and is carried out once more: it makes its folder anew."""
    again = next(load.new.iterdir())
    data = again.read_bytes()
    harbour.store.commit(load.job, load.plan)
    again.parent.mkdir()
    again.write_bytes(data)
    store = type(harbour.store)(harbour.config)
    assert store.survey([target("e")]) == {}
    assert store.ready(target("e")).damage is None
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


# -- given up ------------------------------------------------------------------------------------


def test_what_was_staged_goes_with_its_job(load: Load, harbour: Any) -> None:
    load.stray()
    for _ in range(2):
        harbour.store.abort(load.job)
        assert harbour.control() == []
        assert harbour.rows() == OLD_ROWS


def test_who_wakes_after_that_exchanges_nothing(
    load: Load, harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He has put out the old data when somebody gives his job up."""
    real = LocalFileSystem.rename

    def rename(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        if destination == "e" and source.endswith(".new"):
            monkeypatch.setattr(LocalFileSystem, "rename", real)
            for file in load.new.iterdir():
                file.unlink()
            load.new.rmdir()
        real(self, source, destination, **more)

    monkeypatch.setattr(LocalFileSystem, "rename", rename)
    with pytest.raises((CommitUnknown, StopEntity)):
        harbour.store.commit(load.job, load.plan)
    assert harbour.rows() == OLD_ROWS
    harbour.store.abort(load.job)
    assert harbour.store.state(target("e")).receipt == load.base
    assert harbour.rows() == OLD_ROWS
    assert harbour.control() == []


@pytest.mark.parametrize("live", [True, False])
def test_the_folder_of_a_job_that_may_still_be_at_work_is_left(load: Load, harbour: Any, live: bool) -> None:
    harbour.store.sweep(target("e"), [load.job.id] if live else [])
    assert sorted(load.new.iterdir())
    harbour.store.commit(load.job, load.plan)
    assert harbour.rows() == NEW_ROWS


def test_the_folder_of_a_job_of_long_ago_is_removed(load: Load, harbour: Any) -> None:
    old = load.new.with_name(f"20200101T000000-0123456789{load.new.suffix}")
    load.new.rename(old)
    harbour.store.sweep(target("e"), ())
    assert not old.exists()


def test_a_claim_that_cannot_be_finished_leaves_nothing_of_its_job_as_the_entity(
    load: Load, harbour: Any
) -> None:
    """The old data is put out, the new is gone but for what an attempt left."""
    harbour.break_off(load.job, load.plan, "publish.put_out")
    for file in load.new.iterdir():
        file.unlink()
    load.stray()
    assert not harbour.folder().exists()
    with pytest.raises(StopEntity, match="what it staged is gone"):
        type(harbour.store)(harbour.config).commit(load.job, load.plan)
    harbour.store.abort(load.job)
    assert harbour.rows() == OLD_ROWS
    assert harbour.store.state(target("e")).receipt == load.base
    assert harbour.control() == []


def test_nor_is_it_taken_for_one_that_is_done(load: Load, harbour: Any) -> None:
    """No file of the plan is anywhere; that one of the job's lies beside it proves nothing."""
    harbour.break_off(load.job, load.plan, "receipts.claimed")
    for file in load.new.iterdir():
        file.unlink()
    load.stray()
    with pytest.raises(StopEntity, match="what it staged is gone"):
        type(harbour.store)(harbour.config).commit(load.job, load.plan)
    assert harbour.rows() == OLD_ROWS


def test_a_file_of_somebody_else_where_the_entity_was_is_no_sign_that_all_is_done(
    load: Load, harbour: Any
) -> None:
    """The old data, put out, is all there is."""
    harbour.break_off(load.job, load.plan, "publish.put_out")
    for file in load.new.iterdir():
        file.unlink()
    harbour.folder().mkdir()
    (harbour.folder() / "_SUCCESS").write_text("")
    with pytest.raises(StopEntity, match="what it staged is gone"):
        type(harbour.store)(harbour.config).ready(target("e"))
    harbour.store.abort(load.job)
    (harbour.folder() / "_SUCCESS").unlink()
    harbour.folder().rmdir()
    type(harbour.store)(harbour.config).ready(target("e"))
    assert harbour.rows() == OLD_ROWS


def test_what_somebody_put_beside_staged_files_does_not_make_them_the_old_data(
    load: Load, harbour: Any, caplog: pytest.LogCaptureFixture
) -> None:
    harbour.break_off(load.job, load.plan, "publish.put_out")
    next(load.new.iterdir()).unlink()
    (load.new / ".DS_Store").write_text("")
    harbour.store.abort(load.job)
    assert harbour.rows() == OLD_ROWS
    assert "hygge did not write" in caplog.text


# -- two at it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["receipts.claimed", "publish.taken", "publish.ready", "publish.put_out"])
def test_another_that_finishes_the_claim_meanwhile_hurts_nobody(
    load: Load, harbour: Any, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    real: Callable[[str], None] = failpoints.failpoint

    def at(name: str) -> None:
        if name == point:
            monkeypatch.undo()
            monkeypatch.setattr(LocalFileSystem, "remote", True)
            monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)
            type(harbour.store)(harbour.config).commit(load.job, load.plan)
        real(name)

    for module in ("publish", "receipts"):
        monkeypatch.setattr(f"hygge.files.{module}.failpoint", at)
    try:
        harbour.store.commit(load.job, load.plan)
    except CommitUnknown:
        assert harbour.store.receipt(load.job) is not None
    assert harbour.rows() == NEW_ROWS
    type(harbour.store)(harbour.config).sweep(target("e"), ())
    assert harbour.control() == []


def test_a_rival_that_was_faster_supersedes_it(load: Load, harbour: Any) -> None:
    other = type(harbour)(harbour.root)
    other.land(other.job("replace", load.base), {"a": (50, 53, "rival")})
    with pytest.raises(Superseded):
        harbour.store.commit(load.job, load.plan)
    assert harbour.rows() == counted(batches_of((50, 53, "rival")))
    harbour.store.abort(load.job)
    assert harbour.control() == []


def test_a_job_that_another_version_staged_file_by_file_lands(harbour: Any, failing: Any) -> None:
    """It was sealed before the folder was staged into."""
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    LocalFileSystem.remote = False
    plan = harbour.seal(job, NEW)
    LocalFileSystem.remote = True
    assert all(path.endswith(".part") for path, _, _ in plan.token["files"])
    try:
        harbour.store.commit(job, plan)
    except HyggeError as error:
        pytest.fail(str(error))
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


def test_a_split_that_is_staged_again_meets_nothing_of_its_own(load: Load) -> None:
    """Each attempt has names of its own, also in one folder."""
    again = load.harbour.store.stage(load.job, "a", batches_of(NEW["a"]))
    plan = load.harbour.store.seal(load.job, [again, *load.staged[1:]])
    load.harbour.store.commit(load.job, plan)
    assert load.harbour.rows() == NEW_ROWS
    assert load.harbour.control() == []
