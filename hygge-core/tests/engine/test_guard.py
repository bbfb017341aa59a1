"""A guard stops a full drop below its bounds; at them, and in other modes, nothing is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hygge.config.model import GuardConfig
from hygge.engine.guard import at_least, check_guard
from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.testing.journal_entries import attempt

_, _, RECEIPT, _ = attempt("e", 100)


def test_as_many_rows_as_asked_for_are_enough(item: Callable[..., Item]) -> None:
    guarded = item(guard=GuardConfig(min_rows=5))
    check_guard(guarded, "replace", None, 5)
    with pytest.raises(Refused, match="4 rows, fewer than"):
        check_guard(guarded, "replace", None, 4)


def test_a_table_may_shrink_as_far_as_it_is_allowed(item: Callable[..., Item]) -> None:
    guarded, before = item(guard=GuardConfig(max_shrink=0.3)), replace(RECEIPT, total=100)
    check_guard(guarded, "replace", before, 70)
    with pytest.raises(Refused, match=r"69 rows after at least 100, at least 31.0% fewer"):
        check_guard(guarded, "replace", before, 69)
    with pytest.raises(Refused, match=r"69 rows after 100, 31.0% fewer"):
        check_guard(guarded, "replace", replace(before, mode="replace"), 69)


@pytest.mark.parametrize(
    ("before", "mode", "deletes", "after"),
    [
        (None, "replace", False, 5),
        (None, "append", False, 5),
        (None, "upsert", False, 5),
        (None, "upsert", True, None),
        (100, "replace", True, 5),
        (100, "append", False, 105),
        (100, "append", True, 105),
        (100, "upsert", False, 100),
        (100, "upsert", True, None),
        ("nobody knows", "replace", False, 5),
        ("nobody knows", "append", False, None),
        ("nobody knows", "upsert", False, None),
    ],
)
def test_the_rows_that_a_table_has_at_the_least_are_known_until_some_may_have_been_deleted(
    before: Any, mode: Any, deletes: bool, after: int | None
) -> None:
    base = None if before is None else replace(RECEIPT, total=before if before == 100 else None)
    assert at_least(base, mode, 5, deletes=deletes) == after


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_what_adds_rows_is_not_guarded(item: Callable[..., Item], mode: Any) -> None:
    guarded = item(guard=GuardConfig(min_rows=5, max_shrink=0.3))
    check_guard(guarded, mode, replace(RECEIPT, total=100), 0)


@pytest.mark.parametrize(
    ("flow", "setting"),
    [
        ("entities: [{name: a, guard: {min_rows: 5}}]", "f.entities.a.guard={}"),
        ("entities: [a]\nguard: {max_shrink: 40%}", "f.guard={}"),
    ],
)
def test_the_way_past_a_guard_is_open_wherever_the_guard_is_written(
    bench: Any, flow: str, setting: str
) -> None:
    bench.source.rows = [(n, n, "x") for n in range(10)]
    bench.flow(flow)
    assert bench.one().status == "success"
    bench.source.rows = bench.source.rows[:4]
    error = bench.one().error
    assert error["code"] == "HYG412"
    assert f"hygge run f.a --full-drop --set '{setting}'" in error["message"]
    assert bench.landed("a").total() == 10
    assert bench.one(run_type="full_drop", settings=[setting]).status == "success"


def test_a_table_may_shrink_as_far_as_the_percentage_that_is_written(bench: Any) -> None:
    bench.source.rows = [(n, n, "x") for n in range(10)]
    bench.flow("guard: {max_shrink: 40%}")
    bench.one()
    bench.source.rows = bench.source.rows[:6]
    assert bench.one().status == "success"
