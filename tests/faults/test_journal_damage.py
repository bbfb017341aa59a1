"""A journal that is torn or rotten is named, or made good; rows are neither lost nor doubled."""

from __future__ import annotations

import pytest

from faulting.scenarios import SCENARIOS
from hygge.testing import journal_damage
from hygge.testing.sweep import Sweep


@pytest.mark.parametrize("scenario", SCENARIOS, indirect=True)
@pytest.mark.sample(6, among=4)
def test_a_damaged_journal_is_named_or_made_good(sweep: Sweep) -> None:
    journal_damage.damaged_journals(sweep)
