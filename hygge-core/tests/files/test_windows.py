"""Windows of a watermark over files: what is pruned is what a plain filter leaves out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parquet_source import Source

from hygge import schemas
from hygge.files.local import LocalFileSystem
from hygge.files.parquet_reader import ParquetReader
from hygge.model import ReadRequest, Window

if TYPE_CHECKING:
    import pytest

values = st.one_of(st.none(), st.integers(-5, 5))


def test_a_window_with_an_end_reads_no_further(source: Source) -> None:
    source.put("a.parquet", n=[1, 2])
    source.put("b.parquet", n=[3, 4])
    plan = source.plan(window=Window(column="n", lower="2", upper="2"))
    assert plan.statement.startswith("1 of 2 files")
    assert plan.window is not None
    assert plan.window.upper == "2"
    assert source.read(window=Window(column="n", lower="2", upper="2"))["n"].to_pylist() == [2]
    assert source.read(window=Window(column="n", upper="9"))["n"].to_pylist() == [1, 2, 3, 4]


def test_a_home_that_plans_again_looks_again(source: Source) -> None:
    source.put("a.parquet", n=[1])
    home, request = source.home(), ReadRequest(entity="t", window=Window(column="n", lower="1"))
    home.plan(request)
    source.put("a.parquet", n=[1, 50], m=[1, 2])
    plan = home.plan(request)
    assert plan.window is not None
    assert (plan.window.upper, schemas.unpack(plan.schema).names) == ("50", ["n", "m"])


def test_row_groups_are_left_out_by_statistics_of_a_narrower_type(source: Source) -> None:
    source.put("a.parquet", at=pa.array(range(12), pa.int32()))
    source.put("b.parquet", at=pa.array([2**40]))
    reader, files = ParquetReader(), LocalFileSystem(source.root)
    window = Window(column="at", type="int64", lower="10")
    schema = pa.schema([("at", pa.int64())])
    (batch,) = reader.batches(files, "a.parquet", schema, window, 100)
    assert batch["at"].to_pylist() == [9, 10, 11], "the last of four row groups"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(values, max_size=8), min_size=1, max_size=3),
    low=values,
    nulls=st.booleans(),
    kind=st.sampled_from(["int32", "int64", "timestamp[us]", "timestamp[s]", "string", "decimal", "date"]),
)
def test_a_window_pruned_by_statistics_gives_what_a_plain_filter_gives(
    tmp_path_factory: pytest.TempPathFactory, files: Any, low: Any, nulls: bool, kind: str
) -> None:
    from datetime import date, timedelta

    make = {
        "int32": (pa.int32(), lambda n: n, str),
        "int64": (pa.int64(), lambda n: n * 2**58, lambda n: str(n * 2**58)),
        "timestamp[us]": (
            pa.timestamp("us"),
            lambda n: datetime(2000, 1, 1) + timedelta(microseconds=n),
            lambda n: (datetime(2000, 1, 1) + timedelta(microseconds=n)).isoformat(timespec="microseconds"),
        ),
        "timestamp[s]": (
            pa.timestamp("s"),
            lambda n: datetime(2000, 1, 1) + timedelta(seconds=n),
            lambda n: (datetime(2000, 1, 1) + timedelta(seconds=n)).isoformat(timespec="milliseconds"),
        ),
        "string": (pa.string(), lambda n: f"{'x' * 80}{n + 5:02d}", lambda n: f"{'x' * 80}{n + 5:02d}"),
        "decimal": (pa.decimal128(5, 2), lambda n: Decimal(n) / 4, lambda n: f"{Decimal(n) / 4:.2f}"),
        "date": (
            pa.date32(),
            lambda n: date(2000, 1, 9) + timedelta(n),
            lambda n: (date(2000, 1, 9) + timedelta(n)).isoformat(),
        ),
    }
    type_, value, text = make[kind]
    source = Source(tmp_path_factory.mktemp("in"))
    rows = []
    for place, numbers in enumerate(files):
        ids = [f"{place}-{n}" for n in range(len(numbers))]
        rows += list(zip(ids, numbers, strict=True))
        found = [None if n is None else value(n) for n in numbers]
        source.put(f"{place}.parquet", id=pa.array(ids, pa.string()), at=pa.array(found, type_))
    window = Window(column="at", lower=None if low is None else text(low), nulls=nulls)
    got = source.read(window=window)["id"].to_pylist()
    expected = [i for i, n in rows if (n is None and nulls) or (n is not None and (low is None or n >= low))]
    assert sorted(got) == sorted(expected)
