"""What hygge did not write, and data that is not what its receipt says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from loads import NEW, NEW_ROWS, OLD, OLD_ROWS

from hygge.errors import Refused, StopEntity
from hygge.files.layout import data_name
from hygge.files.local import LocalFileSystem
from hygge.testing.values import target

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
    (told,) = harbour.store.check(target("e"))
    assert not told.ok
    assert "another target of hygge, in file://" in told.message
    assert "--adopt" not in told.fix


def test_a_foreign_file_that_comes_while_a_replacement_runs_is_put_out_but_kept(
    harbour: Any, failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    base = harbour.land(harbour.job("replace"), OLD)
    job = harbour.job("replace", base)
    plan = harbour.seal(job, NEW)
    harbour.break_off(job, plan, "publish.ready")
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


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_the_first_files_of_a_commit_that_broke_off_are_no_stranger_s(harbour: Any, mode: str) -> None:
    job = harbour.job(mode)
    harbour.break_off(job, harbour.seal(job, NEW), "commit.published")
    state = harbour.store.state(target("e"))
    assert (state.receipt, state.foreign, state.damage, state.pending) == (None, None, None, job.id)


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
    assert harbour.store.rows(job, receipt) < 11, "what is gone is not there to be counted"
    harbour.land(harbour.job("replace", receipt), OLD)
    with pytest.raises(StopEntity):  # its files went with all others, and nothing was lost
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
