"""A commit that somebody else finishes, or that was faster: what is deleted, and what is told."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import Any

import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import HyggeError, Superseded
from hygge.files.local import LocalFileSystem
from hygge.model import Overlap
from hygge.testing.values import batches, counted, target


def begun_with_a_stranger_s_file(harbour: Any, *, adopt: bool) -> Any:
    """A replacement that broke off, into whose old folder a file came that hygge did not write."""
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base, adopt=adopt)
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "publish.ready")
    (harbour.folder() / "mine.parquet").write_bytes(b"precious")
    return base, job, plan


@pytest.mark.parametrize("who", ["another job that adopts", "a sweep"])
def test_a_stranger_s_file_is_deleted_only_for_the_job_that_may(harbour: Any, who: str) -> None:
    base, begun, _ = begun_with_a_stranger_s_file(harbour, adopt=False)
    if who == "a sweep":
        harbour.store.sweep(target("e"), ())
    else:
        mine = harbour.job("replace", base, adopt=True)
        plan = harbour.seal(mine, OLD)
        with pytest.raises(Superseded):
            harbour.store.commit(mine, plan)
    assert harbour.store.receipt(begun) is not None
    assert harbour.rows() == NEW_ROWS
    (kept,) = harbour.root.rglob("mine.parquet")
    assert kept.read_bytes() == b"precious"


def test_a_job_that_adopts_does_so_also_when_it_is_committed_again(harbour: Any) -> None:
    _, job, plan = begun_with_a_stranger_s_file(harbour, adopt=True)
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []
    assert not list(harbour.root.rglob("mine.parquet"))


def test_what_another_process_that_died_left_of_a_job_is_removed_by_who_finds_it_landed(
    harbour: Any,
) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, NEW)
    harbour.store.state(target("e"))
    type(harbour)(harbour.root).break_off(job, plan, "commit.settled")
    assert harbour.control(), "the folder that was replaced"
    assert harbour.store.commit(job, plan).job_id == job.id
    assert harbour.rows() == NEW_ROWS
    assert harbour.control() == []


def test_the_first_files_of_a_rival_that_was_faster_are_no_stranger_s(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told of strange data may adopt it, which would replace the rival's rows."""
    job, rival = harbour.job("append"), harbour.job("append")
    plan, rivals = harbour.seal(job, NEW), harbour.seal(rival, OLD)
    real = LocalFileSystem.list

    def listing(self: LocalFileSystem, folder: str) -> Any:
        if folder == "e":
            monkeypatch.setattr(LocalFileSystem, "list", real)
            type(harbour.store)(harbour.config).commit(rival, rivals)
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "list", listing)
    with pytest.raises(Superseded) as caught:
        harbour.store.commit(job, plan)
    assert caught.value.details["by"] == rival.id
    assert harbour.rows() == OLD_ROWS


def test_an_append_without_identities_lands(harbour: Any) -> None:
    job = harbour.job("append")
    overlap = Overlap(columns=("id",), count=0, digest="0" * 32, lower="1")
    harbour.store.commit(job, replace(harbour.seal(job, NEW), overlap=overlap))
    assert harbour.rows() == NEW_ROWS


def test_a_receipt_of_another_job_is_not_what_a_store_goes_on_from(harbour: Any) -> None:
    """Else the next run would take whole data for damaged."""
    first = harbour.land(harbour.job("append"), OLD)
    assert harbour.store.state(target("e")).receipt == first
    other = type(harbour)(harbour.root)
    second = other.land(other.job("append", first), NEW)
    third = harbour.land(harbour.job("append", second), {"a": (50, 51, "more")})
    assert third.token["folder_files"] == 6
    state = harbour.store.state(target("e"))
    assert (state.damage, state.receipt) == (None, third)
    assert harbour.rows() == OLD_ROWS + NEW_ROWS + counted(batches(range(50, 51), note="more"))


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (errno.ENOSPC, "HYG410", "Free space"),
        (errno.EDQUOT, "HYG410", "Free space"),
        (errno.EROFS, "HYG400", "the right to write"),
        (errno.EACCES, "HYG400", "the right to write"),
        (errno.EPERM, "HYG400", "the right to write"),
        (errno.EMFILE, "HYG400", "ulimit"),
        (errno.ENFILE, "HYG400", "ulimit"),
        (errno.ENOTDIR, "HYG400", "A file stands where"),
        (errno.EIO, "HYG400", "its disk"),
    ],
)
def test_what_the_disk_says_of_a_destination_is_told_with_what_to_do(
    harbour: Any, monkeypatch: pytest.MonkeyPatch, number: int, code: str, said: str
) -> None:
    job = harbour.job()

    def failing(self: LocalFileSystem, path: str) -> Any:
        raise OSError(number, os.strerror(number), str(self.path(path)))

    monkeypatch.setattr(LocalFileSystem, "write", failing)
    with pytest.raises(HyggeError) as caught:
        harbour.seal(job, NEW)
    assert caught.value.code == code
    assert said in caught.value.remedy


def test_an_error_of_the_rows_is_not_told_as_one_of_the_destination(harbour: Any) -> None:
    def breaking() -> Any:
        yield from batches(range(3))
        raise OSError(errno.ENOSPC, "the source's own disk is full")

    with pytest.raises(OSError, match="own disk"):
        harbour.store.stage(harbour.job(), "a", breaking())


def test_a_file_system_that_knows_better_is_believed(harbour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(OSError):
        remedy = "Renew the token."

    def failing(self: LocalFileSystem, path: str) -> Any:
        raise Told(errno.EIO, "no", path)

    monkeypatch.setattr(LocalFileSystem, "write", failing)
    with pytest.raises(HyggeError) as caught:
        harbour.seal(harbour.job(), NEW)
    assert caught.value.remedy == "Renew the token."
    assert type(caught.value).__name__ == "NeedsUser"


@pytest.mark.parametrize("strange", [False, True])
def test_a_check_names_the_way_out_that_works(harbour: Any, strange: bool) -> None:
    harbour.land(harbour.job("append"), OLD)
    if strange:
        (harbour.folder() / "mine.parquet").write_bytes(b"precious")
        (finding,) = harbour.store.check(target("e"))
        assert finding.ok, "whoever appends minds no file beside"
    harbour.files.delete(".hygge") if strange else next(harbour.folder().iterdir()).unlink()
    (finding,) = harbour.store.check(target("e"))
    assert not finding.ok
    assert ("--adopt" in finding.fix) == strange


def test_a_check_tells_of_a_place_that_cannot_be_written(
    harbour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: LocalFileSystem) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self.root))

    monkeypatch.setattr(LocalFileSystem, "probe", failing)
    (finding,) = harbour.store.check(target("e"))
    assert not finding.ok
    assert "the right to write" in finding.fix


def test_a_check_of_a_place_that_is_not_there_yet_makes_nothing(harbour: Any) -> None:
    (finding,) = harbour.store.check(target("e"))
    assert finding.ok
    assert not harbour.root.exists()
