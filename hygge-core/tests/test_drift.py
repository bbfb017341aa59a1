"""The schema policy, kind by kind."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge.capabilities import StoreCapabilities
from hygge.config.model import DriftConfig
from hygge.drift import conform, settle
from hygge.errors import Refused

FILES = StoreCapabilities()
TABLES = StoreCapabilities(add_columns=True, widen_types=True)
OLD = pa.schema([pa.field("id", pa.int64(), nullable=False), ("n", pa.int32()), ("t", pa.string())])


def test_an_append_to_a_table_adds_columns_at_the_end_and_widens() -> None:
    now = pa.schema([("new", pa.bool_()), ("t", pa.string()), ("n", pa.int64()), OLD.field("id")])
    settled = settle(OLD, now, DriftConfig(), "append", TABLES, "f.e")
    assert settled.schema.names == ["id", "n", "t", "new"]
    assert settled.schema.field("n").type == pa.int64()
    assert [str(change) for change in settled.changes] == [
        "'new' (bool) is new",
        "'n' was int32, is now int64",
    ]


def test_what_fits_the_committed_type_keeps_it() -> None:
    now = pa.schema([OLD.field("id"), ("n", pa.int8()), ("t", pa.string())])
    assert settle(OLD, now, DriftConfig(), "append", FILES, "f.e").schema == OLD
    batch = pa.record_batch([[1], pa.array([7], pa.int8()), ["x"]], schema=now)
    assert conform(batch, OLD).schema == OLD


@pytest.mark.parametrize("mode", ["append", "upsert"])
@pytest.mark.parametrize(
    ("name", "kind", "store"),
    [("n", pa.int64(), FILES), ("n", pa.string(), TABLES), ("t", pa.int64(), TABLES)],
)
def test_a_type_that_the_target_cannot_take_stops(
    mode: str, name: str, kind: pa.DataType, store: StoreCapabilities
) -> None:
    now = pa.schema([field.with_type(kind) if field.name == name else field for field in OLD])
    with pytest.raises(Refused, match=f"'{name}' was") as caught:
        settle(OLD, now, DriftConfig(), mode, store, "f.e")  # type: ignore[arg-type]  # a literal of Mode
    assert "polish" in caught.value.remedy
    assert settle(OLD, now, DriftConfig(), "replace", store, "f.e").schema == now


def test_each_kind_of_change_has_its_own_choice() -> None:
    now = pa.schema([("id", pa.int64()), ("n", pa.int8()), ("x", pa.string())])
    for kind in ("add_columns", "drop_columns", "change_types", "nullability"):
        with pytest.raises(Refused, match=kind):
            settle(OLD, now, DriftConfig(**{kind: "stop"}), "append", TABLES, "f.e")
    settled = settle(OLD, now, DriftConfig(add_columns="ignore"), "append", FILES, "f.e")
    assert settled.schema.names == ["id", "n", "t"]
    assert settled.schema.field("id").nullable


def test_a_column_that_only_some_rows_have_may_be_null_at_the_target() -> None:
    now = pa.schema([("n", pa.int32()), ("t", pa.string()), pa.field("new", pa.int8(), nullable=False)])
    settled = settle(OLD, now, DriftConfig(), "append", TABLES, "f.e").schema
    assert settled.field("id").nullable, "rows from now on lack it"
    assert settled.field("new").nullable, "the rows that are there lack it"
    assert settle(OLD, now, DriftConfig(), "replace", TABLES, "f.e").schema == now


def test_a_column_that_is_no_longer_null_is_no_change() -> None:
    now = pa.schema([OLD.field("id"), OLD.field("n").with_nullable(False), OLD.field("t")])
    settled = settle(OLD, now, DriftConfig(nullability="stop"), "append", FILES, "f.e")
    assert settled.schema == OLD, "rows that are there may be null"
    assert settled.changes == ()


def test_without_any_column_left_there_is_nothing_to_write() -> None:
    with pytest.raises(Refused, match="no column"):
        settle(OLD, pa.schema([("z", pa.int8())]), DriftConfig(add_columns="ignore"), "replace", FILES, "f.e")


@given(st.permutations(list(range(3))), st.booleans())
def test_any_order_and_layout_of_the_same_columns_is_no_change(order: list[int], large: bool) -> None:
    strict = DriftConfig(add_columns="stop", drop_columns="stop", change_types="stop", nullability="stop")
    fields = [OLD.field(n) for n in order]
    now = pa.schema([f.with_type(pa.large_string()) if large and f.name == "t" else f for f in fields])
    assert settle(OLD, now, strict, "append", FILES, "f.e").schema == OLD


def test_a_batch_is_conformed_by_name_and_what_it_lacks_is_null() -> None:
    batch = pa.record_batch({"t": ["a"], "id": [1]})
    assert conform(batch, OLD).to_pylist() == [{"id": 1, "n": None, "t": "a"}]


def test_a_column_that_changes_in_two_ways_is_told_for_each() -> None:
    before = pa.schema([pa.field("id", pa.int32(), nullable=False)])
    now = pa.schema([("id", pa.int64())])
    found = settle(before, now, DriftConfig(), "append", TABLES, "f.e").changes
    assert [change.kind for change in found] == ["change_types", "nullability"]
    with pytest.raises(Refused, match="nullability: stop"):
        settle(before, now, DriftConfig(nullability="stop"), "append", TABLES, "f.e")
