"""Publishing a claim from wherever it stopped, foreign files, and what is found to be wrong."""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hygge import failpoints
from hygge.errors import CommitUnknown, HyggeError, Refused, StopEntity, Superseded
from hygge.files.layout import data_name
from hygge.files.local import LocalFileSystem
from hygge.files.publish import _exchange_in_two, staged_files
from hygge.model import Overlap
from hygge.testing.trials import Splits
from hygge.testing.values import batches, counted, target

OLD: Splits = {"a": (0, 5, "old"), "b": (5, 9, "old")}
NEW: Splits = {"a": (100, 104, "new"), "b": (104, 110, "new"), "c": (110, 111, "new")}
NEW_ROWS = counted(batches(range(100, 111), note="new"))
OLD_ROWS = counted(batches(range(9), note="old"))


@pytest.fixture
def failing() -> Iterator[Callable[[str], None]]:
    yield failpoints.arm
    failpoints.arm("")


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
        _exchange_in_two(files, "folder", ".hygge/taken-by-another", "out")
    assert [entry.name for entry in files.list("folder")] == ["new"]
    assert files.info("out") is None


def test_files_that_killed_attempts_left_in_several_folders_all_land(harbour: Any, failing: Any) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    failing("raise:publish.taken")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
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
    failing("raise:receipts.claimed")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
    with pytest.raises(Refused) as caught:
        harbour.store.abort(job)
    assert caught.value.code == "HYG603"
    harbour.store.commit(job, plan)
    assert harbour.rows() == NEW_ROWS


def test_a_sweep_does_not_touch_a_commit_that_begins_while_it_looks(
    harbour: Any, failing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    real = LocalFileSystem.list

    def beginning(self: LocalFileSystem, folder: str) -> Any:
        if folder.endswith("swap"):
            monkeypatch.setattr(LocalFileSystem, "list", real)
            failing("raise:publish.ready")
            with pytest.raises(StopEntity):
                type(harbour.store)(harbour.config).commit(job, plan)
            failing("")
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "list", beginning)
    harbour.store.sweep(target("e"), (job.id,))
    harbour.store.commit(job, plan)
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


def test_identities_that_vanish_after_the_claim_leave_the_outcome_unknown(harbour: Any, failing: Any) -> None:
    job = harbour.job("append")
    harbour.store.stage_overlap(job, b"\1" * 32_000)
    overlap = Overlap(columns=("id",), count=2_000, digest="0" * 32, lower="1")
    plan = replace(harbour.seal(job, NEW), overlap=overlap)
    failing("raise:receipts.claimed")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
    (harbour.root / ".hygge" / "targets" / "e" / f"{job.id}.overlap").unlink()
    with pytest.raises(CommitUnknown):  # else the next append would not know what it has to leave out
        harbour.store.commit(job, plan)
    assert harbour.store.state(target("e")).receipt is None


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
    failing("raise:commit.claiming")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
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
    staged = next(harbour.root.rglob(f"{job.id}.b.*.part"))
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
    failing("raise:receipts.claimed")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
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


# -- what hygge did not write ------------------------------------------------------------------


def test_another_store_within_the_folder_is_not_replaced_even_if_adopted(harbour: Any) -> None:
    inner = type(harbour)(harbour.folder())
    inner.land(inner.job("append", entity="x"), OLD)
    job = harbour.job("replace", adopt=True)
    plan = harbour.seal(job, NEW)
    with pytest.raises(Refused) as caught:
        harbour.store.commit(job, plan)
    assert caught.value.code == "HYG402"
    assert inner.rows("x") == OLD_ROWS


def test_a_foreign_file_that_comes_while_a_replacement_runs_is_put_out_but_kept(
    harbour: Any, failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    failing("raise:publish.ready")
    with pytest.raises(StopEntity):
        harbour.store.commit(job, plan)
    failing("")
    (harbour.folder() / "mine.parquet").write_bytes(b"precious")
    harbour.store.commit(job, plan)
    for _ in range(2):
        harbour.store.sweep(target("e"), ())
    assert harbour.rows() == NEW_ROWS
    (kept,) = harbour.root.rglob("mine.parquet")
    assert kept.parent.as_uri() in caplog.text
    assert kept.read_bytes() == b"precious"
    assert not list(kept.parent.glob("part-*"))


def test_an_append_leaves_foreign_files_alone(harbour: Any) -> None:
    base = harbour.land(harbour.job("append"), OLD)
    (harbour.folder() / "README").write_text("mine")
    harbour.land(harbour.job("append", base), NEW)
    assert (harbour.folder() / "README").read_text() == "mine"
    assert len(harbour.names()) == 6


def test_a_folder_with_the_name_of_a_data_file_is_foreign(harbour: Any) -> None:
    job = harbour.job("replace")
    name = data_name(job.id, "all", 0, ".parquet")
    (harbour.folder() / name).mkdir(parents=True)
    assert name in harbour.store.state(target("e")).foreign
    plan = harbour.seal(job, NEW)
    with pytest.raises(Refused) as caught:
        harbour.store.commit(job, plan)
    assert caught.value.code == "HYG402"


def test_a_folder_with_foreign_data_is_not_replaced_behind_a_receipt(harbour: Any) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    (harbour.folder() / "mine.parquet").write_bytes(b"precious")
    job = harbour.job("replace", base)
    with pytest.raises(Refused) as caught:
        harbour.land(job, NEW)
    assert caught.value.code == "HYG402"
    assert "mine.parquet" in str(caught.value)
    assert harbour.shelf().look().claim is None


def test_data_files_whose_receipts_are_gone_are_not_built_upon(harbour: Any) -> None:
    harbour.land(harbour.job("append"), OLD)
    harbour.files.delete(".hygge")
    assert harbour.store.state(target("e")).foreign == "data files without any receipt"
    for mode in ("append", "replace"):
        job = harbour.job(mode)
        with pytest.raises(Refused):
            harbour.land(job, NEW)
        harbour.store.abort(job)
    assert harbour.rows() == OLD_ROWS


def test_adopting_replaces_what_is_there_and_never_appends_to_it(harbour: Any) -> None:
    harbour.land(harbour.job("append"), OLD)
    harbour.files.delete(".hygge")
    with pytest.raises(Refused):
        harbour.land(harbour.job("append", adopt=True), NEW)
    harbour.land(harbour.job("replace", adopt=True), NEW)
    assert harbour.rows() == NEW_ROWS
    assert harbour.store.state(target("e")).damage is None


# -- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["removed", "cut", "doubled", "emptied"])
def test_data_that_is_not_what_the_receipt_says_is_told(harbour: Any, how: str) -> None:
    harbour.land(harbour.job("append", harbour.land(harbour.job("append"), OLD)), NEW)
    assert harbour.store.state(target("e")).damage is None
    file = harbour.folder() / harbour.names()[0]
    if how == "removed":
        file.unlink()
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    elif how == "doubled":
        (harbour.folder() / harbour.names()[0].replace("-0000.", "-0001.")).write_bytes(file.read_bytes())
    else:
        harbour.files.delete("e")
    damage = harbour.store.state(target("e")).damage
    assert "the last receipt counts 5 data files" in damage
    (finding,) = harbour.store.check(target("e"))
    assert (finding.ok, finding.message) == (False, damage)
    assert "--full-drop" in finding.fix


@pytest.mark.parametrize("first", [True, False])
def test_a_commit_of_another_host_while_the_target_is_looked_at_is_no_damage(
    harbour: Any, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    base = None if first else harbour.land(harbour.job("append"), OLD)
    job = harbour.job("append", base)
    plan = harbour.seal(job, NEW)
    real = LocalFileSystem.list

    def committing(self: LocalFileSystem, folder: str) -> Any:
        if folder == "e":
            monkeypatch.setattr(LocalFileSystem, "list", real)
            type(harbour.store)(harbour.config).commit(job, plan)
        return real(self, folder)

    monkeypatch.setattr(LocalFileSystem, "list", committing)
    state = harbour.store.state(target("e"))
    assert (state.damage, state.foreign) == (None, None)
    assert state.receipt.job_id == job.id


def test_rows_that_landed_are_counted_from_the_files_themselves(harbour: Any) -> None:
    job = harbour.job("append")
    receipt = harbour.land(job, NEW)
    assert harbour.store.rows(job, receipt) == 11
    (harbour.folder() / harbour.names()[0]).unlink()
    with pytest.raises(StopEntity):
        harbour.store.rows(job, receipt)


def test_a_footer_longer_than_one_look_is_read_whole(harbour: Any, tmp_path: Path) -> None:
    import pyarrow as pa

    from hygge.files.parquet import FOOTER, ParquetFormat

    wide = pa.table({f"a_column_with_a_long_name_{n:05}": [1, 2, 3] for n in range(1500)})
    pq.write_table(wide, tmp_path / "wide.parquet")
    form, files = ParquetFormat(), LocalFileSystem(tmp_path)
    size = (tmp_path / "wide.parquet").stat().st_size
    assert size > FOOTER
    assert form.rows(files, "wide.parquet", size) == 3
    for other in (size - 1, size + 1, 1):
        with pytest.raises(OSError, match="not as long as it was written"):
            form.rows(files, "wide.parquet", other)
