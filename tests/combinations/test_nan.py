"""NaN and infinity where a store keeps null for them: neither lost nor doubled by a backfill."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.mark.parametrize(
    ("store", "option"),
    [("sqlite", {"nan": "null"}), ("ndjson", {"non_finite": "null"}), ("parquet", {}), ("csv", {})],
)
def test_a_backfill_knows_the_rows_whose_nan_became_null(
    world: Any, store: str, option: dict[str, Any]
) -> None:
    (world.root / "origin").mkdir()
    odd = [math.nan, 1.0, None, -0.5]
    if store != "sqlite":
        odd[3] = math.inf
    rows = pa.table({"n": [1, 2, 3, 4], "x": odd, "small": pa.array(odd, pa.float32())})
    pq.write_table(rows, world.root / "origin" / "a.parquet")
    world.flow(
        "f",
        {"type": "parquet", "path": "origin"},
        {**world.store(store, "end"), **option},
        run_type="incremental",
        watermark={"column": "n"},
    )
    assert world.run("f").rows_written == 4
    for _ in range(2):
        assert world.run("f", from_="0").rows_written == 0
    late = pa.table({"n": [2], "x": [math.nan], "small": pa.array([None], pa.float32())})
    pq.write_table(late, world.root / "origin" / "b.parquet")
    assert world.run("f", from_="0").rows_written == 1
    assert world.run("f", from_="0").rows_written == 0
