"""What a home can read incrementally decides which flows are refused before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hygge.config.model import WatermarkConfig
from hygge.errors import Refused
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
