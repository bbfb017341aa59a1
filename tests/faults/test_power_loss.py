"""Whenever the power is cut, and whatever of the last moments the disk has lost, the next run heals."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import power_loss
from hygge.testing.sweep import Sweep
from hygge.testing.system_calls import unavailable

pytestmark = [
    pytest.mark.parametrize("scenario", SCENARIOS, indirect=True),
    pytest.mark.skipif(bool(unavailable()), reason=unavailable()),
    pytest.mark.sample(6),
]


def test_after_a_power_cut_at_any_step_readers_see_whole_states_and_the_next_run_heals(sweep: Sweep) -> None:
    power_loss.losing_power(sweep, power_loss.recorded(sweep))
