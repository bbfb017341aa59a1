"""What a store is promised of the rows that it will get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.config.model import PolishConfig, WatermarkConfig
from hygge.engine.preflight import Footing
from hygge.engine.shape import Shape, shape
from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.model import Plan

Make = Callable[..., Item]
SOURCE = pa.schema([("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())])
FIRST = Footing(run_type="incremental", base=None, last=None)


def upserting(item: Make, polish: PolishConfig | None = None, **store: Any) -> Item:
    return item(
        run_type="incremental",
        watermark=WatermarkConfig(column="at"),
        keys=("id",),
        polish=polish or PolishConfig(),
        home_can={"incremental": True},
        store_can={"modes": frozenset({"replace", "append", "upsert"}), **store},
    )


def shaped(item: Item, **told: Any) -> Shape:
    return shape(
        item, FIRST, Plan(schema=schemas.pack(SOURCE), splits=(), **told), "2024-02-29T12:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("polish", "by"),
    [
        (PolishConfig(), "at"),
        (PolishConfig(rename={"at": "When"}), "When"),
        (PolishConfig(cast={"at": "string"}), None),
        (PolishConfig(drop=("at",)), None),
    ],
)
def test_of_equal_keys_the_one_counts_whose_watermark_is_greatest_as_long_as_the_store_sees_it(
    item: Make, polish: PolishConfig, by: str | None
) -> None:
    """As text a greater number may be the lesser one."""
    found = shaped(upserting(item, polish))
    assert (found.keys, found.latest_by) == (("id",), by)
    assert any("the last one counts" in note for note in found.notes) == (by is None)


def test_what_a_source_deleted_is_refused_where_it_would_stay(item: Make) -> None:
    with pytest.raises(Refused, match="cannot delete rows"):
        shaped(upserting(item), operations=True)
    assert shaped(upserting(item, deletes=True), operations=True).keys == ("id",)


def test_the_names_that_the_store_will_see_are_those_it_has_to_take(item: Make) -> None:
    polish = PolishConfig(rename={"note": "remarks"})
    with pytest.raises(Refused, match="longer: remarks"):
        shaped(upserting(item, polish, identifier_limit=6))
    assert shaped(upserting(item, identifier_limit=4))
