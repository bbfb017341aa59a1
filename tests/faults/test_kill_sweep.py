"""Whatever moment a run is killed at, readers see whole states and the next run heals.

A sample of the points by default; all of them with ``HYGGE_SWEEP=full`` (`nox -s sweep`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
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


@pytest.mark.parametrize(
    ("flow", "prepare"),
    [
        (FULL_DROP, first_load),
        (FULL_DROP, second_load),
        (INCREMENTAL, first_load),
        (INCREMENTAL, new_rows),
        (WITHOUT_KEYS, new_ties),
    ],
    ids=["full-first", "full-second", "append-first", "append-new-rows", "append-new-ties"],
)
def test_killed_at_any_point_readers_see_whole_states_and_the_next_run_heals(
    project: Any, flow: str, prepare: Callable[[Any], None], request: Any
) -> None:
    project.write(flow)
    prepare(project)
    old = {entity: project.settled(entity) for entity in project.entities}

    def look() -> None:
        for entity, before in old.items():
            seen, new = project.settled(entity), project.source(entity)
            assert seen in (before, new) or (flow != FULL_DROP and before <= seen <= new), entity

    with Sweep(Command(argv=["run"]), project.root, look, project.check) as sweep:
        count = len(sweep.points)
        seed = sum(map(ord, request.node.name))
        sweep.kill_once(every(STEP, count, seed))
        for first in every(4 * STEP, count, seed + 1):
            sweep.kill_twice((first, second) for second in every(7 if FULL_SWEEP else 30, count, first))
        print(f"{count} points, {sweep.trials} trials")
