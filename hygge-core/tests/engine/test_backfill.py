"""Backfills: what is missing comes, what is there stays once, and the watermark does not move."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hygge.errors import ConfigurationError

BY_KEY = "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\n"
BY_ROW = "run_type: incremental\nwatermark: {column: at, lookback: 3}\n"


def rows(*ids: int) -> list[tuple[int, int, str]]:
    return [(n, n, f"row {n}") for n in ids]


@pytest.mark.parametrize("flow", [BY_KEY, BY_ROW])
def test_late_rows_of_a_window_are_added_and_no_other_is_doubled(bench: Any, flow: str) -> None:
    bench.flow(flow)
    bench.source.rows = rows(*range(10, 30))
    bench.one()
    bench.source.rows += [(100, 12, "late"), (101, 28, "late, too"), (102, 5, "out")]
    result = bench.one(from_="10", to="28")
    assert (result.status, result.rows_written) == ("success", 2)
    assert result.watermark["upper"] == "29"
    assert bench.landed() == Counter([r for r in bench.source.rows if r[0] != 102])
    assert bench.one(from_="10").status == "skipped"
    bench.source.rows += rows(40)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter([r for r in bench.source.rows if r[0] != 102])


def test_rows_without_keys_are_counted_so_that_a_new_twin_still_comes(bench: Any) -> None:
    bench.flow(BY_ROW)
    bench.source.rows = [(1, 1, "x"), (1, 1, "x"), (2, 9, "y")]
    bench.one()
    bench.source.rows.append((1, 1, "x"))
    assert bench.one(to="5").rows_written == 1
    assert bench.one(to="5").status == "skipped"
    assert bench.landed() == Counter(bench.source.rows)


@pytest.mark.parametrize("flow", [BY_KEY, BY_ROW])
def test_what_a_backfill_adds_at_the_watermark_is_not_new_to_the_next_run(bench: Any, flow: str) -> None:
    bench.flow(flow)
    bench.source.rows = rows(1, 2, 3)
    bench.one()
    bench.source.rows.append((9, 3, "late"))
    assert bench.one(from_="3", to="3").rows_written == 1
    assert bench.one().status == "skipped"
    assert bench.landed() == Counter(bench.source.rows)


def test_a_backfill_knows_of_rows_without_a_value_what_the_last_run_knew(bench: Any) -> None:
    nulls = "run_type: incremental\nkeys: [id]\nwatermark: {column: at, nulls: %s}\n"
    bench.flow(nulls % "skip")
    bench.source.rows = [*rows(1, 2), (7, None, "without")]
    bench.one(run_type="full_drop")
    bench.source.rows.append((8, 1, "late"))
    assert bench.one(from_="1", to="2").rows_written == 1
    bench.flow(nulls % "include")
    bench.one()
    assert bench.landed() == Counter(bench.source.rows)


def test_polish_does_not_hide_what_is_there(bench: Any) -> None:
    bench.flow(
        BY_ROW + "polish: {hash: [note], rename: {at: When, id: Key}, timestamps: [loaded_at], "
        "constants: [{name: c, value: 1}]}\n"
    )
    bench.source.rows = rows(*range(20))
    bench.one()
    assert bench.one(from_="0").status == "skipped"
    bench.source.rows.append((77, 3, "late"))
    assert bench.one(from_="0").rows_written == 1


def test_a_backfill_reads_nothing_above_the_watermark(bench: Any) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(*range(10))
    bench.one()
    bench.source.rows += rows(50)
    assert bench.one(from_="0", to="99").status == "skipped"
    assert bench.one().rows_written == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"from_": "7", "to": "3"}, "is empty"),
        ({"from_": "soon"}, "is no value of the watermark's type int64"),
    ],
)
def test_a_window_that_cannot_be_is_refused(bench: Any, options: dict[str, str], said: str) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(*range(10))
    bench.one()
    assert said in bench.one(**options).error["message"]


def test_a_backfill_completes_and_does_not_begin(bench: Any) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(1)
    assert bench.one(from_="0").error["code"] == "HYG407"
    with pytest.raises(ConfigurationError, match="contradict"):
        bench.one(from_="0", run_type="full_drop")
    bench.flow("")
    with pytest.raises(ConfigurationError, match="no watermark"):
        bench.one(from_="0")
