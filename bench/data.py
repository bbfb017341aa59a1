"""Make the databases that are measured; each is made once and kept in bench/data."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["DATA", "append", "one_table", "project", "tables"]

DATA = Path(__file__).parent / "data"
COLUMNS = (
    "id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, name TEXT NOT NULL, note TEXT, amount REAL, "
    "created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, active BOOLEAN NOT NULL"
)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"


def rows(first: int, count: int) -> Iterator[tuple[Any, ...]]:
    """Ids, texts of 20 to 60 characters, a real, two ISO timestamps, a flag."""
    chance = random.Random(first)
    texts = ["".join(chance.choices(LETTERS, k=20 + n % 41)) for n in range(10_007)]
    begin = datetime(2020, 1, 1)
    for n in range(first, first + count):
        text = texts[n * 7919 % 10_007]
        yield (
            n, n * 7919 % 100_003, f"{n % 1_000_000:06d}{text}"[:60], f"{text}{n}"[:60], n * 0.37,
            (begin + timedelta(seconds=n)).isoformat(" "),
            (begin + timedelta(seconds=n, microseconds=n % 1_000_000)).isoformat(" ", "microseconds"),
            n & 1,
        )  # fmt: skip


def one_table(count: int, first: int = 0) -> Path:
    """A database with the table ``t``: ``count`` rows from the id ``first`` on, indexed on ``updated_at``."""
    path = DATA / (f"{count}-from-{first}.db" if first else f"{count}.db")
    if not path.exists():
        with _fresh(path) as database:
            database.execute(f"CREATE TABLE t ({COLUMNS})")
            database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(first, count))
            database.execute("CREATE INDEX t_updated ON t (updated_at)")
    return path


def append(path: Path, count: int) -> None:
    """Add newer rows to the table ``t``."""
    with sqlite3.connect(path) as database:
        (last,) = database.execute("SELECT max(id) FROM t").fetchone()
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(last + 1, count))
    database.close()


def tables(count: int) -> Path:
    """A database with ``count`` tables of 1,000 rows."""
    path = DATA / f"{count}-tables.db"
    if not path.exists():
        with _fresh(path) as database:
            for number in range(count):
                database.execute(f"CREATE TABLE t{number} ({COLUMNS})")
                database.executemany(
                    f"INSERT INTO t{number} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(number * 1000, 1000)
                )
    return path


def project(name: str, flow: str) -> Path:
    """A project folder with one flow."""
    root = DATA / name
    (root / "flows").mkdir(parents=True, exist_ok=True)
    (root / "hygge.yml").write_text(f"version: 1\nname: {name}\n")
    (root / "flows" / "f.yml").write_text(flow)
    return root


@contextmanager
def _fresh(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that takes its name when it is whole: one that was interrupted is not measured."""
    DATA.mkdir(exist_ok=True)
    partial = path.with_suffix(".part")
    partial.unlink(missing_ok=True)
    database = sqlite3.connect(partial)
    try:
        database.execute("PRAGMA synchronous=OFF")
        yield database
        database.commit()
    finally:
        database.close()
    partial.rename(path)
