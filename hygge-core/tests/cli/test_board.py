"""What a progress display is told and shows."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from hygge.cli import figures
from hygge.cli.board import Board
from hygge.events import Event
from hygge.results import EntityResult


def event(kind: Any, entity: str = "", **facts: Any) -> Event:
    return Event(kind=kind, at=0.0, run_id="r", flow="shop" if entity else "", entity=entity, **facts)


def ended(entity: str, status: Any = "success") -> Event:
    result = EntityResult(flow="shop", entity=entity, status=status, run_type="full_drop", mode="replace")
    return event("entity_ended", entity, phase="done", rows=7, result=result)


class Clock:
    """A monotonic clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    board = Board(clock)
    board(event("run_started", entities=6))
    return board


def test_a_line_says_what_is_done_and_what_is_under_way(board: Board, clock: Clock) -> None:
    board(ended("a"))
    board(ended("b", "failed"))
    board(event("phase", "c", phase="planning"))
    board(event("phase", "d", phase="staging"))
    board(event("progress", "d", phase="staging", rows=1_200_000, bytes=30_000_000))
    clock.now += 2
    assert board.standing().line() == (
        "2.0 s: 2 of 6 entities done, 1 failed: shop.c planning, shop.d staging 1,200,000 rows at 15.0 MB/s"
    )


def test_a_line_stays_short_with_many_entities_under_way(board: Board) -> None:
    for name in "abcdef":
        board(event("phase", name, phase="planning"))
    assert board.standing().line().endswith("shop.a planning, shop.b planning, shop.c planning, 3 more")


def test_the_remaining_time_needs_an_estimate(board: Board, clock: Clock) -> None:
    board(event("phase", "a", phase="staging"))
    clock.now += 3
    board(event("progress", "a", phase="staging", rows=10, bytes=10))
    assert board.standing().moving[0].remaining == "-"
    board(event("progress", "a", phase="staging", rows=10, bytes=10, rows_expected=20))
    assert board.standing().moving[0].remaining == "3.0 s"


def test_without_a_terminal_a_line_comes_now_and_then(
    hygge: Any, flow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hygge.cli.progress.LINE_EVERY", 0.1)
    flow("slow", "entities: [orders]", {"delay": 0.2})
    told = hygge("run", "slow").err.splitlines()
    assert any(": 0 of 1 entity done: slow.orders staging" in line for line in told)
    assert told[-1].startswith("All is home: 1 entity settled, 25 rows moved in ")


@pytest.mark.parametrize("height", [5, 10, 50])
def test_the_live_table_fits_the_screen_and_takes_names_for_names(board: Board, height: int) -> None:
    from hygge.cli import live

    for number in range(20):
        board(ended(f"done{number}", "failed" if number == 19 else "success"))
    for number in range(4):
        board(event("phase", f"[bold]{number}", phase="staging"))
    console = Console(file=io.StringIO(), width=100, height=height)
    with console.capture() as capture:
        console.print(live._drawn(board.standing(), height))
    lines = capture.get().splitlines()
    assert len(lines) < height
    assert "shop.[bold]0" in capture.get()
    assert lines[-1].startswith("20 of 6 entities done, 1 failed")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0.0, "0.0 s"), (0.04, "40 ms"), (0.0996, "0.1 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s")),
        *((61, "1 min 1 s"), (7500, "2 h 5 min")),
    ],
)
def test_durations_come_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_999, "1.0 MB"), (5e12, "5.0 TB")]
)
def test_sizes_come_in_the_unit_that_fits(number: int, text: str) -> None:
    assert figures.size(number) == text


def test_a_table_is_aligned_also_where_characters_are_wide_or_combined() -> None:
    said = figures.table(["name", ">n"], [["日本", "1"], ["e\u0301a", "22"], ["abcd", "333"]])
    assert said == "name    n\n日本    1\ne\u0301a     22\nabcd  333"
