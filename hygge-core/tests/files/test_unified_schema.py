"""One schema over all files, whatever each of them says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygge import schemas
from hygge.errors import DataError
from hygge.model import Window

if TYPE_CHECKING:
    from parquet_source import Source

ARROW = int(pa.__version__.partition(".")[0])


def test_the_schema_is_that_of_all_files_not_of_the_first(source: Source) -> None:
    source.put("a.parquet", n=pa.array([1], pa.int32()), nothing=pa.nulls(1), t=["x"])
    source.put("b.parquet", more=[True], n=pa.array([2**40]), nothing=pa.array([Decimal("1.5")]), t=["y"])
    source.put("c.parquet", t=pa.array(["z"]).dictionary_encode(), n=pa.array([3], pa.int8()))
    found = source.read()
    assert found.schema.field("n").type == pa.int64()
    assert found.schema.field("t").type == pa.string()
    assert found.to_pylist() == [
        {"n": 1, "nothing": None, "t": "x", "more": None},
        {"n": 2**40, "nothing": Decimal("1.5"), "t": "y", "more": True},
        {"n": 3, "nothing": None, "t": "z", "more": None},
    ]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (pa.struct({"a": pa.int32()}), pa.struct({"a": pa.int64(), "b": pa.string()}), None),
        (pa.list_(pa.int32()), pa.list_(pa.int64()), pa.list_(pa.int64())),
        (pa.list_(pa.null()), pa.list_(pa.struct({"a": pa.int8()})), pa.list_(pa.struct({"a": pa.int8()}))),
        pytest.param(
            *(pa.list_(pa.int8(), 2), pa.list_(pa.int8()), pa.list_(pa.int8())),
            marks=pytest.mark.skipif(ARROW < 26, reason="older pyarrow reads no null fixed-size list back"),
        ),
        (pa.list_(pa.int8()), pa.large_list(pa.int8()), pa.large_list(pa.int8())),
        (pa.map_(pa.string(), pa.int8()), pa.map_(pa.string(), pa.int64()), pa.map_(pa.string(), pa.int64())),
        (pa.decimal128(5, 2), pa.decimal128(10, 0), pa.decimal128(12, 2)),
        (pa.uint32(), pa.int8(), pa.int64()),
        (pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC"), pa.timestamp("ns", "UTC")),
        (pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("us")),
        (pa.time32("ms"), pa.time64("us"), pa.time64("us")),
        (pa.dictionary(pa.int8(), pa.string()), pa.large_string(), pa.string()),
        pytest.param(
            *(pa.string_view(), pa.string(), pa.string()),
            marks=pytest.mark.skipif(ARROW < 21, reason="older pyarrow writes no views to Parquet"),
        ),
        (pa.binary(3), pa.binary(), pa.binary()),
        (pa.null(), pa.bool_(), pa.bool_()),
        (pa.json_(), pa.string(), pa.string()),
    ],
    ids=str,
)
@pytest.mark.parametrize("turned", [False, True])
def test_types_of_files_are_joined_in_one_that_holds_both(
    source: Source, one: pa.DataType, other: pa.DataType, both: pa.DataType | None, turned: bool
) -> None:
    first, second = (other, one) if turned else (one, other)
    source.put("a.parquet", c=pa.nulls(2, first))
    source.put("b.parquet", c=pa.nulls(1, second))
    found = source.read()
    assert found.num_rows == 3
    kind = found.schema.field("c").type
    if both is None:
        assert kind.equals(pa.struct({"a": pa.int64(), "b": pa.string()}))
    else:
        assert kind.equals(both) or (kind, both) == (pa.large_string(), pa.string())


def test_nested_values_of_files_with_other_types_stay_what_they_are(source: Source) -> None:
    words = pa.ListArray.from_arrays([0, 1, 2], pa.array(["x", "y"]).dictionary_encode())
    source.put("a.parquet", c=[{"a": 1}, None], w=words)
    source.put("b.parquet", c=[{"a": 2**40, "b": ["z"]}], w=[["v", None]])
    assert source.read().to_pylist() == [
        {"c": {"a": 1, "b": None}, "w": ["x"]},
        {"c": None, "w": ["y"]},
        {"c": {"a": 2**40, "b": ["z"]}, "w": ["v", None]},
    ]


@pytest.mark.parametrize("window", [None, Window(column="at")])
def test_a_time_beyond_the_nanoseconds_of_another_file_is_named(
    source: Source, window: Window | None
) -> None:
    source.put("a.parquet", at=pa.array([datetime(9999, 12, 31)], pa.timestamp("us")))
    source.put("b.parquet", at=pa.array([1], pa.timestamp("ns")))
    with pytest.raises(DataError, match=r"a\.parquet: 'at' is timestamp\[us\] there") as caught:
        source.read(window=window)
    assert caught.value.code == "HYG301"


def test_a_column_may_be_null_if_it_may_be_in_one_file_or_is_not_in_all(source: Source) -> None:
    def put(path: str, *fields: pa.Field) -> None:
        schema = pa.schema(fields)
        place = source.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(schema.empty_table(), place)

    def never(name: str) -> pa.Field:
        return pa.field(name, pa.int64(), nullable=False)

    inner = pa.struct([never("x"), never("y")])
    put("a.parquet", never("all"), never("null_later"), never("gone"), pa.field("s", inner, nullable=False))
    put(
        "b.parquet",
        never("all"),
        never("null_later").with_nullable(True),
        never("new"),
        pa.field("s", pa.struct([never("x")]), nullable=False),
    )
    schema = schemas.unpack(source.plan().schema)
    assert {field.name: field.nullable for field in schema} == {
        "all": False,
        "null_later": True,
        "gone": True,
        "s": False,
        "new": True,
    }
    assert {field.name: field.nullable for field in schema.field("s").type} == {"x": False, "y": True}


def test_a_file_with_two_columns_of_one_name_is_named(source: Source) -> None:
    source.root.mkdir()
    pq.write_table(pa.table([[1], [2]], names=["n", "n"]), source.root / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet has two columns of one name"):
        source.plan()


def test_files_that_contradict_each_other_are_named_both(source: Source) -> None:
    source.put("a.parquet", n=[1])
    source.put("b.parquet", n=["text"])
    with pytest.raises(DataError, match=r"'n' is int64 in .*a\.parquet and string in .*b\.parquet"):
        source.plan()


def test_columns_with_dots_and_of_every_shape_are_read(source: Source) -> None:
    nested = pa.array([{"b": 1, "c": [None, "x"]}])
    source.put("a.parquet", **{"a": nested, "a.b": [7], "list": [[1, 2]], "map": [["k"]]})
    found = source.read(columns=("a.b", "a"))
    assert found.to_pylist() == [{"a.b": 7, "a": {"b": 1, "c": [None, "x"]}}]
