"""Folders named ``column=value``: columns of one type, watermarks, and conditions that need no file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import DataError
from hygge.model import Window

if TYPE_CHECKING:
    from parquet_source import Source


def test_hive_partitions_are_columns_of_the_type_that_all_values_have(source: Source) -> None:
    source.put("year=2024/day=2024-01-02/code=007/a.parquet", n=[1])
    source.put("year=2025/day=2025-01-01/code=x%20y/b.parquet", n=[2])
    source.put("year=__HIVE_DEFAULT_PARTITION__/day=2025-01-01/code=1/c.parquet", n=[3])
    found = source.read()
    assert [str(field.type) for field in found.schema] == ["int64", "int64", "date32[day]", "string"]
    assert found["code"].to_pylist() == ["007", "x y", "1"]
    assert found["year"].to_pylist() == [2024, 2025, None]
    assert source.read(where="year > 2024")["n"].to_pylist() == [2]
    assert source.read(columns=("year",)).to_pydict() == {"year": [2024, 2025, None]}
    assert source.read(config={"hive": False}).schema.names == ["n"]


@pytest.mark.parametrize("path", ["day=*/*.parquet", "**/*.parquet", "day=*", "**"])
def test_partitions_that_a_glob_passes_are_columns(source: Source, path: str) -> None:
    source.put("day=1/a.parquet", n=[1])
    source.put("day=2/a.parquet", n=[2])
    found = source.read(path)
    assert found.select(["n", "day"]).to_pylist() == [{"n": 1, "day": 1}, {"n": 2, "day": 2}]


@pytest.mark.parametrize("both", [False, True], ids=["folder", "folder and file"])
def test_a_partition_can_be_the_watermark(source: Source, both: bool) -> None:
    for day in (1, 2, 3):
        more = {"day": ["none of this counts"]} if both else {}
        source.put(f"day=2024-01-0{day}/a.parquet", n=[day], **more)
    source.put("day=__HIVE_DEFAULT_PARTITION__/a.parquet", n=[9])
    window = Window(column="day", lower="2024-01-02")
    assert source.read(window=window)["n"].to_pylist() == [2, 3]
    assert source.plan(window=window).statement.startswith("2 of 4 files")
    assert source.plan(window=window).window == replace(window, type="date32[day]", upper="2024-01-03")
    with_nulls = replace(window, nulls=True)
    assert source.read(window=with_nulls)["n"].to_pylist() == [2, 3, 9]
    with pytest.raises(DataError, match="1 rows have no value"):
        source.plan(window=replace(window, fail_on_nulls=True))


def test_a_condition_on_partitions_alone_leaves_files_out(source: Source) -> None:
    for day in (1, 2, 3):
        source.put(f"day=2024-01-0{day}/zone=x/a.parquet", n=[day])
    asked: dict[str, Any] = {"where": "day >= '2024-01-02' AND zone = 'x'"}
    assert source.plan(**asked).statement.startswith("2 of 3 files")
    assert source.read(**asked)["n"].to_pylist() == [2, 3]
    assert source.read(where="day >= '2024-01-02' AND n < 3")["n"].to_pylist() == [2]
    assert source.plan(**asked).position == source.plan().position, "they are not new later on"
    assert source.read(where="day > '2025-01-01'").num_rows == 0
    position = source.plan(**asked).position
    source.put("day=2024-01-01/zone=x/a.parquet", n=[1, 1])
    assert source.read(**asked, position=position).num_rows == 0, "a change of what is not read is none"
    with pytest.raises(DataError, match="changed after it was read"):
        source.plan(position=position)
