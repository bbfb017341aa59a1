"""Compare SQLite and Parquet row by row, as multisets; exit code 1 if a row is lost, doubled or changed."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

HERE = Path(__file__).parent


def settled(table: str) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for batch in ds.dataset(HERE / "data" / "lake" / table).to_batches():
        columns = [
            [None if v is None else f"{v:%Y-%m-%dT%H:%M:%SZ}" for v in column.to_pylist()]
            if name == "time_hour" else column.to_pylist()
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]  # fmt: skip
        found.update(zip(*columns, strict=True))
    return found


def main() -> int:
    database = sqlite3.connect(f"file:{HERE / 'data' / 'nyc.db'}?mode=ro", uri=True)
    different = 0
    for table in ("airlines", "airports", "planes", "weather", "flights"):
        lives = Counter(database.execute(f"SELECT * FROM {table}"))
        same = lives == settled(table)
        different += not same
        print(f"  {table:9} {lives.total():9,} rows  {'the same' if same else 'DIFFERENT'}")
    database.close()
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
