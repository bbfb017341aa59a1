"""The compiled writer's files are whole in SQLite's own judgement, whatever the sizes."""

from __future__ import annotations

import contextlib
import gc
import mmap
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import NeedsUser
from hygge_sqlite import compiled as compiled_module
from hygge_sqlite import writer as writer_module
from hygge_sqlite.schema import TableShape
from hygge_sqlite.storage import declaration
from hygge_sqlite.writer import new_file
from hygge_sqlite.writer_native import NativeWriter

LOCK_BYTES = 2**30  # where SQLite keeps its locks: the page there holds nothing


def written(path: Path, *batches: list[pa.Array]) -> sqlite3.Connection:
    """A file of these columns, opened by SQLite."""
    types = [values.type for values in batches[0]]
    fields = pa.schema([(f"v{n}", kind) for n, kind in enumerate(types)])
    new_file(str(path), TableShape(fields=fields, declarations=tuple(declaration(t) or "" for t in types)))
    with contextlib.closing(NativeWriter(str(path), types)) as writer:
        for batch in batches:
            writer.write(batch)
        writer.finish()
    return sqlite3.connect(path)


def asked(connection: sqlite3.Connection, sql: str) -> list[Any]:
    return connection.execute(sql).fetchall()


def test_the_compiled_writer_is_there() -> None:
    assert compiled_module.compiled() is not None


@pytest.mark.parametrize("rows", [0, 1, 2, 34, 35, 36, 37, 40, 71, 72, 2000, 3000, 100_000])
def test_any_number_of_levels_makes_a_whole_tree(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PAGE", 512)
    with contextlib.closing(written(tmp_path / "f", [pa.array(range(rows), pa.int64())])) as connection:
        assert asked(connection, "PRAGMA integrity_check") == [("ok",)]
        assert asked(connection, "SELECT c0 FROM rows") == [(n,) for n in range(rows)]
        assert asked(connection, f"SELECT c0 FROM rows WHERE rowid = {rows}") == [(rows - 1,)] * (rows > 0)


@pytest.mark.parametrize("page", [512, 1024, 4096, 65_536])
def test_any_size_of_page_and_row_makes_a_whole_tree(
    tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PAGE", page)
    sizes = [
        *range(page - 60, page + 20),
        *range(2 * page - 60, 2 * page + 20),
        0,
        1,
        126,
        127,
        128,
        9 * page,
    ]
    values = pa.array([bytes([n % 251]) * size for n, size in enumerate(sizes)])
    with contextlib.closing(written(tmp_path / "f", [values, values])) as connection:
        assert asked(connection, "PRAGMA integrity_check") == [("ok",)]
        assert asked(connection, "SELECT c0, c1 FROM rows") == [(v, v) for v in values.to_pylist()]


def test_a_file_beyond_the_bytes_of_the_locks_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "f"
    part = [pa.array([bytes([n]) * 12_000_000 for n in range(10)])]
    try:
        with contextlib.closing(written(path, *[part] * 9)) as connection:
            assert path.stat().st_size > LOCK_BYTES
            assert asked(connection, "PRAGMA integrity_check") == [("ok",)]
            assert asked(connection, "SELECT sum(length(c0)) FROM rows") == [(90 * 12_000_000,)]
    finally:
        path.unlink()


def test_a_row_larger_than_sqlite_takes_is_refused_before_it_is_copied(database: Any, tmp_path: Path) -> None:
    with (tmp_path / "holes").open("w+b") as file:
        file.truncate(1_000_000_001)
        with contextlib.closing(mmap.mmap(file.fileno(), 0)) as memory:
            offsets = pa.py_buffer(struct.pack("<2q", 0, len(memory)))
            values = pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(memory)])
            with pytest.raises(NeedsUser, match="1 GB"):
                database.land(pa.table({"v": values}))
            del values
            gc.collect()
