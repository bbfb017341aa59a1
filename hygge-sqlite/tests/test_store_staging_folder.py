"""The folder in which rows are staged: whose files are whose, and when they are durable."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import HyggeError
from hygge.testing.values import job_id, target
from hygge_sqlite.place import Place
from hygge_sqlite.staging import ATTACHED
from hygge_sqlite.store import SqliteStore

ROWS = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})


def test_only_long_forgotten_staging_of_the_same_table_is_swept(database: Any) -> None:
    old = datetime.now(UTC) - timedelta(days=30)
    store = database.store()
    ids = [job_id(old), job_id(old), job_id()]
    jobs = [
        database.job(ROWS, entity=entity, id=one) for one, entity in zip(ids, ("t", "T.x", "t"), strict=True)
    ]
    for job in jobs:
        store.stage(job, "a/b.c", ROWS.to_batches())
        store.stage_overlap(job, b"x" * 16)
    assert len(database.staged()) == 6
    store.sweep(target("T"), ())
    left = database.staged()
    assert len(left) == 4
    assert not any(ids[0] in name for name in left)


def test_staged_files_and_their_names_are_on_the_disk_before_the_store_says_so(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, job = database.store(), database.job(ROWS, "append")
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    parts = [store.stage(job, str(n), ROWS.to_batches()) for n in range(ATTACHED + 1)]
    store.stage_overlap(job, b"x" * 16)
    store.seal(job, parts)
    folder = database.path.parent / ".hygge" / database.path.name
    assert {str(database.path.parent), str(folder.parent), str(folder)} <= set(synced)
    assert {str(path) for path in folder.iterdir()} <= set(synced)
    assert synced[-1] == str(folder)


def test_names_of_staged_files_stay_within_what_a_file_system_takes(tmp_path: Path) -> None:
    place = Place(database=str(tmp_path / "x.db"))
    paths = {place.staged("t" * 400, "j" * 400, split) for split in ("s" * 400, "s" * 401, "ü" * 300)}
    assert len(paths) == 3
    assert all(len(path.name.encode()) <= 255 for path in paths)


def test_staged_rows_that_cannot_be_listed_are_told_with_their_path(tmp_path: Path) -> None:
    path = tmp_path / "lake.db"
    store = SqliteStore({"path": str(path)})
    staging = Place(database=str(path)).staging
    staging.parent.mkdir()
    staging.symlink_to(staging)
    with pytest.raises(HyggeError) as caught:
        store.sweep(target("t"), ())
    assert caught.value.code == "HYG400"
    assert caught.value.details["path"] == str(staging)
