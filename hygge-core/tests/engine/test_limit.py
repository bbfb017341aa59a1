"""A limit is kept to, whatever the home reads."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.errors import ConfigurationError


@pytest.mark.parametrize("splits", [1, 3])
@pytest.mark.parametrize(("limit", "moved"), [(3, 3), (10, 10), (13, 13), (25, 25), (99, 25)])
def test_a_limit_is_kept_to_where_the_home_knows_none(
    bench: Any, splits: int, limit: int, moved: int
) -> None:
    bench.source.rows = rows(*range(25))
    bench.source.splits = splits
    bench.flow(f"limit: {limit}")
    result = bench.one()
    assert (result.rows_read, result.rows_written, result.verdict) == (moved, moved, "verified")
    assert bench.landed().total() == moved
    assert bench.landed() <= Counter(bench.source.rows)


def test_reading_ends_with_the_last_row_of_a_limit(bench: Any) -> None:
    bench.source.rows = rows(*range(25))
    bench.source.endless = True
    bench.flow("limit: 30")
    assert bench.one().rows_written == 30


@pytest.mark.parametrize("options", [{"run_type": "incremental"}, {"from_": "1"}])
def test_a_limit_forbids_an_increment_whoever_asks_for_it(bench: Any, options: dict[str, str]) -> None:
    bench.source.rows = rows(*range(9))
    bench.flow("watermark: {column: at}\nlimit: 3")
    assert bench.one().rows_written == 3
    with pytest.raises(ConfigurationError, match="limit") as caught:
        bench.one(**options)
    assert caught.value.code == "HYG114"
    assert bench.landed().total() == 3


def test_an_increment_after_a_limited_load_is_offered_a_whole_one_alone(bench: Any) -> None:
    """Rows that the limit left out may lie below the watermark: no increment would ever read them."""
    bench.flow(f"{INCREMENTAL}\nkeys: [id]")
    bench.source.rows = [(n, 10 - n, "x") for n in range(10)]
    assert bench.one(run_type="full_drop", settings=["f.limit=3"]).rows_written == 3
    error = bench.one().error
    assert error["code"] == "HYG406"
    assert "limit from 3 to null" in error["message"]
    assert "hygge run f.f --full-drop" in error["message"]
    assert "adopt" not in error["message"]
    assert bench.one(run_type="full_drop").rows_written == 10


def test_an_increment_of_a_flow_that_follows_nothing_is_refused_before_anything_is_asked(bench: Any) -> None:
    bench.source.rows = rows(1)
    with pytest.raises(ConfigurationError, match="no watermark") as caught:
        bench.one(run_type="incremental")
    assert caught.value.code == "HYG114"
    assert not (bench.root / ".hygge_journal").exists()
