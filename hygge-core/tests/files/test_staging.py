"""Staging: files that no reader of data looks at, cut and named as they will be published."""

from __future__ import annotations

import errno
import resource
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge import failpoints
from hygge.errors import HyggeError, NeedsUser, StopEntity
from hygge.testing.values import SCHEMA, batches, counted, make_job


def sizes(harbour: Any) -> list[int]:
    return sorted(pq.read_metadata(path).num_rows for path in harbour.folder().iterdir())


@pytest.mark.parametrize(
    ("rows", "limit", "expected"),
    [
        (0, None, [0]),
        (9, None, [9]),
        (0, 3, [0]),
        (1, 3, [1]),
        (3, 3, [3]),
        (9, 3, [3, 3, 3]),
        (10, 3, [1, 3, 3, 3]),
        (5, 1, [1, 1, 1, 1, 1]),
        (8, 4, [4, 4]),
        (7, 100, [7]),
    ],
)
@pytest.mark.parametrize("batch", [1, 2, 4, 100])
def test_files_hold_at_most_max_rows_per_file_and_none_is_empty_but_the_only_one(
    make_harbour: Any, rows: int, limit: int | None, expected: list[int], batch: int
) -> None:
    harbour = make_harbour(**({"max_rows_per_file": limit} if limit else {}))
    job = harbour.job("replace")
    staged = harbour.store.stage(job, "a", batches(range(rows), rows=batch))
    harbour.store.commit(job, harbour.store.seal(job, [staged]))
    assert sizes(harbour) == expected
    assert (staged.rows, harbour.rows()) == (rows, counted(batches(range(rows))))


def test_batches_without_rows_in_between_make_no_files(make_harbour: Any) -> None:
    harbour = make_harbour(max_rows_per_file=2)
    empty = pa.RecordBatch.from_pylist([], schema=SCHEMA)
    given = [empty, *batches(range(2)), empty, empty, *batches(range(2, 4)), empty]
    job = harbour.job("replace")
    harbour.store.commit(job, harbour.store.seal(job, [harbour.store.stage(job, "a", given)]))
    assert sizes(harbour) == [2, 2]


def test_the_bytes_of_a_split_are_those_of_its_files(harbour: Any) -> None:
    receipt = harbour.land(harbour.job("replace"), {"a": (0, 50, "n"), "b": (50, 60, "n")})
    assert receipt.bytes == sum(path.stat().st_size for path in harbour.folder().iterdir())


def test_staged_files_do_not_look_like_data(harbour: Any) -> None:
    job = harbour.job()
    harbour.seal(job, {"a": (0, 5, "n")})
    staged = [path for path in harbour.root.rglob("*") if path.is_file()]
    assert staged
    assert all(".hygge" in path.parts and path.suffix == ".part" for path in staged)


def test_staging_again_with_fewer_rows_leaves_none_of_the_files_before(make_harbour: Any) -> None:
    harbour = make_harbour(max_rows_per_file=2)
    job = harbour.job()
    harbour.store.stage(job, "a", batches(range(10)))
    harbour.land(job, {"a": (0, 3, "n")})
    assert sizes(harbour) == [1, 2]
    assert harbour.control() == []


def test_what_was_written_of_rows_that_broke_off_is_removed_and_no_more(make_harbour: Any) -> None:
    """An attempt at a large table that breaks off must not fill the disk beside the next one."""
    harbour = make_harbour(max_rows_per_file=2)
    job = harbour.job()
    harbour.store.stage(job, "other", batches(range(3)))
    kept = harbour.control()

    def breaking() -> Iterator[pa.RecordBatch]:
        yield from batches(range(5), rows=1)
        raise ConnectionResetError("the source has gone")

    with pytest.raises(ConnectionResetError):
        harbour.store.stage(job, "a", breaking())
    assert harbour.control() == kept


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond 20 KB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_with_its_path_and_leaves_the_old_data(harbour: Any, little_room: None) -> None:
    base = harbour.land(harbour.job("replace"), {"a": (0, 5, "old")})
    job = harbour.job("replace", base)
    with pytest.raises(StopEntity) as caught:
        harbour.store.stage(job, "a", batches(range(20_000), rows=1000, note="x" * 50))
    assert caught.value.code == "HYG410"
    assert caught.value.details["path"]
    assert "Free space" in caught.value.remedy
    harbour.store.abort(job)
    assert harbour.control() == []
    assert harbour.rows() == counted(batches(range(5), note="old"))


def test_a_disk_fault_is_told_and_never_tried_again(harbour: Any) -> None:
    job = harbour.job()
    failpoints.arm("raise:stage.written@1")
    try:
        with pytest.raises(HyggeError) as caught:
            harbour.seal(job, {"a": (0, 5, "n")})
    finally:
        failpoints.arm("")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EIO
    assert caught.value.code == "HYG400"


def test_a_folder_that_cannot_be_written_is_told_as_such(tmp_path: Path) -> None:
    from hygge.files.local_stores import ParquetStore

    (tmp_path / "taken").write_text("a file where the folder should be")
    config = {"path": str(tmp_path / "taken" / "out")}
    job = make_job("e", store_type="parquet", store=config, target_identity="x")
    with pytest.raises(HyggeError) as caught:
        ParquetStore(config).stage(job, "a", batches(range(3)))
    assert caught.value.code == "HYG400"
    assert caught.value.remedy


def test_rows_of_another_schema_are_refused(harbour: Any) -> None:
    def other() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"id": "text"}])

    with pytest.raises((ValueError, NeedsUser)):
        harbour.store.stage(harbour.job(), "a", other())


def test_receipts_that_cannot_be_read_while_sealing_are_told_with_their_path(harbour: Any) -> None:
    job = replace(harbour.job("append"), base="20200101T000000-0000000001", base_number=1)
    staged = [harbour.store.stage(job, "a", batches(range(3)))]
    receipts = harbour.root / ".hygge" / "targets" / "e"
    shutil.rmtree(receipts)
    receipts.symlink_to(receipts)
    with pytest.raises(HyggeError) as caught:
        harbour.store.seal(job, staged)
    assert caught.value.code == "HYG400"
    assert caught.value.details["path"] == str(receipts)


def test_a_split_may_be_called_as_it_likes(harbour: Any) -> None:
    """What is staged stays flat, or who finishes a commit would not find it in one listing."""
    job = harbour.job()
    plan = harbour.seal(job, {"a/b": (0, 3, "n"), "..": (3, 5, "n")})
    assert all(path.count("/") == 1 + "targets/e".count("/") for path in harbour.control())
    harbour.store.commit(job, plan)
    assert harbour.rows() == counted(batches(range(5), note="n"))
    assert harbour.control() == []
