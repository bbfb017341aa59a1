"""The cases between files and databases, and what polish and the comparison of schemas add."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import file_data
from commands import Case, hygge, peer
from data import DATA, one_table, project
from places import HYGGE

if TYPE_CHECKING:
    from measure import Command

__all__ = ["CASES"]

SNAKE = "polish: {columns: {case: snake}}\n"
SHAPED = "polish: {columns: {case: snake}, hash: [name], timestamps: [loaded_at]}\n"
SCRIPT = "file_peers.py"
SETTLED = ("out", ".hygge_journal")


def _flow(home: str, source: Path, store: str, more: str = "") -> str:
    return f"home: {{type: {home}, path: {source}}}\nstore: {store}\nentities: [t]\n{more}"


def _files() -> list[Command]:
    source = file_data.parquet(10_000_000)
    root = project("files", _flow("parquet", source, "{type: parquet, path: out}", SNAKE))
    return [hygge(root, "run"), peer("polars_parquet", source, root, script=SCRIPT)]


def _text(form: str, count: int) -> list[Command]:
    source = file_data.text(form, count)
    root = project(form, _flow(form, source, "{type: parquet, path: out}"))
    return [hygge(root, "run"), peer(f"polars_{form}", source, root, script=SCRIPT)]


def _into_sqlite(count: int, *peers: str) -> list[Command]:
    source = file_data.parquet(count)
    root = project(f"sqlite-{count}", _flow("parquet", source, "{type: sqlite, path: out/lake.db}"))
    return [hygge(root, "run"), *(peer(name, source, root, script=SCRIPT) for name in peers)]


def _upsert(count: int) -> list[Command]:
    """A new file of ``count`` rows for a table of ten million; the table is put back before each run.

    The peer takes the rows from a table with the columns of the target, in a database of its own.
    """
    base, changed = file_data.parquet(10_000_000), file_data.changes(count)
    rows = project(f"rows-{count}", _flow("parquet", changed, "{type: sqlite, path: out/lake.db}"))
    _loaded(rows)
    source = DATA / "upsert" / "source"
    shutil.rmtree(source.parent, ignore_errors=True)
    source.mkdir(parents=True)
    for file in base.iterdir():
        os.link(file, source / file.name)
    more = "run_type: incremental\nkeys: [id]\n"
    root = project("upsert", _flow("parquet", source, "{type: sqlite, path: out/lake.db}", more))
    _loaded(root)
    restore = _kept(root)
    os.link(changed, source / "99.parquet")
    table = rows / "out" / "lake.db"
    return [
        hygge(root, "run", before=restore),
        peer("sqlite_upsert", table, root, script=SCRIPT, before=restore),
    ]


def _shaped(home: str, source: Path) -> list[Command]:
    store = "{type: parquet, path: out}"
    shaped = project(f"shaped-{home}", _flow(home, source, store, SHAPED))
    plain = project(f"plain-{home}", _flow(home, source, store))
    return [hygge(shaped, "run"), hygge(plain, "run", name="hygge, no polish")]


def _again() -> list[Command]:
    """Each batch of a second load is compared with the committed schema; a first load has none.

    What stood before has the schema of the files and no rows, so that taking it away costs nothing.
    """
    source = file_data.parquet(10_000_000)
    store, drift = "{type: parquet, path: out}", "drift: evolve\n"
    flow = _flow("parquet", source, store, drift)
    again, first = project("again", flow + "where: id < 0\n"), project("first", flow)
    _loaded(again)
    project("again", flow)
    return [hygge(again, "run", before=_kept(again)), hygge(first, "run", name="hygge, first load")]


def _loaded(root: Path) -> None:
    for folder in SETTLED:
        shutil.rmtree(root / folder, ignore_errors=True)
    subprocess.run([HYGGE / "bin" / "hygge", "run"], cwd=root, check=True, capture_output=True)


def _kept(root: Path) -> Callable[[], None]:
    """Put what a project settled aside; the call that puts a copy of it back."""
    for folder in SETTLED:
        shutil.rmtree(root / f"{folder}.before", ignore_errors=True)
        (root / folder).rename(root / f"{folder}.before")

    def restore() -> None:
        for folder in SETTLED:
            shutil.rmtree(root / folder, ignore_errors=True)
            shutil.copytree(root / f"{folder}.before", root / folder)

    return restore


CASES = {
    "files": Case(
        title="Parquet to Parquet, 16 files, 10M rows x 7 columns, snake case",
        commands=_files,
        runs=5,
        target="1.3 x, 450 MiB",
    ),
    "to-sqlite": Case(
        title="Parquet to SQLite, 1M rows x 7 columns",
        commands=lambda: _into_sqlite(1_000_000, "duckdb", "adbc", "executemany"),
        runs=5,
        target="1.5 x",
    ),
    "to-sqlite-10M": Case(
        title="Parquet to SQLite, 10M rows x 7 columns",
        commands=lambda: _into_sqlite(10_000_000, "duckdb"),
        runs=1,
        target="memory as for 1M",
    ),
    "upsert": Case(
        title="100,000 rows upserted into 10M, SQLite",
        commands=lambda: _upsert(100_000),
        runs=3,
        target="3 x",
    ),
    "csv": Case(
        title="CSV to Parquet, 1 GB, 8 columns",
        commands=lambda: _text("csv", 5_800_000),
        runs=3,
        target="1.3 x, 400 MiB",
    ),
    "ndjson": Case(
        title="NDJSON to Parquet, 0.5 GB, 8 columns",
        commands=lambda: _text("ndjson", 1_900_000),
        runs=3,
        target="1.5 x",
    ),
    "polish": Case(
        title="the files with snake case, a hash (`hygge-core[hash]`) and a timestamp",
        commands=lambda: _shaped("parquet", file_data.parquet(10_000_000)),
        runs=5,
        target="1.3 x",
    ),
    "polish-sqlite": Case(
        title="10M rows x 8 columns from SQLite with snake case, a hash and a timestamp",
        commands=lambda: _shaped("sqlite", one_table(10_000_000)),
        runs=3,
        target="1.3 x",
    ),
    "again": Case(
        title="the files a second time, schemas compared", commands=_again, runs=5, target="1.03 x"
    ),
}
