"""Whatever moment a run is killed at, readers see whole states and the next run heals."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import kills
from hygge.testing.sweep import Sweep

pytestmark = pytest.mark.parametrize("scenario", SCENARIOS, indirect=True)


@pytest.mark.sample(4)
def test_killed_at_any_point_readers_see_whole_states_and_the_next_run_heals(sweep: Sweep) -> None:
    kills.killed_at_points(sweep)


@pytest.mark.sample(3)
def test_killed_again_while_healing_the_run_after_that_heals(sweep: Sweep) -> None:
    kills.killed_while_healing(sweep, deaths=2)


@pytest.mark.sample(1)
def test_killed_twice_while_healing_the_run_after_that_heals(sweep: Sweep) -> None:
    kills.killed_while_healing(sweep, deaths=3)


@pytest.mark.sample(1)
def test_killed_at_random_moments_three_times_in_a_row_the_next_run_heals(sweep: Sweep) -> None:
    kills.killed_at_random(sweep, range(1000))
