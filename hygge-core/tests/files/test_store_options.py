"""What a flow says of a store's files is how they are written, and how they are read back."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge.errors import Refused
from hygge.files.local_stores import CsvStore, NdjsonStore, ParquetStore
from hygge.model import Window
from hygge.testing.values import batches, make_job, target

if TYPE_CHECKING:
    from pathlib import Path


def landed(kind: Any, root: Path, rows: Any = None, **config: Any) -> tuple[Any, Any, Path]:
    """The store, the receipt and the only file of one commit."""
    config = {"path": str(root), **config}
    store = kind(config)
    given = list(batches(range(10)) if rows is None else rows)
    job = make_job(
        "e",
        store_type="x",
        store=config,
        target_identity=store.identity(target("e")),
        mode="append",
        **({} if rows is None else {"schema": given[0].schema}),
    )
    receipt = store.commit(job, store.seal(job, [store.stage(job, "a", given)]))
    (file,) = (root / "e").iterdir()
    return store, receipt, file


def test_parquet_has_the_row_groups_and_the_compression_that_were_asked_for(tmp_path: Path) -> None:
    _, _, file = landed(ParquetStore, tmp_path, row_group_rows=4, compression="gzip")
    found = pq.read_metadata(file)
    assert [found.row_group(n).num_rows for n in range(found.num_row_groups)] == [4, 4, 2]
    assert found.row_group(0).column(0).compression == "GZIP"


def test_the_level_of_a_compression_is_that_of_the_flow(tmp_path: Path) -> None:
    sizes = []
    for level in (1, 19):
        rows = batches(range(3_000), note="some words that repeat themselves now and then ")
        root = tmp_path / str(level)
        _, _, file = landed(ParquetStore, root, rows, compression="zstd", compression_level=level)
        sizes.append(file.stat().st_size)
    assert sizes[1] < sizes[0]


def test_csv_has_the_marks_that_were_asked_for_and_is_read_back_with_them(tmp_path: Path) -> None:
    store, receipt, file = landed(CsvStore, tmp_path, delimiter=";", line_end="lf", compression="gzip")
    assert file.name.endswith(".csv.gz")
    text = gzip.decompress(file.read_bytes())
    assert b"\r" not in text
    assert text.count(b"\n") == 11
    assert b"," not in text.splitlines()[0]
    assert b";" in text.splitlines()[0]
    back = store.read_back(receipt, ["id"], Window(column="id", lower="7"))
    assert [n for batch in back for n in batch["id"].to_pylist()] == [7, 8, 9]


@pytest.mark.parametrize("kind", [ParquetStore, CsvStore, NdjsonStore])
def test_only_rows_of_the_window_are_read_back(tmp_path: Path, kind: Any) -> None:
    store, receipt, _ = landed(kind, tmp_path)
    back = list(store.read_back(receipt, ["note"], Window(column="id", lower="3", upper="5")))
    assert {tuple(batch.schema.names) for batch in back if batch.num_rows} == {("note",)}
    assert sum(batch.num_rows for batch in back) == 3


def test_json_has_the_compression_and_the_word_for_nan_that_were_asked_for(tmp_path: Path) -> None:
    rows = [pa.RecordBatch.from_pydict({"x": [1.5, float("nan")]})]
    store, _, file = landed(NdjsonStore, tmp_path, rows, compression="gzip", non_finite="null")
    assert file.name.endswith(".ndjson.gz")
    assert gzip.decompress(file.read_bytes()) == b'{"x":1.5}\n{"x":null}\n'.replace(b"1.5", b"1.5")
    assert store.as_read_back(rows[0])["x"].to_pylist() == [1.5, None]


def test_where_a_receipt_does_not_say_how_files_are_written_their_names_do(
    tmp_path: Path,
) -> None:
    _, receipt, _ = landed(CsvStore, tmp_path, compression="gzip")
    (kept,) = (tmp_path / ".hygge" / "targets" / "e").glob(f"*{receipt.job_id}*")
    told = json.loads(kept.read_text())
    del told["token"]["dialect"]
    kept.write_text(json.dumps(told))
    job = make_job("e", store_type="x", store={}, target_identity="x", mode="append", base=receipt)
    for same in (CsvStore({"path": str(tmp_path)}), CsvStore({"path": str(tmp_path), "delimiter": ";"})):
        same.foresee(job)
    for kind in (ParquetStore, NdjsonStore):
        other = kind({"path": str(tmp_path)})
        with pytest.raises(Refused, match="written as csv, the flow now wants") as refused:
            other.foresee(job)
        assert refused.value.code == "HYG406"
        other.foresee(replace(job, mode="replace"))
