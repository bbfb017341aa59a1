"""Rows that come in the order of their key are not sorted again; all others are."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hygge_sqlite import compiled as compiled_module
from hygge_sqlite.ascending import Ascending


@pytest.fixture(params=["native", "python"], autouse=True)
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs with the compiled functions and without."""
    if request.param == "python":
        monkeypatch.setattr(compiled_module, "compiled", lambda: None)


def seen(*batches: list[int], kind: pa.DataType | None = None) -> bool:
    schema = pa.schema([("id", kind or pa.int64())])
    following = Ascending(schema, ["id"])
    for values in batches:
        following.see(pa.record_batch([pa.array(values, schema.field("id").type)], schema=schema))
    return following.holds


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(-3, 6), max_size=4), max_size=4))
@example([[1], [9], [7]])
@example([[1], [9], [9]])
def test_rows_ascend_when_each_key_is_greater_than_the_one_before(batches: list[list[int]]) -> None:
    keys = [key for batch in batches for key in batch]
    assert seen(*batches) == (keys == sorted(set(keys)))


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64()])
def test_every_integer_can_ascend(kind: pa.DataType) -> None:
    assert seen([1, 2], [3], kind=kind)
    assert not seen([1, 2], [2], kind=kind)


@pytest.mark.parametrize(
    ("keys", "columns"),
    [
        ((), {"id": [1, 2]}),
        (("id", "day"), {"id": [1, 2], "day": [1, 1]}),
        (("id",), {"id": ["a", "b"]}),
    ],
)
def test_other_keys_count_as_unsorted(keys: tuple[str, ...], columns: dict[str, Any]) -> None:
    batch = pa.record_batch(columns)
    following = Ascending(batch.schema, keys)
    following.see(batch)
    assert not following.holds


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)), st.integers(0, 3))
def test_extremes_are_those_of_the_values_that_are_there(values: list[int | None], first: int) -> None:
    there = [value for value in values[first:] if value is not None]
    found = compiled_module.extremes(pa.array(values, pa.int64())[first:])
    assert found == ((min(there), max(there)) if there else None)
