"""Make the files that are measured, from the tables of `data`; each is made once and kept in bench/data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from data import DATA, one_table
from places import HERE, PEERS

__all__ = ["changes", "parquet", "text"]

ROWS_PER_FILE = 625_000


def parquet(count: int) -> Path:
    """A folder of Parquet files: 7 columns, `ROWS_PER_FILE` rows each, snappy."""
    folder = DATA / f"parquet-{count}"
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for number, first in enumerate(range(0, count, ROWS_PER_FILE)):
            rows = min(ROWS_PER_FILE, count - first)
            _convert("parquet", one_table(count), first, rows, partial / f"{number:02d}.parquet")
        partial.rename(folder)
    return folder


def text(form: str, count: int) -> Path:
    """One CSV or NDJSON file with all 8 columns of the first ``count`` rows of the table of 10M."""
    file = DATA / f"{count}.{form}"
    if not file.exists():
        partial = file.with_suffix(".part")
        _convert(form, one_table(10_000_000), 0, count, partial)
        partial.rename(file)
    return file


def changes(count: int) -> Path:
    """A Parquet file for the 10M rows of `parquet`: half of its rows are there already, half are new."""
    file = DATA / f"changes-{count}.parquet"
    if not file.exists():
        first = 10_000_000 - count // 2
        partial = file.with_suffix(".part")
        _convert("parquet", one_table(count, first), first, count, partial)
        partial.rename(file)
    return file


def _convert(form: str, database: Path, first: int, count: int, file: Path) -> None:
    arguments = [form, str(database), str(first), str(count), str(file)]
    subprocess.run([PEERS / "bin" / "python", HERE / "convert.py", *arguments], check=True)
