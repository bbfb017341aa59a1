"""A home of files at its borders: what a plan says of windows, and a read that begins anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hygge.errors import DataError
from hygge.files.filesystem import FileInfo
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.parquet_reader import ParquetReader
from hygge.model import ReadRequest, Window

if TYPE_CHECKING:
    from parquet_source import Source


def test_a_home_that_was_told_to_stop_can_be_read_again(source: Source) -> None:
    source.put("a.parquet", n=[1, 2])
    home, request = source.home(), ReadRequest(entity="t")
    (split,) = home.plan(request).splits
    home.cancel()
    assert sum(batch.num_rows for batch in home.read(request, split)) == 2


def test_nulls_are_counted_among_all_rows_of_a_condition_wherever_the_last_run_stood(source: Source) -> None:
    source.put("a.parquet", n=[None, None, None, 5, 6, 7], t=["x"] * 6)
    window = Window(column="n", type="int64", lower="5", fail_on_nulls=True)
    with pytest.raises(DataError, match="3 rows have no value") as caught:
        source.plan(window=window, where="t = 'x'")
    assert caught.value.code == "HYG304"
    window = replace(window, lower="50", fail_on_nulls=False)
    plan = source.plan(window=window, where="t = 'x'")
    assert plan.window is not None
    assert plan.window.upper == "7", "it is where the source stands, although no row of it is new"


def test_a_folder_without_rows_is_not_how_far_a_source_has_come(source: Source) -> None:
    """Else rows of the days before, which come later, would be left out."""
    source.put("day=2024-01-02/a.parquet", n=[1])
    source.put("day=2024-01-09/a.parquet", n=pa.array([], pa.int64()))
    plan = source.plan(window=Window(column="day"))
    assert plan.window is not None
    assert plan.window.upper == "2024-01-02"


def test_a_source_without_rows_has_not_come_as_far_as_was_asked_for(source: Source) -> None:
    source.put("a.parquet", n=pa.array([], pa.int64()))
    plan = source.plan(window=Window(column="n", upper="9"))
    assert plan.window is not None
    assert plan.window.upper is None


def test_batches_are_cut_to_the_bytes_that_were_asked_for(source: Source) -> None:
    source.put("a.parquet", t=["x" * 1000] * 100)
    request = ReadRequest(entity="t", batch_bytes=10_000)
    home = source.home()
    (split,) = home.plan(request).splits
    sizes = [batch.num_rows for batch in home.read(request, split)]
    assert sum(sizes) == 100
    assert max(sizes) <= 10


def test_a_content_that_only_its_version_tells_from_the_one_before_is_another(source: Source) -> None:
    """As of a file in a cloud that is written anew with the same length within one second."""
    source.put("a.parquet", n=[1])

    class Versioned(LocalFileSystem):
        version = "1"

        def info(self, path: str) -> FileInfo | None:
            found = super().info(path)
            return found and replace(found, version=self.version)

    files = Versioned(source.root)
    home = FileHome({}, files, "a.parquet", ParquetReader())
    plan = home.plan(ReadRequest(entity="t"))
    assert sum(batch.num_rows for batch in home.read(ReadRequest(entity="t"), plan.splits[0])) == 1
    files.version = "2"
    with pytest.raises(DataError) as caught:
        list(home.read(ReadRequest(entity="t"), plan.splits[0]))
    assert caught.value.code == "HYG307"
    with pytest.raises(DataError, match="changed after it was read"):
        home.plan(ReadRequest(entity="t", position=plan.position))


def test_files_below_partitions_and_beside_them_are_of_two_layouts(source: Source) -> None:
    source.put("day=1/a.parquet", n=[1])
    source.put("b.parquet", n=[2])
    with pytest.raises(DataError, match=r"'day'") as caught:
        source.plan()
    assert caught.value.code == "HYG305"
    assert "hive: false" in caught.value.remedy
    assert source.read(config={"hive": False})["n"].to_pylist() == [2, 1]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((str(2**63 - 1), str(-(2**63))), "int64"),
        ((str(2**63), "1"), "string"),
        (("007", "8"), "string"),
        (("2024-01-02", "20240103"), "string"),
    ],
)
def test_a_partition_has_the_narrow_type_only_if_that_says_the_same(
    source: Source, values: tuple[str, str], kind: str
) -> None:
    for number, value in enumerate(values):
        source.put(f"k={value}/a.parquet", n=[number])
    found = source.read()
    assert str(found.schema.field("k").type) == kind
    assert {str(value) for value in found["k"].to_pylist()} == set(values)


def test_a_partition_s_name_is_read_as_its_value_is(source: Source) -> None:
    source.put("a%20day=1/a.parquet", n=[1])
    assert source.read().schema.names == ["n", "a day"]


@pytest.mark.parametrize("path", ["", "fold*"])
def test_the_ending_of_a_file_may_be_in_capitals(source: Source, path: str) -> None:
    source.put("folder/k=1/A.PARQUET" if path else "k=1/A.PARQUET", n=[1])
    assert source.read(path)["n"].to_pylist() == [1]


@pytest.mark.parametrize("kind", [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()], ids=str)
def test_a_watermark_without_a_sign_is_compared_as_one(source: Source, kind: pa.DataType) -> None:
    half = 2 ** (kind.bit_width - 1)
    values = [0, 1, 2, half - 1, half, half + 1]
    source.put("a.parquet", n=pa.array(values, kind))
    for lower in (1, half, half + 1):
        found = source.read(window=Window(column="n", lower=str(lower)))
        assert found["n"].to_pylist() == [n for n in values if n >= lower]


def test_where_folders_say_nothing_the_column_of_the_file_counts(source: Source) -> None:
    source.put("day=1/a.parquet", n=[1, 2], day=["x", "y"])
    found = source.read(config={"hive": False})
    assert found.to_pylist() == [{"n": 1, "day": "x"}, {"n": 2, "day": "y"}]
    window = Window(column="day", lower="y")
    assert source.read(config={"hive": False}, window=window)["n"].to_pylist() == [2]


def test_row_groups_whose_ends_the_window_s_type_cannot_hold_are_not_left_out(source: Source) -> None:
    late = pa.array([datetime(9999, 12, 31)], pa.timestamp("us"))
    source.put("a.parquet", at=late)
    window = Window(column="at", type="timestamp[ns]", lower="2024-01-01T00:00:00.000000000")
    reader, files = ParquetReader(), LocalFileSystem(source.root)
    found = list(reader.batches(files, "a.parquet", pa.schema([("at", late.type)]), window, 100))
    assert sum(batch.num_rows for batch in found) == 1
    assert reader.parts(files, "a.parquet", window, 2) == [(0, 1)]


def test_a_folder_that_the_path_names_is_read_and_no_folder_in_it(source: Source) -> None:
    source.put("t/a.parquet", n=[1])
    source.put("t/t/b.parquet", n=[2])
    assert source.read("{entity}")["n"].to_pylist() == [1]


def test_a_plan_of_no_rows_has_one_split_so_that_the_columns_land(source: Source) -> None:
    source.put("k=1/a.parquet", n=[1])
    assert len(source.plan(where="k > 1").splits) == 1
    assert source.read(where="k > 1").num_rows == 0
