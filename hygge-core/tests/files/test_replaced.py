"""Where each step is a request, what the replacements of one run put out is deleted together."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import StopEntity, TransientError
from hygge.files import replaced
from hygge.files.layout import TARGETS
from hygge.files.local import LocalFileSystem
from hygge.model import Job, Receipt
from hygge.testing.trials import batches_of
from hygge.testing.values import counted, target

pytestmark = pytest.mark.places("remote")

LONG_AGO = "20200101T000000-0123456789"


class Run:
    """A run over some entities that were loaded before, each by an instance of its own."""

    def __init__(self, harbour: Any, *entities: str) -> None:
        self.harbour = harbour
        self.bases: dict[str, Receipt] = {
            name: harbour.land(harbour.job("replace", entity=name), OLD) for name in entities
        }
        self.surveyor = type(harbour)(harbour.root).store
        self.seen = self.surveyor.survey([target(name) for name in entities])

    def job(self, name: str) -> Job:
        job: Job = self.harbour.job("replace", self.bases[name], entity=name)
        return job

    def load(self, name: str, *, at: str = "", **more: Any) -> Job:
        """Load an entity; it may break off ``at`` a failpoint."""
        one = type(self.harbour)(self.harbour.root)
        base = self.bases[name]
        assert one.store.ready(target(name), self.seen[target(name)], base).receipt == base
        job = self.harbour.job("replace", base, entity=name, **more)
        plan = one.seal(job, NEW)
        if at:
            one.break_off(job, plan, at)
        else:
            one.store.commit(job, plan)
        return job

    def conclude(self) -> None:
        self.surveyor.conclude()


def waiting(harbour: Any) -> list[str]:
    """The folders that were put out and not deleted, without the run's."""
    return sorted(path.name for path in (harbour.root / ".hygge" / "replaced").glob("*/*"))


def runs(harbour: Any) -> list[Path]:
    return sorted((harbour.root / ".hygge" / "replaced").glob("*"))


def test_it_waits_for_the_end_of_the_run_and_is_deleted_with_the_rest(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(harbour, "one", "two")
    jobs = [run.load("one"), run.load("two")]
    assert waiting(harbour) == [f"one.{jobs[0].id}", f"two.{jobs[1].id}"]
    assert harbour.rows("one") == harbour.rows("two") == NEW_ROWS
    deleted: list[str] = []
    real = LocalFileSystem.delete
    monkeypatch.setattr(
        LocalFileSystem, "delete", lambda self, path: (deleted.append(path), real(self, path))
    )
    run.conclude()
    assert len(deleted) == 1
    assert runs(harbour) == []
    assert harbour.control() == []


def test_a_run_that_has_replaced_nothing_asks_nothing(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(harbour, "one")
    monkeypatch.setattr(LocalFileSystem, "below", lambda self, folder: pytest.fail("it was listed"))
    run.conclude()


def test_a_large_folder_goes_at_once(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced, "SMALL", 10)
    run = Run(harbour, "one")
    run.load("one")
    assert waiting(harbour) == []
    assert harbour.control() == []


@pytest.mark.parametrize("adopt", [True, False])
def test_what_hygge_did_not_write_is_kept_unless_it_was_given_up(
    harbour: Any, caplog: pytest.LogCaptureFixture, adopt: bool
) -> None:
    """Somebody puts it there while the entity is loaded."""
    run = Run(harbour, "one", "two")
    (harbour.folder("one") / "mine.csv").write_text("precious")
    run.load("one", adopt=adopt)
    run.load("two")
    run.conclude()
    kept = list((harbour.root / ".hygge" / "replaced").rglob("*.*"))
    assert [path.name for path in kept if path.is_file()] == ([] if adopt else ["mine.csv"])
    assert ("move them to where they belong" in caplog.text) == (not adopt)
    assert [name for name in waiting(harbour) if name.startswith("two")] == []


# -- a run that did not come to its end --------------------------------------------------------


def test_the_next_run_sees_to_what_one_that_died_left(harbour: Any) -> None:
    run = Run(harbour, "one", "two")
    run.load("one")
    run.load("two", at="commit.settled")
    later = harbour.store.survey([target("one"), target("two")])
    for name in ("one", "two"):
        state = type(harbour.store)(harbour.config).ready(target(name), later.get(target(name)))
        assert (state.damage, state.pending, state.receipt.number) == (None, None, 2)
    assert waiting(harbour) == []
    assert harbour.rows("one") == harbour.rows("two") == NEW_ROWS


def test_it_does_so_from_its_survey_and_lists_nothing_for_each(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(harbour, *"abc")
    for name in "abc":
        run.load(name)
    later = harbour.store.survey([target(name) for name in "abc"])
    real, listed = LocalFileSystem.below, []

    def below(self: LocalFileSystem, folder: str) -> Any:
        listed.append(folder)
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "below", below)
    for name in "abc":
        known = harbour.shelf(name).look().last
        assert type(harbour.store)(harbour.config).ready(target(name), later[target(name)], known)
    assert listed == []
    assert waiting(harbour) == []


def test_one_that_was_surveyed_for_the_first_time_is_not_looked_for_there(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(harbour, "one").load("one")
    seen = harbour.store.survey([target("new"), target("one")])
    real, listed = LocalFileSystem.below, []

    def below(self: LocalFileSystem, folder: str) -> Any:
        listed.append(folder)
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "below", below)
    assert harbour.store.ready(target("new"), seen[target("new")]).receipt is None
    assert ".hygge/replaced" not in listed


def test_what_a_commit_put_out_that_has_not_ended_stays(harbour: Any) -> None:
    """It may be all there is: here the new files go before they are put in."""
    run = Run(harbour, "one", "two")
    job = run.load("one", at="publish.put_out")
    run.load("two")
    run.conclude()
    run.conclude()
    assert waiting(harbour) == [f"one.{job.id}"]
    assert not harbour.folder("one").exists()
    for file in (harbour.root / harbour.where("one").new(job.id)).iterdir():
        file.unlink()
    with pytest.raises(StopEntity, match="what it staged is gone"):
        harbour.store.sweep(target("one"), ())
    assert waiting(harbour) == [f"one.{job.id}"]
    harbour.store.abort(job)
    assert harbour.rows("one") == OLD_ROWS
    assert harbour.store.state(target("one")).receipt == run.bases["one"]
    assert waiting(harbour) == []


@pytest.mark.parametrize("live", [True, False])
def test_a_commit_that_is_under_way_elsewhere_keeps_it(
    harbour: Any, caplog: pytest.LogCaptureFixture, live: bool
) -> None:
    run = Run(harbour, "one")
    job = run.load("one", at="publish.put_out")
    harbour.store.sweep(target("one"), [job.id] if live else [])
    assert waiting(harbour) == ([f"one.{job.id}"] if live else [])
    assert caplog.text == ""


def test_who_finishes_a_commit_sees_to_what_its_run_would_have_deleted(harbour: Any) -> None:
    run = Run(harbour, "one")
    one = type(harbour)(harbour.root)
    one.store.ready(target("one"), run.seen[target("one")], run.bases["one"])
    job = run.job("one")
    plan = one.seal(job, NEW)
    one.break_off(job, plan, "publish.put_out")
    harbour.store.commit(job, plan)
    assert harbour.rows("one") == NEW_ROWS
    assert waiting(harbour) == []


def test_a_commit_that_another_process_ended_meanwhile_has_left_nothing_to_conclude(harbour: Any) -> None:
    run = Run(harbour, "one")
    run.load("one", at="publish.put_out")
    type(harbour.store)(harbour.config).sweep(target("one"), ())
    assert harbour.rows("one") == NEW_ROWS
    assert waiting(harbour) == []
    run.conclude()
    assert runs(harbour) == []


def test_a_claim_whose_data_was_put_in_and_lost_is_done(harbour: Any) -> None:
    """That the old data was put out tells so."""
    run = Run(harbour, "one")
    job = run.load("one", at="publish.exchanged")
    for file in harbour.folder("one").iterdir():
        file.unlink()
    harbour.store.sweep(target("one"), ())
    state = harbour.store.state(target("one"))
    assert (state.receipt.job_id, state.pending) == (job.id, None)
    assert state.damage


def test_runs_of_long_ago_are_cleared_whatever_they_were_about(harbour: Any) -> None:
    """Also of targets that no flow names any more."""
    run = Run(harbour, "one", "stuck")
    gone = run.load("one")
    stuck = run.load("stuck", at="publish.put_out")
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    mine.with_name("20200102T000000-0123456789").mkdir()
    later = Run(harbour, "two")
    later.load("two")
    later.conclude()
    assert waiting(harbour) == [f"stuck.{stuck.id}"]
    assert f"one.{gone.id}" not in waiting(harbour)


def test_a_later_commit_that_is_under_way_does_not_need_it(harbour: Any) -> None:
    run = Run(harbour, "one")
    before = run.load("one")
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    base = harbour.store.state(target("one")).receipt
    assert base.job_id == before.id
    job = harbour.job("append", base, entity="one")
    harbour.break_off(job, harbour.seal(job, NEW), "receipts.claimed")
    later = Run(harbour, "two")
    later.load("two")
    later.conclude()
    assert waiting(harbour) == []


def test_they_are_cleared_by_a_run_that_replaces_nothing(harbour: Any) -> None:
    Run(harbour, "one").load("one")
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    Run(harbour, "two").conclude()
    assert runs(harbour) == []


def test_what_is_left_of_it_stays_as_long_as_its_commit_has_not_ended(harbour: Any) -> None:
    run = Run(harbour, "one")
    job = run.load("one", at="publish.put_out")
    put_out = harbour.root / place_of(harbour, job)
    next(put_out.iterdir()).unlink()
    run.conclude()
    assert list(put_out.iterdir())


def test_those_of_a_run_that_may_be_at_work_are_not(harbour: Any) -> None:
    run = Run(harbour, "one", "two")
    job = run.load("one")
    later = Run(harbour, "three")
    later.load("three")
    later.conclude()
    assert waiting(harbour) == [f"one.{job.id}"]
    run.load("two")
    run.conclude()
    assert runs(harbour) == []


def put_out_late(harbour: Any, place: str) -> None:
    """A request is carried out that was given up: what is now the entity's is put out after all."""
    path: Path = harbour.root / place
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    harbour.folder("one").rename(path)


def test_new_data_that_a_late_request_moved_there_is_kept_and_put_back(harbour: Any) -> None:
    """Where the service moves nothing by its version."""
    run = Run(harbour, "one")
    job = run.load("one")
    put_out_late(harbour, place_of(harbour, job))
    run.conclude()
    assert waiting(harbour) == [f"one.{job.id}"]
    harbour.store.ready(target("one"))
    assert harbour.rows("one") == NEW_ROWS
    assert waiting(harbour) == []


def test_so_is_data_that_another_host_has_loaded_since(harbour: Any) -> None:
    run = Run(harbour, "one")
    place = place_of(harbour, run.load("one"))
    base = harbour.store.state(target("one")).receipt
    harbour.land(harbour.job("replace", base, entity="one"), {"a": (50, 53, "later")})
    put_out_late(harbour, place)
    run.conclude()
    harbour.store.ready(target("one"))
    assert harbour.rows("one") == counted(batches_of((50, 53, "later")))


@pytest.mark.parametrize("appended", [0, 2])
@pytest.mark.parametrize("died", [True, False])
def test_so_is_data_whose_replacement_was_given_up(harbour: Any, appended: int, died: bool) -> None:
    """The request that puts it out fits the folder still: it is the one that was seen."""
    run = Run(harbour, "one")
    job = run.load("one", at="publish.put_out")
    place = place_of(harbour, job)
    for file in (harbour.root / harbour.where("one").new(job.id)).iterdir():
        file.unlink()
    harbour.store.abort(job)
    base = run.bases["one"]
    for number in range(appended):
        base = harbour.land(harbour.job("append", base, entity="one"), {"a": (number, number + 1, "more")})
    rows = harbour.rows("one")
    put_out_late(harbour, place)
    if died:
        (mine,) = runs(harbour)
        mine.rename(mine.with_name(LONG_AGO))
        run = Run(harbour, "two")
        run.load("two")
    run.conclude()
    harbour.store.ready(target("one"))
    assert harbour.rows("one") == rows
    assert sum(rows.values()) == sum(OLD_ROWS.values()) + appended
    assert harbour.store.state(target("one")).damage is None


def place_of(harbour: Any, job: Job) -> str:
    (run,) = runs(harbour)
    return f".hygge/replaced/{run.name}/{job.entity}.{job.id}"


# -- what else may lie there, and go wrong -------------------------------------------------------


def test_what_is_no_folder_of_a_run_is_nobody_s_to_delete(harbour: Any) -> None:
    run = Run(harbour, "one")
    run.load("one")
    replaced = harbour.root / ".hygge" / "replaced"
    (replaced / "README.txt").write_text("why these are here")
    (replaced / "rescued" / "one.of-mine").mkdir(parents=True)
    (replaced / LONG_AGO).write_text("a file")
    run.conclude()
    assert sorted(path.name for path in replaced.iterdir()) == [LONG_AGO, "README.txt", "rescued"]


def test_a_target_whose_receipt_cannot_be_read_keeps_what_it_put_out_and_stops_no_other(harbour: Any) -> None:
    old = Run(harbour, "gone", "other")
    kept = old.load("gone")
    old.load("other")
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    for receipt in (harbour.root / ".hygge" / "targets" / "gone").glob("*.json"):
        receipt.write_bytes(b"torn")
    run = Run(harbour, "one")
    run.load("one")
    run.conclude()
    assert waiting(harbour) == [f"gone.{kept.id}"]


def test_one_that_cannot_be_deleted_is_told_and_stops_no_other(
    harbour: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Run(harbour, "stuck")
    stuck = old.load("stuck")
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    run = Run(harbour, "one")
    run.load("one")
    real = LocalFileSystem.delete

    def delete(self: LocalFileSystem, path: str) -> None:
        if LONG_AGO in path:
            raise PermissionError(13, "not yours", path)
        real(self, path)

    monkeypatch.setattr(LocalFileSystem, "delete", delete)
    run.conclude()
    assert waiting(harbour) == [f"stuck.{stuck.id}"]
    assert "is not deleted" in caplog.text


def test_a_service_that_is_away_is_asked_once(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(harbour, "one")
    run.load("one")
    asked: list[str] = []

    def away(self: LocalFileSystem, folder: str) -> Any:
        asked.append(folder)
        raise TransientError("the line is down")

    monkeypatch.setattr(LocalFileSystem, "below", away)
    with pytest.raises(TransientError):
        run.conclude()
    assert len(asked) == 1


def test_what_waits_has_its_bounds(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(harbour, "one", "two")
    size = sum(file.stat().st_size for file in harbour.folder("one").iterdir())
    next(iter(run.seen.values())).replaced._room = size * 3 // 2
    job = run.load("one")
    run.load("two")
    assert waiting(harbour) == [f"one.{job.id}"]


def test_of_a_run_that_died_long_ago_so_much_is_seen_to_at_a_time(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others, who wait for their end, are not to wait for all of it."""
    monkeypatch.setattr(replaced, "ASKED", 2)
    old = Run(harbour, *"abc")
    for name in "abc":
        old.load(name)
    (mine,) = runs(harbour)
    mine.rename(mine.with_name(LONG_AGO))
    for left in (1, 0):
        Run(harbour, f"other{left}").conclude()
        assert len(waiting(harbour)) == left


def test_it_is_put_out_for_another_key_under_another_name(harbour: Any) -> None:
    """Of two entities one of which begins as the other does."""
    run = Run(harbour, "one", "one.more")
    jobs = {name: run.load(name) for name in ("one", "one.more")}
    harbour.store.sweep(target("one"), ())
    assert waiting(harbour) == [f"one.more.{jobs['one.more'].id}"]


def test_what_was_put_out_is_listed_before_the_claims() -> None:
    """A survey takes its word for it that a commit has ended, and its listing may take several requests."""
    assert replaced.FOLDER < TARGETS
