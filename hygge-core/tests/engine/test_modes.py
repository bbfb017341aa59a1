"""What a home can read incrementally decides which flows are refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.config.model import EntityConfig, WatermarkConfig
from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.hookspecs import HomeType, StoreType


def item(watermark: str | None, **promised: Any) -> Item:
    told = {"factory": "x:Y", "config_schema": "x:y.schema.json", "summary": "s"}
    store = StoreCapabilities(modes=frozenset({"replace", "append"}))
    return Item(
        config=EntityConfig(
            flow="f",
            name="e",
            home={},
            store={},
            watermark=WatermarkConfig(column=watermark) if watermark else None,
        ),
        home_type=HomeType(name="queue", capabilities=HomeCapabilities(**promised), **told),
        store_type=StoreType(name="s", capabilities=store, **told),
        run_type="incremental",
        explicit=False,
        adopt=False,
    )


@pytest.mark.parametrize(
    ("watermark", "promised"),
    [
        ("at", {"incremental": True}),
        (None, {"positions": True}),
        ("at", {"incremental": True, "positions": True}),
    ],
)
def test_a_home_reads_by_what_it_promises(watermark: str | None, promised: dict[str, bool]) -> None:
    assert item(watermark, **promised).mode("incremental") == "append"


@pytest.mark.parametrize(
    ("watermark", "promised", "step"),
    [("at", {}, "full_drop"), (None, {}, "full_drop"), ("at", {"positions": True}, "Leave out `watermark`")],
)
def test_what_it_has_not_promised_is_refused(
    watermark: str | None, promised: dict[str, bool], step: str
) -> None:
    with pytest.raises(Refused) as caught:
        item(watermark, **promised).mode("incremental")
    assert step in caught.value.remedy
    assert item(watermark, **promised).mode("full_drop") == "replace"
