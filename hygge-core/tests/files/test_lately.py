"""What a commit builds on, and when it believes what was seen a moment ago."""

from __future__ import annotations

import contextlib
import shutil
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import Refused, StopEntity, Superseded
from hygge.files.local import LocalFileSystem
from hygge.testing.values import batches, counted, target

# -- what it builds on -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_job_does_not_build_on_another_receipt_of_the_same_number(harbour: Any, mode: str) -> None:
    job = harbour.job(mode, harbour.land(harbour.job(mode), OLD))
    plan = harbour.seal(job, NEW)
    shutil.rmtree(harbour.folder())
    shutil.rmtree(harbour.root / ".hygge" / "targets")
    restored = harbour.land(harbour.job(mode), {"a": (0, 3, "restored")})
    assert restored.number == job.base_number
    with pytest.raises(Superseded):
        type(harbour.store)(harbour.config).commit(job, plan)
    assert harbour.rows() == counted(batches(range(3), note="restored"))


@pytest.mark.parametrize("why", ["superseded", "damaged"])
def test_a_job_that_plainly_cannot_land_claims_nothing_not_even_for_a_moment(
    harbour: Any, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Whoever comes meanwhile would try to finish the claim."""
    base = harbour.land(harbour.job("append"), OLD)
    job = harbour.job("append", base)
    plan = harbour.seal(job, NEW)
    if why == "superseded":
        harbour.land(harbour.job("append", base), {"a": (50, 51, "rival")})
    else:
        next((harbour.root / ".hygge").rglob("*.part")).unlink()
    monkeypatch.setattr(LocalFileSystem, "create", lambda self, path, data: pytest.fail(f"{path} is made"))
    with pytest.raises(StopEntity) as caught:
        type(harbour.store)(harbour.config).commit(job, plan)
    assert isinstance(caught.value, Superseded) == (why == "superseded")


# -- what was seen a moment ago ------------------------------------------------------------------


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, in order."""
    real, folders = LocalFileSystem.list, []

    def told(self: LocalFileSystem, folder: str) -> Any:
        folders.append(folder)
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "list", told)
    return folders


@pytest.mark.parametrize("mode", ["append", "replace"])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_commit_looks_again_only_if_its_last_look_is_old(
    harbour: Any, listings: list[str], monkeypatch: pytest.MonkeyPatch, mode: str, fresh: bool
) -> None:
    job = harbour.job(mode, harbour.land(harbour.job(mode), OLD))
    plan = harbour.seal(job, NEW)
    harbour.store.state(target("e"))
    if not fresh:
        monkeypatch.setattr("hygge.files.contents.FRESH", -1.0)
    listings.clear()
    harbour.store.commit(job, plan)
    assert listings.count("e") == (0 if fresh or mode == "append" else 1)
    assert listings.count(".hygge/targets/e") == (1 if fresh else 2)
    assert harbour.rows() == NEW_ROWS + (OLD_ROWS if mode == "append" else counted(None))


def test_what_was_seen_serves_one_commit(harbour: Any, failing: Any) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, NEW)
    harbour.store.state(target("e"))
    harbour.break_off(job, plan, "commit.claiming")
    (harbour.folder() / "mine.parquet").write_bytes(b"precious")
    with pytest.raises(Refused, match=r"mine\.parquet"):
        harbour.store.commit(job, plan)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_rival_that_landed_since_the_last_look_supersedes(harbour: Any, mode: str) -> None:
    base = harbour.land(harbour.job(mode), OLD)
    job, rival = harbour.job(mode, base), harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    harbour.store.state(target("e"))
    type(harbour)(harbour.root).land(rival, {"a": (50, 53, "rival")})
    with pytest.raises(Superseded):
        harbour.store.commit(job, plan)
    assert harbour.rows() == counted(batches(range(50, 53), note="rival"))
    names = [entry.name for entry in harbour.files.list(".hygge/targets/e")]
    assert [name for name in names if not name.startswith(job.id)] == [
        f"00000001.{base.job_id}.json",
        f"00000002.{rival.id}.json",
    ]


@pytest.mark.parametrize("mode", ["append", "replace"])
@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_what_happened_to_staged_files_after_the_last_look_is_seen_and_the_claim_taken_back(
    harbour: Any, mode: str, harm: str
) -> None:
    job = harbour.job(mode, harbour.land(harbour.job(mode), OLD))
    harbour.store.state(target("e"))
    plan = harbour.seal(job, NEW)
    staged = next(harbour.root.rglob(f"*{job.id}*b.*"))
    if harm == "gone":
        staged.unlink()
    else:
        staged.write_bytes(staged.read_bytes()[:-1])
    with pytest.raises(StopEntity) as caught:
        harbour.store.commit(job, plan)
    assert caught.value.code == "HYG404"
    assert harbour.store.state(target("e")).pending is None
    assert harbour.rows() == OLD_ROWS
    harbour.store.abort(job)
    assert harbour.control() == []


@pytest.mark.parametrize("mode", ["append", "replace"])
@pytest.mark.parametrize(
    "point", ["publish.moved", "publish.ready", "publish.exchanged", "commit.published", ""]
)
def test_a_claim_that_another_finishes_as_soon_as_it_is_made_is_not_taken_back(
    harbour: Any, failing: Any, monkeypatch: pytest.MonkeyPatch, mode: str, point: str
) -> None:
    job = harbour.job(mode, harbour.land(harbour.job(mode), OLD))
    harbour.store.state(target("e"))
    plan = harbour.seal(job, NEW)
    real = LocalFileSystem.create

    def create(self: LocalFileSystem, path: str, data: bytes) -> bool:
        made = real(self, path, data)
        monkeypatch.setattr(LocalFileSystem, "create", real)
        if point:
            failing(f"raise:{point}")
        with contextlib.suppress(StopEntity):  # another process, which is killed there
            type(harbour.store)(harbour.config).commit(job, plan)
        failing("")
        return made

    monkeypatch.setattr(LocalFileSystem, "create", create)
    assert harbour.store.commit(job, plan).job_id == job.id
    assert harbour.rows() == NEW_ROWS + (OLD_ROWS if mode == "append" else counted(None))
    assert harbour.control() == []


def test_a_job_whose_base_was_not_the_last_one_seen_is_looked_for(harbour: Any) -> None:
    harbour.land(harbour.job("append"), {"a": (0, 5, "old")})
    other = type(harbour)(harbour.root)
    base = harbour.store.state(target("e")).receipt
    later = other.land(other.job("append", base), {"a": (5, 9, "old")})
    harbour.land(harbour.job("append", later), NEW)
    assert harbour.rows() == OLD_ROWS + NEW_ROWS


def test_a_commit_that_was_seen_to_be_begun_is_looked_for_again(harbour: Any, failing: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    job = harbour.job("append", base)
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "receipts.claimed")
    assert harbour.store.state(target("e")).pending == job.id
    other = type(harbour)(harbour.root)
    landed = other.store.commit(job, plan)
    other.land(other.job("replace", landed), OLD)
    assert harbour.store.commit(job, plan) == landed
    assert harbour.rows() == OLD_ROWS


def test_a_job_that_somebody_else_finished_since_the_last_look_has_landed(harbour: Any) -> None:
    job = harbour.job("append", harbour.land(harbour.job("append"), OLD))
    plan = harbour.seal(job, NEW)
    harbour.store.state(target("e"))
    landed = type(harbour)(harbour.root).store.commit(job, plan)
    assert harbour.store.commit(job, plan) == landed
    assert harbour.rows() == OLD_ROWS + NEW_ROWS
