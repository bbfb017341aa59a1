"""Parquet itself: damaged files, reading in parts and by ranges, timestamps of old writers."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge.errors import DataError, HyggeError
from hygge.files.local import LocalFileSystem
from hygge.model import Window

if TYPE_CHECKING:
    from parquet_source import Source


def test_what_is_no_parquet_is_named(source: Source) -> None:
    source.root.mkdir()
    (source.root / "half.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(DataError, match=r"half\.parquet"):
        source.plan()


def test_a_flipped_bit_is_named_and_no_value(source: Source) -> None:
    source.root.mkdir()
    place = source.root / "a.parquet"
    pq.write_table(pa.table({"n": list(range(1000))}), place, write_page_checksum=True, use_dictionary=False)
    data = bytearray(place.read_bytes())
    data[len(data) // 4] ^= 1
    place.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.parquet is no Parquet file that can be read.*checksum"):
        source.read()


def test_a_damaged_footer_is_named(source: Source) -> None:
    source.put("a.parquet", n=[1])
    data = (source.root / "a.parquet").read_bytes()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    (source.root / "a.parquet").write_bytes(data[:start] + b"\xff" * 8 + data[start + 8 :])
    with pytest.raises(DataError, match=r"a\.parquet is no Parquet file") as caught:
        source.plan()
    assert caught.value.code == "HYG300"


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [
        (errno.EACCES, "NeedsUser", "right to read"),
        (errno.EPERM, "NeedsUser", "right to read"),
        (errno.EMFILE, "StopEntity", "ulimit"),
        (errno.ENFILE, "StopEntity", "ulimit"),
        (errno.EIO, "StopEntity", "disk"),
        (errno.ENOENT, "DataError", "went away .*its writer"),
        (errno.ESTALE, "DataError", "changed .*its writer"),
    ],
)
def test_what_the_disk_says_of_a_source_is_told_with_what_to_do(
    source: Source, monkeypatch: pytest.MonkeyPatch, number: int, kind: str, said: str
) -> None:
    source.put("a.parquet", n=[1])

    def fail(self: LocalFileSystem, path: str) -> Any:
        raise OSError(number, os.strerror(number), str(self.path(path)))

    monkeypatch.setattr(LocalFileSystem, "input", fail)
    with pytest.raises(HyggeError, match=f"(?s){said}") as caught:
        source.plan()
    assert type(caught.value).__name__ == kind
    assert caught.value.code == ("HYG307" if kind == "DataError" else "HYG300")
    assert "a.parquet" in caught.value.message


def test_large_folders_are_read_in_several_splits(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from hygge.files import pieces

    monkeypatch.setattr(pieces, "SPLIT_BYTES", 1)
    for n in range(5):
        source.put(f"{n}.parquet", n=[n])
    assert len(source.plan().splits) == 5
    assert len(source.plan(limit=3).splits) == 1
    assert sorted(source.read()["n"].to_pylist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("low", [None, 5, 17, 40, 99])
def test_a_large_file_is_read_in_parts_each_row_once(
    source: Source, monkeypatch: pytest.MonkeyPatch, low: int | None
) -> None:
    from hygge.files import pieces

    source.put("k=1/a.parquet", n=list(range(50)))
    source.put("k=2/b.parquet", n=[7])
    size = (source.root / "k=1/a.parquet").stat().st_size
    monkeypatch.setattr(pieces, "SPLIT_BYTES", size // 4)
    window = Window(column="n", lower=None if low is None else str(low))
    expected = [n for n in [*range(50), 7] if low is None or n >= low]
    assert sorted(source.read(window=window)["n"].to_pylist()) == sorted(expected)
    if low is None:
        assert len(source.plan().splits) == 5
    assert len(source.plan(limit=3).splits) == 1
    assert len(source.plan(window=Window(column="k", lower="1")).splits) == 5


def test_a_range_reader_gives_what_the_local_one_gives(source: Source) -> None:
    source.put("a.parquet", n=list(range(100)), t=["x" * n for n in range(100)])
    files = LocalFileSystem(source.root)
    far = super(LocalFileSystem, files).input("a.parquet")
    assert pq.read_table(far).equals(pq.read_table(source.root / "a.parquet"))


@pytest.mark.parametrize("shape", ["flat", "list", "struct"])
@pytest.mark.parametrize("finer", [False, True])
def test_legacy_timestamps_are_exact_or_refused(source: Source, shape: str, finer: bool) -> None:
    nanos = [1_000_000_000 + finer, None, -1_000]
    times = pa.array(nanos, pa.timestamp("ns"))
    made = {
        "flat": times,
        "list": pa.array([[one] for one in times], pa.list_(times.type)),
        "struct": pa.array([{"t": one} for one in times], pa.struct([("t", times.type)])),
    }
    source.root.mkdir()
    pq.write_table(
        pa.table({"n": [1, 2, 3], "c": made[shape]}),
        source.root / "a.parquet",
        use_deprecated_int96_timestamps=True,
    )
    if finer:
        with pytest.raises(DataError, match="'c' holds INT96 timestamps finer than a microsecond"):
            source.read()
        assert source.read(columns=("n",)).num_rows == 3
    else:
        assert pa.types.is_timestamp(source.read()["c"].type) == (shape == "flat")
        assert source.read().num_rows == 3


def test_legacy_timestamps_beyond_nanoseconds_are_read(source: Source) -> None:
    times = pa.array(
        [datetime(9999, 12, 31), datetime(1, 1, 1), datetime(1677, 9, 21, 0, 12, 44)], "timestamp[us]"
    )
    source.root.mkdir()
    file = source.root / "a.parquet"
    pq.write_table(pa.table({"c": times}), file, use_deprecated_int96_timestamps=True)
    written = pq.ParquetFile(file, coerce_int96_timestamp_unit="us").read()
    assert source.read()["c"].to_pylist() == written["c"].to_pylist()
