"""Rows without a watermark value: once each, whatever `nulls` says from one run to the next."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

ROWS = [(1, 1, "a"), (2, 2, "b"), (3, None, "c"), (4, None, "d")]


def flow(bench: Any, nulls: str, keys: str = "keys: [id]\n") -> None:
    bench.flow(f"run_type: incremental\nwatermark: {{column: at, nulls: {nulls}}}\n{keys}")


def twins(bench: Any) -> Counter[Any]:
    return Counter({row: count for row, count in bench.landed().items() if count > 1})


@pytest.mark.parametrize("first", ["fail", "skip"])
def test_nulls_of_a_full_drop_are_not_doubled_once_they_are_included(bench: Any, first: str) -> None:
    flow(bench, first)
    bench.source.rows = list(ROWS)
    bench.one(run_type="full_drop")
    flow(bench, "include")
    result = bench.one()
    assert result.error["code"] == "HYG407"
    assert "--full-drop" in result.error["message"]
    bench.one(run_type="full_drop")
    bench.source.rows += [(5, None, "e"), (6, 6, "f")]
    assert bench.one().rows_written == 2
    assert bench.landed() == Counter(bench.source.rows)


def test_without_nulls_the_flow_may_begin_to_include_them_at_any_time(bench: Any) -> None:
    flow(bench, "fail")
    bench.source.rows = ROWS[:2]
    bench.one()
    flow(bench, "include")
    bench.source.rows = list(ROWS)
    assert bench.one().rows_written == 2
    assert bench.one().status == "skipped"


@pytest.mark.parametrize("keys", ["keys: [id]\n", ""])
@pytest.mark.parametrize("order", list(itertools.product(["include", "skip"], repeat=4)), ids="-".join)
def test_no_order_of_choices_doubles_a_row(bench: Any, order: tuple[str, ...], keys: str) -> None:
    bench.source.rows = list(ROWS)
    for number, nulls in enumerate(order):
        flow(bench, nulls, keys)
        bench.source.rows += [(10 + number, None, "n"), (20 + number, 5 + number, "v")]
        result = bench.one()
        assert result.status == "success" or result.error["code"] == "HYG407"
        assert not twins(bench)
