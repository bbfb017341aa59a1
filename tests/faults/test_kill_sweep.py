"""Whatever moment a run is killed at, readers see whole states and the next run heals.

A sample of the points by default; all of them with ``HYGGE_SWEEP=full`` (`nox -s sweep`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import hygge
from hygge.testing.sweep import Command, Sweep, every

FULL_SWEEP = os.environ.get("HYGGE_SWEEP") == "full"
STEP = 1 if FULL_SWEEP else 9
pytestmark = pytest.mark.timeout(3600 if FULL_SWEEP else 120)
FULL_DROP = ""
INCREMENTAL = "run_type: incremental\nwatermark: {column: at, lookback: 3}\nkeys: [id]"
WITHOUT_KEYS = "run_type: incremental\nwatermark: {column: at}"


def rows(
    start: int, end: int, at: Callable[[int], int] = lambda i: i // 5
) -> list[tuple[int, int, str | None]]:
    """Rows with five ids on each watermark value, and some nulls."""
    return [(i, at(i), None if i % 9 == 0 else f"note {i}") for i in range(start, end)]


def run(project: Any) -> None:
    result = hygge.run(project.root)
    assert result.status == "success", result


def first_load(project: Any) -> None:
    project.insert(rows(0, 100))


def second_load(project: Any) -> None:
    project.insert(rows(0, 100))
    run(project)
    project.delete(20)
    project.insert(rows(100, 170))


def new_rows(project: Any) -> None:
    """Ties on the boundary, rows within the lookback, rows above it."""
    project.insert(rows(0, 100))
    run(project)
    project.insert(rows(100, 110, lambda i: 19))
    project.insert(rows(110, 115, lambda i: 17))
    project.insert(rows(115, 200))


def new_ties(project: Any) -> None:
    """Only the boundary is read again."""
    project.insert(rows(0, 100))
    run(project)
    project.insert(rows(100, 110, lambda i: 19))
    project.insert(rows(115, 200))


SCENARIOS = {
    "full-first": (FULL_DROP, first_load),
    "full-second": (FULL_DROP, second_load),
    "append-first": (INCREMENTAL, first_load),
    "append-new-rows": (INCREMENTAL, new_rows),
    "append-new-ties": (WITHOUT_KEYS, new_ties),
}


@pytest.fixture(params=SCENARIOS)
def sweep(request: pytest.FixtureRequest, project: Any) -> Iterator[Sweep]:
    """A sweep of `hygge run` from the start that the scenario names."""
    flow, prepare = SCENARIOS[request.param]
    project.write(flow)
    prepare(project)
    old = {entity: project.settled(entity) for entity in project.entities}

    def look() -> None:
        for entity, before in old.items():
            seen, new = project.settled(entity), project.source(entity)
            assert seen in (before, new) or (flow != FULL_DROP and before <= seen <= new), entity

    with Sweep(Command(argv=["run"]), project.root, look, project.check) as sweep:
        yield sweep
        print(f"{request.param}: {len(sweep.points)} points, {sweep.trials} trials")


def seed(request: pytest.FixtureRequest) -> int:
    return sum(map(ord, request.node.name))


def test_killed_at_any_point_readers_see_whole_states_and_the_next_run_heals(
    sweep: Sweep, request: pytest.FixtureRequest
) -> None:
    sweep.kill_once(every(STEP, len(sweep.points), seed(request)))


def test_killed_again_while_healing_the_run_after_that_heals(
    sweep: Sweep, request: pytest.FixtureRequest
) -> None:
    count = len(sweep.points)
    for first in every(4 * STEP, count, seed(request)):
        sweep.kill_twice((first, second) for second in every(7 if FULL_SWEEP else 30, count, first))


def test_killed_at_random_moments_three_times_in_a_row_the_next_run_heals(sweep: Sweep) -> None:
    sweep.kill_at_random(range(200 if FULL_SWEEP else 3))
