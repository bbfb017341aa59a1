"""A committed row is left out once, whichever part of the source brings it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

import hygge

if TYPE_CHECKING:
    import pytest

FLOW = """
home: {type: parquet, path: origin}
store: {type: parquet, path: out}
entities: [t]
run_type: incremental
watermark: {column: at}
"""


def test_a_row_that_is_equal_to_a_committed_one_arrives_from_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hygge.files.pieces.SPLIT_BYTES", 1)  # so that each file is a split of its own
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    (tmp_path / "flows" / "f.yml").write_text(FLOW)
    origin = tmp_path / "origin" / "t"
    origin.mkdir(parents=True)
    rows = pa.table({"at": [1, 2], "what": ["a", "b"]})
    pq.write_table(rows, origin / "0.parquet")
    assert hygge.run(tmp_path).status == "success"
    pq.write_table(rows.slice(1), origin / "1.parquet")  # another b, on the watermark
    result = hygge.run(tmp_path)
    assert result.entities[0].rows_written == 1
    assert sorted(ds.dataset(tmp_path / "out" / "t").to_table()["what"].to_pylist()) == ["a", "b", "b"]
