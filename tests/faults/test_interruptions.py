"""Whatever happens while a run sleeps, and whichever signal comes, no row is lost or doubled."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import interruptions
from hygge.testing.sweep import Sweep

pytestmark = [pytest.mark.parametrize("scenario", SCENARIOS, indirect=True), pytest.mark.sample(3, among=4)]


def test_a_run_that_sleeps_keeps_others_away_or_finds_its_work_done(sweep: Sweep) -> None:
    interruptions.paused_while_another_runs(sweep)


def test_a_run_that_sleeps_while_another_host_works_changes_nothing_of_it(sweep: Sweep) -> None:
    interruptions.paused_while_another_host_runs(sweep)


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_ends_a_run_with_its_exit_code_and_the_next_one_heals(sweep: Sweep, times: int) -> None:
    interruptions.signalled(sweep, times)
