"""A disk that is full or may not be written to is told with a path, and costs nothing once it is mended."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import small_disks
from hygge.testing.sweep import Sweep

pytestmark = [
    pytest.mark.parametrize("scenario", SCENARIOS, indirect=True),
    pytest.mark.skipif(bool(small_disks.unavailable()), reason=small_disks.unavailable()),
    pytest.mark.sample(4, among=4),
]


def test_a_disk_that_fills_up_is_told_and_the_next_run_heals(sweep: Sweep) -> None:
    small_disks.full_disks(sweep)


def test_a_disk_that_may_not_be_written_to_is_told_and_the_next_run_heals(sweep: Sweep) -> None:
    small_disks.read_only_disks(sweep)
