"""Which columns of a Parquet file are compressed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge.errors import NeedsUser
from hygge.files.local import LocalFileSystem
from hygge.files.parquet import ParquetFormat

ROWS = 2_000
DIGESTS = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(ROWS)]
NAMES = [f"customer number {n % 50}" for n in range(ROWS)]


def written(root: Path, table: pa.Table, **form: Any) -> pq.ParquetFile:
    files = LocalFileSystem(root)
    stream = files.write("t")
    writer = ParquetFormat(**form).writer(stream, table.schema)
    for batch in table.to_batches():
        writer.write(batch)
    writer.close()
    stream.close()
    return pq.ParquetFile(root / "t")


def codecs(file: pq.ParquetFile) -> dict[str, str]:
    group = file.metadata.row_group(0)
    return {group.column(n).path_in_schema: group.column(n).compression for n in range(group.num_columns)}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()])
def test_digests_are_written_plain_beside_compressed_names(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table({"a.digest": pa.array(DIGESTS).cast(kind), "name": NAMES, "n": range(ROWS)})
    file = written(tmp_path, table)
    assert codecs(file) == {"a.digest": "UNCOMPRESSED", "name": "SNAPPY", "n": "SNAPPY"}
    assert file.read().equals(table)


def test_what_a_stronger_codec_makes_smaller_is_compressed(tmp_path: Path) -> None:
    table = pa.table({"digest": DIGESTS, "name": NAMES})
    file = written(tmp_path, table, compression="zstd", compression_level=9)
    assert codecs(file) == {"digest": "ZSTD", "name": "ZSTD"}


def test_a_level_is_only_given_to_what_is_compressed(tmp_path: Path) -> None:
    random = pa.array([hashlib.sha512(str(n).encode()).digest() for n in range(ROWS)])
    table = pa.table({"random": random, "name": NAMES})
    file = written(tmp_path, table, compression="gzip", compression_level=9)
    assert codecs(file) == {"random": "UNCOMPRESSED", "name": "GZIP"}
    assert file.read().equals(table)


def test_a_slice_is_judged_by_its_own_values(tmp_path: Path) -> None:
    both = pa.table({"text": ["x" * 64] * ROWS + DIGESTS})
    assert codecs(written(tmp_path / "same", both.slice(0, ROWS))) == {"text": "SNAPPY"}
    assert codecs(written(tmp_path / "random", both.slice(ROWS))) == {"text": "UNCOMPRESSED"}


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"t": pa.array([], pa.string()), "n": pa.array([], pa.int64())}),
        pa.table({"t": pa.array([None] * ROWS, pa.string()), "n": range(ROWS)}),
        pa.table({"t": DIGESTS, "n": [{"a": [1]}] * ROWS}),
        pa.table({"t": DIGESTS[:3]}),
    ],
    ids=["no rows", "only nulls", "nested", "few"],
)
def test_what_says_nothing_is_compressed_as_asked(tmp_path: Path, table: pa.Table) -> None:
    file = written(tmp_path, table, compression="snappy")
    assert file.read().equals(table)
    if table.num_rows:
        assert set(codecs(file).values()) == {"SNAPPY"}


def test_types_that_parquet_has_not_are_refused_with_their_columns(tmp_path: Path) -> None:
    stream = LocalFileSystem(tmp_path).write("t")
    schema = pa.schema([("n", pa.int64()), ("i", pa.month_day_nano_interval()), ("d", pa.decimal128(5, -2))])
    with pytest.raises(NeedsUser, match=r"'i' is of type month_day_nano_interval; 'd' is of type decimal"):
        ParquetFormat().writer(stream, schema)
    stream.close()
