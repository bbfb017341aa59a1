"""What a home can read incrementally decides which flows are refused before anything is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from hygge.config.model import WatermarkConfig
from hygge.errors import Refused, TransientError
from hygge.flow.item import Item

BY_COLUMN = WatermarkConfig(column="at")


@pytest.mark.parametrize(
    ("watermark", "promised"),
    [
        (BY_COLUMN, {"incremental": True}),
        (None, {"positions": True}),
        (BY_COLUMN, {"incremental": True, "positions": True}),
    ],
)
def test_a_home_reads_by_what_it_promises(
    item: Callable[..., Item], watermark: WatermarkConfig | None, promised: dict[str, Any]
) -> None:
    assert item(watermark=watermark, home_can=promised).mode("incremental") == "append"


@pytest.mark.parametrize(
    ("watermark", "promised", "step"),
    [
        (BY_COLUMN, {}, "full_drop"),
        (None, {}, "full_drop"),
        (BY_COLUMN, {"positions": True}, "Leave out `watermark`"),
    ],
)
def test_what_it_has_not_promised_is_refused(
    item: Callable[..., Item], watermark: WatermarkConfig | None, promised: dict[str, Any], step: str
) -> None:
    asked = item(watermark=watermark, home_can=promised)
    with pytest.raises(Refused) as caught:
        asked.mode("incremental")
    assert step in caught.value.remedy
    assert asked.mode("full_drop") == "replace"


def test_a_run_that_finds_nothing_new_leaves_nothing_of_an_attempt_that_broke_off(bench: Any) -> None:
    bench.flow("run_type: incremental\nwatermark: {column: at}")
    bench.source.rows = [(n, n, "a") for n in range(20)]
    assert bench.one().status == "success"
    control = bench.root / "out" / ".hygge"
    bench.source.rows += [(n, 100, "b") for n in range(100, 120)]  # gone again before they are all read

    def fault(number: int) -> None:
        if number and len(bench.source.rows) > 20:
            del bench.source.rows[20:]
            while not list(control.rglob("*.part")):  # what is read first is being staged
                time.sleep(0.01)
            raise TransientError("the line is down")

    bench.source.fault = fault
    assert bench.one().status == "skipped"
    assert bench.leftovers() == []
    assert sum(bench.landed().values()) == 20
