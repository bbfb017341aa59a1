"""Two runs of one project at the same time: one works, the other is told or finds all done."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import races
from hygge.testing.sweep import Sweep


@pytest.mark.parametrize("scenario", SCENARIOS, indirect=True)
@pytest.mark.sample(2, among=4)
def test_of_two_runs_one_does_the_work(sweep: Sweep) -> None:
    races.raced(sweep)
