"""What is measured: each case is a set of commands that run in turn, hygge first, then its peers."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import adls_cases
import data
import file_cases
from commands import Case, hygge, peer
from places import HERE, HYGGE

if TYPE_CHECKING:
    from measure import Command

__all__ = ["CASES", "table_copy"]


def _copy(count: int, *peers: str) -> list[Command]:
    database = data.one_table(count)
    flow = f"home: {{type: sqlite, path: {database}}}\nstore: {{type: parquet, path: out}}\nentities: [t]\n"
    root = data.project(f"copy-{count}", flow)
    return [hygge(root, "run"), *(peer(name, database, root) for name in peers)]


def table_copy(count: int, *peers: str, runs: int) -> Case:
    """SQLite to Parquet, one whole table of ``count`` rows."""
    size = f"{count // 1_000_000}M" if count % 1_000_000 == 0 else f"{count:,}"
    title = f"{size} rows x 8 columns"
    return Case(title=title, commands=lambda: _copy(count, *peers), runs=runs, target="1.3 x, 400 MiB")


def _many(count: int, open_files: int | None = None) -> list[Command]:
    names = ", ".join(f"t{n}" for n in range(count))
    home = f"home: {{type: sqlite, path: {data.tables(count)}}}"
    flow = f"{home}\nstore: {{type: parquet, path: out}}\nentities: [{names}]\n"
    return [hygge(data.project(f"many-{count}", flow), "run", open_files=open_files)]


def _incremental(new: int) -> list[Command]:
    """A run that finds ``new`` rows in an indexed table of ten million that was moved before."""
    database = data.DATA / "growing.db"
    shutil.copyfile(data.one_table(10_000_000), database)
    flow = (
        f"home: {{type: sqlite, path: {database}}}\nstore: {{type: parquet, path: out}}\nentities: [t]\n"
        "run_type: incremental\nwatermark: {column: updated_at}\nkeys: [id]\n"
    )
    root = data.project("growing", flow)
    shutil.rmtree(root / "out", ignore_errors=True)
    shutil.rmtree(root / ".hygge_journal", ignore_errors=True)
    subprocess.run([HYGGE / "bin" / "hygge", "run"], cwd=root, check=True, capture_output=True)
    return [hygge(root, "run", before=lambda: data.append(database, new) if new else None)]


PEERS_OF_1M = ("duckdb", "connectorx", "adbc", "polars", "dlt")
CASES = {
    "help": Case(
        title="`hygge --help`",
        commands=lambda: [hygge(HERE, "--help", before=lambda: None)],
        runs=15,
        target="0.15 s",
    ),
    "small": Case(title="1 table of 100 rows", commands=lambda: _copy(100), runs=15, target="0.45 s"),
    "1M": table_copy(1_000_000, *PEERS_OF_1M, runs=5),
    "10M": table_copy(10_000_000, "duckdb", runs=3),
    "30M": table_copy(30_000_000, "duckdb", runs=1),
    "200": Case(title="200 tables x 1,000 rows", commands=lambda: _many(200), runs=5, target="2.5 s"),
    "200-files": Case(
        title="the same with `ulimit -n 256`", commands=lambda: _many(200, 256), runs=5, target="2.5 s"
    ),
    "400": Case(title="400 tables x 1,000 rows, `ulimit -n 256`", commands=lambda: _many(400, 256), runs=3),
    "nothing": Case(
        title="incremental, nothing new in 10M rows",
        commands=lambda: _incremental(0),
        runs=9,
        target="0.60 s",
    ),
    "some": Case(
        title="incremental, 10,000 new in 10M rows",
        commands=lambda: _incremental(10_000),
        runs=9,
        target="0.60 s",
    ),
    **file_cases.CASES,
    **adls_cases.CASES,
}
