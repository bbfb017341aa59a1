"""Whichever call of the kernel fails, and at whichever a run is killed, the next run heals."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import failing_calls
from hygge.testing.sweep import Sweep
from hygge.testing.system_calls import unavailable

pytestmark = [
    pytest.mark.parametrize("scenario", SCENARIOS, indirect=True),
    pytest.mark.skipif(bool(unavailable()), reason=unavailable()),
    pytest.mark.sample(4, among=4),
]


def test_killed_at_any_system_call_readers_see_whole_states_and_the_next_run_heals(sweep: Sweep) -> None:
    failing_calls.killed_at_calls(sweep)


def test_a_call_that_fails_is_told_with_its_path_or_does_no_harm_and_the_next_run_heals(
    sweep: Sweep,
) -> None:
    failing_calls.failing_calls(sweep)
