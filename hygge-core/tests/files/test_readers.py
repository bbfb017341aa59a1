"""polars, DuckDB and pyarrow read the entity's folder as it is, at every moment of a run."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from hygge.testing import trials
from hygge.testing.trials import Splits

VERSIONS = 12
Notes = Counter[str]


def with_polars(folder: Path) -> Notes:
    polars = pytest.importorskip("polars")
    found = polars.scan_parquet(folder).select("note").collect()
    return Counter(found["note"].to_list())


def with_duckdb(folder: Path) -> Notes:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT note FROM read_parquet('{folder}/**/*.parquet')").fetchall()
    return Counter(note for (note,) in rows)


def with_pyarrow(folder: Path) -> Notes:
    found = ds.dataset(folder)
    if not found.files:  # it was listing a folder that was put out and emptied just then
        raise FileNotFoundError("No files found")
    return Counter(found.to_table(columns=["note"])["note"].to_pylist())


def splits(version: int) -> Splits:
    return {"a": (1, 6, f"v{version}-"), "b": (8, 13, f"v{version}-")}


def notes(version: int) -> Notes:
    return Counter(f"v{version}-{i}" for i in (*range(1, 6), *range(8, 13)))


@pytest.fixture(params=[with_polars, with_duckdb, with_pyarrow], ids=["polars", "duckdb", "pyarrow"])
def read(request: pytest.FixtureRequest) -> Callable[[Path], Notes]:
    """A reader; importing it here keeps its absence from failing in a thread."""
    if request.param is not with_pyarrow:
        pytest.importorskip(request.param.__name__.removeprefix("with_"))
    reader: Callable[[Path], Notes] = request.param
    return reader


def watched(harbour: Any, warm: Any, mode: str, read: Callable[[Path], Notes], tmp_path: Path) -> list[Notes]:
    """What a reader saw while versions were committed, one by one, by other processes.

    A reader that opens a file of a folder that was replaced meanwhile is told so by the system: it
    gets an error, never a mixture, and reads again.
    """
    base = harbour.land(harbour.job(mode), splits(0))
    seen: list[Notes] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            try:
                seen.append(read(harbour.folder()))
            except Exception as error:  # each reader has its own class for a file that is gone
                if "No such file" not in str(error) and "No files found" not in str(error):
                    raise

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            for version in range(1, VERSIONS):
                job = harbour.job(mode, base)
                notebook = str(tmp_path / f"plan{version}")
                base = warm.run(trials.move, job, splits(version), notebook, failpoint="delay=0.003").result()
        finally:
            ended.set()
        looking.result()
    seen.append(read(harbour.folder()))
    return seen


def test_a_reader_sees_one_whole_version_at_every_moment_of_replacing(
    harbour: Any, warm: Any, read: Callable[[Path], Notes], tmp_path: Path
) -> None:
    seen = watched(harbour, warm, "replace", read, tmp_path)
    versions = [notes(version) for version in range(VERSIONS)]
    assert all(one in versions for one in seen)
    order = [versions.index(one) for one in seen]
    assert order == sorted(order)
    assert order[-1] == VERSIONS - 1
    assert len(seen) > VERSIONS


def test_a_reader_sees_whole_files_in_their_order_at_every_moment_of_appending(
    harbour: Any, warm: Any, read: Callable[[Path], Notes], tmp_path: Path
) -> None:
    seen = watched(harbour, warm, "append", read, tmp_path)
    states, so_far = [], Counter(notes(0))
    for version in range(1, VERSIONS):
        first = Counter(f"v{version}-{i}" for i in range(1, 6))
        states += [so_far, so_far + first]
        so_far = so_far + notes(version)
    states.append(so_far)
    order = [states.index(one) for one in seen]
    assert order == sorted(order)
    assert order[-1] == len(states) - 1


def test_a_table_without_rows_is_read_with_its_columns_by_all(
    harbour: Any, read: Callable[[Path], Notes]
) -> None:
    harbour.land(harbour.job("replace"), {"a": (0, 0, "none")})
    assert read(harbour.folder()) == Counter()
