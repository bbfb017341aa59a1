"""Parquet homes: which files, one schema over all of them, what is new, and what changed meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygge import schemas
from hygge.errors import DataError, HyggeError
from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.parquet_reader import ParquetReader
from hygge.model import Plan, ReadRequest, Window

ARROW = int(pa.__version__.partition(".")[0])


class Source:
    """A folder of Parquet files and short words to read it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, **columns: Any) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), place, row_group_size=3)

    def home(self, path: str = "", **config: Any) -> FileHome:
        root, pattern = split_pattern(str(self.root / path) if path else str(self.root))
        return FileHome(config, LocalFileSystem(root), pattern, ParquetReader())

    def plan(self, path: str = "", config: Mapping[str, Any] | None = None, **request: Any) -> Plan:
        return self.home(path, **(config or {})).plan(ReadRequest(entity="t", **request))

    def read(self, path: str = "", config: Mapping[str, Any] | None = None, **asked: Any) -> pa.Table:
        home, request = self.home(path, **(config or {})), ReadRequest(entity="t", **asked)
        plan = home.plan(request)
        request = ReadRequest(**{"entity": "t", **asked, "window": plan.window})
        batches = [batch for split in plan.splits for batch in home.read(request, split)]
        return pa.Table.from_batches(batches, schemas.unpack(plan.schema))


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "in")


# -- which files --------------------------------------------------------------------------------


def test_a_file_a_folder_a_subfolder_and_a_glob_are_read(source: Source) -> None:
    source.put("a.parquet", n=[1])
    source.put("b.PARQUET", n=[2])
    source.put("t/c.parquet", n=[3])
    source.put("deep/er/d.parquet", n=[4])
    assert source.read("a.parquet")["n"].to_pylist() == [1]
    assert source.read()["n"].to_pylist() == [3], "the subfolder named like the entity"
    assert source.read("{entity}/c.parquet")["n"].to_pylist() == [3]
    assert source.read("*.parquet")["n"].to_pylist() == [1]
    assert source.read("[ab].*")["n"].to_pylist() == [1, 2]
    assert source.read("**/*.parquet")["n"].to_pylist() == [1, 4, 3]
    assert source.read("**")["n"].to_pylist() == [1, 2, 4, 3]
    assert source.read("*/er")["n"].to_pylist() == [4]


@pytest.mark.parametrize("entity", ["a[b]", "a*", "a?"])
def test_the_name_of_an_entity_is_no_part_of_a_glob(source: Source, entity: str) -> None:
    source.put(f"{entity}/x.parquet", n=[1])
    source.put("ab/x.parquet", n=[9])
    plan = source.home("{entity}/*.parquet").plan(ReadRequest(entity=entity))
    assert [entity in str(split) for split in plan.splits] == [True]
    assert "ab/x" not in str(plan.splits)


@pytest.mark.parametrize("path", ["day=*/*.parquet", "**/*.parquet", "day=*", "**"])
def test_partitions_that_a_glob_passes_are_columns(source: Source, path: str) -> None:
    source.put("day=1/a.parquet", n=[1])
    source.put("day=2/a.parquet", n=[2])
    found = source.read(path)
    assert found.select(["n", "day"]).to_pylist() == [{"n": 1, "day": 1}, {"n": 2, "day": 2}]


def test_names_with_a_dot_or_an_underscore_in_front_are_never_data(source: Source) -> None:
    source.put("a.parquet", n=[1])
    for name in ("_b.parquet", ".c.parquet", "_tmp/d.parquet", ".hygge/e.parquet", "x=1/_f.parquet"):
        source.put(name, n=[9])
    (source.root / "README.md").write_text("not data")
    assert source.read()["n"].to_pylist() == [1]
    assert source.read("**/*.parquet")["n"].to_pylist() == [1]
    assert "1 file with another ending" in source.plan().notes[0]


def test_what_is_not_there_is_named(source: Source) -> None:
    source.put("other/a.parquet", n=[1])
    for path, said in ("nowhere", "no file or folder"), ("", "no .parquet"), ("*.pq", "no .parquet"):
        with pytest.raises(DataError, match=said) as caught:
            source.plan(path)
        assert caught.value.code == "HYG302"


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
        (errno.EMFILE, "StopEntity", "ulimit"),
        (errno.EIO, "StopEntity", "disk"),
        (errno.ENOENT, "DataError", "its writer"),
    ],
)
def test_what_the_disk_says_of_a_source_is_told_with_what_to_do(
    source: Source, monkeypatch: pytest.MonkeyPatch, number: int, kind: str, said: str
) -> None:
    source.put("a.parquet", n=[1])

    def fail(self: LocalFileSystem, path: str) -> Any:
        raise OSError(number, os.strerror(number), str(self.path(path)))

    monkeypatch.setattr(LocalFileSystem, "input", fail)
    with pytest.raises(HyggeError, match=said) as caught:
        source.plan()
    assert type(caught.value).__name__ == kind
    assert caught.value.code == ("HYG307" if number == errno.ENOENT else "HYG300")
    assert "a.parquet" in caught.value.message


def test_links_that_go_in_circles_are_named(source: Source) -> None:
    source.put("k=1/a.parquet", n=[1])
    (source.root / "k=2").symlink_to(".")
    with pytest.raises(HyggeError, match="leads to a folder above itself"):
        source.plan()


def test_entities_are_subfolders_with_data_or_what_the_placeholder_matches(source: Source) -> None:
    for name in ("b/x.parquet", "a/k=1/x.parquet", "_c/x.parquet", "d/readme.txt.parquet.bak/x.parquet"):
        source.put(name, n=[1])
    source.put("sales_2024.parquet", n=[1])
    assert source.home().entities() == ["a", "b"]
    assert source.home("sales_{entity}.parquet").entities() == ["2024"]
    assert source.home("{entity}/*.parquet").entities() == ["a", "b", "d"]


def test_a_placeholder_stands_for_folders_with_data_as_well_as_for_files(source: Source) -> None:
    for name in ("b/x.parquet", "a/k=1/x.parquet", "_c/x.parquet", "d/readme.txt", "k=2/x.parquet"):
        source.put(f"lake/{name}", n=[1])
    source.put("spark/old.parquet", n=[1])
    source.put("spark/new.parquet/part-0.parquet", n=[1])
    source.put("twice/e/e", n=[1])
    (source.root / "lake" / "README.md").write_text("no table")
    assert source.home("lake/{entity}").entities() == ["a", "b"]
    assert source.home("spark/{entity}.parquet").entities() == ["new", "old"]
    assert source.home("twice/{entity}/{entity}").entities() == ["e"]


# -- schema -------------------------------------------------------------------------------------


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


def test_row_groups_are_left_out_by_statistics_of_a_narrower_type(source: Source) -> None:
    source.put("a.parquet", at=pa.array(range(12), pa.int32()))
    source.put("b.parquet", at=pa.array([2**40]))
    reader, files = ParquetReader(), LocalFileSystem(source.root)
    window = Window(column="at", type="int64", lower="10")
    schema = pa.schema([("at", pa.int64())])
    (batch,) = reader.batches(files, "a.parquet", schema, window, 100)
    assert batch["at"].to_pylist() == [9, 10, 11], "the last of four row groups"


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


def test_a_window_with_an_end_reads_no_further(source: Source) -> None:
    source.put("a.parquet", n=[1, 2])
    source.put("b.parquet", n=[3, 4])
    plan = source.plan(window=Window(column="n", lower="2", upper="2"))
    assert plan.statement.startswith("1 of 2 files")
    assert plan.window is not None
    assert plan.window.upper == "2"
    assert source.read(window=Window(column="n", lower="2", upper="2"))["n"].to_pylist() == [2]
    assert source.read(window=Window(column="n", upper="9"))["n"].to_pylist() == [1, 2, 3, 4]


def test_a_name_that_is_no_text_is_refused_and_told(source: Source) -> None:
    source.put("t/a.parquet", n=[1])
    odd = os.fsencode(source.root / "t") + b"/\xff.parquet"
    os.rename(os.fsencode(source.root / "t/a.parquet"), odd)
    for path in ("", "t/*.parquet"):
        with pytest.raises(DataError, match="is no UTF-8"):
            source.plan(path)
    os.rename(odd, odd + b".bak")
    source.put("t/a.parquet", n=[1])
    assert source.read()["n"].to_pylist() == [1]
    os.rename(os.fsencode(source.root / "t"), os.fsencode(source.root) + b"/\xfe")
    with pytest.raises(DataError, match="is no UTF-8"):
        source.home().entities()


def test_a_home_that_plans_again_looks_again(source: Source) -> None:
    source.put("a.parquet", n=[1])
    home, request = source.home(), ReadRequest(entity="t", window=Window(column="n", lower="1"))
    home.plan(request)
    source.put("a.parquet", n=[1, 50], m=[1, 2])
    plan = home.plan(request)
    assert plan.window is not None
    assert (plan.window.upper, schemas.unpack(plan.schema).names) == ("50", ["n", "m"])


def test_columns_with_dots_and_of_every_shape_are_read(source: Source) -> None:
    nested = pa.array([{"b": 1, "c": [None, "x"]}])
    source.put("a.parquet", **{"a": nested, "a.b": [7], "list": [[1, 2]], "map": [["k"]]})
    found = source.read(columns=("a.b", "a"))
    assert found.to_pylist() == [{"a.b": 7, "a": {"b": 1, "c": [None, "x"]}}]


# -- filters ------------------------------------------------------------------------------------


def test_a_condition_keeps_rows_where_it_is_true_and_not_where_it_is_null(source: Source) -> None:
    source.put("a.parquet", n=[1, None, 3], t=["a", "b", None])
    assert source.read(where="n <> 1")["n"].to_pylist() == [3]
    assert source.read(where="t IS NULL OR n IS NULL", columns=("n",))["n"].to_pylist() == [None, 3]
    assert source.read(where="1 = 1").num_rows == 3
    assert source.read(where="n > 0", limit=1).num_rows == 1


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("n IN (1, 3)", [1, 3]),
        ("n % 2 = 0", [2]),
        ('"a ""b" = \'x\'', [1]),
        ("ünï > 1 AND t NOT LIKE 'max(n) over%'", [2]),
        ("d >= '2024-01-02' -- as text", [2, 3]),
        ("at < '2024-01-02'", [1]),
        ("s.q = 3", [3]),
        ("CASE WHEN n = 1 THEN true END", [1]),
    ],
)
def test_conditions_are_as_people_write_them(source: Source, where: str, kept: list[int]) -> None:
    days = [datetime(2024, 1, n) for n in (1, 2, 3)]
    more: dict[str, Any] = {'a "b': ["x", "y", None], "ünï": [1, 2, 3], "t": ["a", "b", "max(n) over ()"]}
    more |= {"d": pa.array([day.date() for day in days]), "at": pa.array(days, pa.timestamp("us", "UTC"))}
    source.put("a.parquet", n=[1, 2, 3], s=[{"q": n} for n in (1, 2, 3)], **more)
    assert source.read(where=where, columns=("n",))["n"].to_pylist() == kept


@pytest.mark.parametrize(
    "where",
    [
        "n = max(n)",
        "COUNT (*) > 0",
        "row_number() OVER (ORDER BY n) = 1",
        "n IN (SELECT 1)",
        "unnest(n) = 1",
        "n = 1) AS a, (n = 2",
        "n + 1",
        "null",
    ],
)
def test_what_is_no_condition_on_single_rows_is_refused(source: Source, where: str) -> None:
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError, match="where cannot be evaluated") as caught:
        source.plan(where=where)
    assert caught.value.code == "HYG302"


def test_a_misspelt_column_of_a_condition_is_told_with_those_that_are_there(source: Source) -> None:
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError) as caught:
        source.plan(where="m > 1")
    assert str(caught.value) == (
        "where cannot be evaluated: 'm > 1': there is no column 'm'\n"
        "  Write a condition in SQL over the columns: n."
    )


def test_a_condition_that_fails_on_a_value_says_so(source: Source) -> None:
    source.put("a.parquet", t=["1", "two"])
    with pytest.raises(DataError, match=r"where cannot be evaluated: 'CAST.*two"):
        source.read(where="CAST(t AS BIGINT) > 0")


@pytest.mark.parametrize("where", ["nope = 1", "n >", "n = 'x' AND", "DROP TABLE t", "N = 1", ""])
def test_what_is_no_condition_is_refused_while_planning(source: Source, where: str) -> None:
    source.put("a.parquet", n=[1])
    with pytest.raises(DataError) as caught:
        source.plan(where=where)
    assert caught.value.code == "HYG302"


values = st.one_of(st.none(), st.integers(-5, 5))


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


# -- what is new --------------------------------------------------------------------------------


def test_new_files_are_what_is_new_and_the_position_says_so(source: Source) -> None:
    source.put("a.parquet", n=[1])
    first = source.plan()
    source.put("b.parquet", n=[2])
    found = source.read(position=first.position)
    assert found["n"].to_pylist() == [2]
    second = source.plan(position=first.position)
    assert source.plan(position=second.position).position == second.position
    assert source.read(position=second.position).num_rows == 0
    (source.root / "a.parquet").unlink()
    assert source.read(position=second.position).num_rows == 0


def test_a_position_of_many_files_is_kept_small(source: Source) -> None:
    for n in range(300):
        source.put(f"part-{n:05d}.parquet", n=[n])
    position = source.plan().position
    assert position is not None
    assert len(position) < 300 * 30
    assert source.read(position=position).num_rows == 0


def test_a_file_that_changed_after_it_was_read_is_an_error_or_read_again(source: Source) -> None:
    source.put("a.parquet", n=[1])
    position = source.plan().position
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError, match="changed after it was read") as caught:
        source.plan(position=position)
    assert caught.value.code == "HYG307"
    plan = source.plan(config={"changed": "reread"}, position=position)
    assert plan.repeats
    assert plan.warnings == (
        "1 file changed, read again as a whole; rows that left such a file stay in the store",
    )
    assert source.read(config={"changed": "reread"}, position=position)["n"].to_pylist() == [1, 2]


@pytest.mark.parametrize("change", ["grow", "touch", "remove"])
def test_a_file_that_changes_between_plan_and_reading_is_an_error(source: Source, change: str) -> None:
    source.put("a.parquet", n=[1])
    home, request = source.home(), ReadRequest(entity="t")
    plan = home.plan(request)
    if change == "grow":
        source.put("a.parquet", n=[1, 2])
    elif change == "touch":
        os.utime(source.root / "a.parquet", ns=(1, 1))
    else:
        (source.root / "a.parquet").unlink()
    with pytest.raises(HyggeError) as caught:
        list(home.read(request, plan.splits[0]))
    assert caught.value.code == "HYG307"


def test_a_file_that_is_replaced_while_it_is_read_is_an_error(source: Source) -> None:
    source.put("a.parquet", n=list(range(10)))
    home, request = source.home(), ReadRequest(entity="t", batch_rows=3)
    plan = home.plan(request)
    batches = home.read(request, plan.splits[0])
    next(batches)
    source.put("a.parquet", n=list(range(9)))
    with pytest.raises(HyggeError) as caught:
        list(batches)
    assert caught.value.code in ("HYG307", "HYG300")


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
