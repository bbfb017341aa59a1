"""A guard stops a full drop below its bounds; at them, and in other modes, nothing is stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hygge.config.model import EntityConfig, GuardConfig
from hygge.engine.guard import check_guard
from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.hookspecs import HomeType, StoreType
from hygge.testing.journal_entries import attempt

_, _, RECEIPT, _ = attempt("e", 100)


def item(**guard: Any) -> Item:
    told = {"factory": "x:Y", "config_schema": "x:y.schema.json", "summary": "s"}
    return Item(
        config=EntityConfig(flow="f", name="e", home={}, store={}, guard=GuardConfig(**guard)),
        home_type=HomeType(name="h", **told),
        store_type=StoreType(name="s", **told),
        run_type="full_drop",
        explicit=False,
        adopt=False,
    )


def test_as_many_rows_as_asked_for_are_enough() -> None:
    check_guard(item(min_rows=5), "replace", None, 5)
    with pytest.raises(Refused, match="4 rows, fewer than"):
        check_guard(item(min_rows=5), "replace", None, 4)


def test_a_table_may_shrink_as_far_as_it_is_allowed() -> None:
    before = replace(RECEIPT, total=100)
    check_guard(item(max_shrink=0.3), "replace", before, 70)
    with pytest.raises(Refused, match="69 rows after 100"):
        check_guard(item(max_shrink=0.3), "replace", before, 69)


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_what_adds_rows_is_not_guarded(mode: Any) -> None:
    check_guard(item(min_rows=5, max_shrink=0.3), mode, replace(RECEIPT, total=100), 0)
