"""Laws of a store: what is seen of many targets at once is what a look at each would see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hygge.errors import Superseded
from hygge.testing.store_bench import FIRST, SECOND, THIRD, Bench, StoreLaws, after
from hygge.testing.values import job_id, target

__all__ = ["SurveyLaws"]


class SurveyLaws(StoreLaws):
    """A survey is made by one instance and used by others, some time later."""

    def test_a_survey_of_many_targets_tells_of_each_what_a_look_would(self, bench: Bench) -> None:
        names = ("never", "once", "twice", "staged", "foreign")
        mode = self.promised_modes()[-1]
        for entity in ("once", "twice", "staged"):
            bench.landed(entity=entity)
        bench.land(bench.job(mode, bench.state("twice").receipt, entity="twice"), SECOND)
        old = job_id(datetime.now(UTC) - timedelta(days=30))
        bench.seal(bench.job(mode, bench.state("staged").receipt, entity="staged", id=old), THIRD)
        self.plant(bench.config, "foreign")
        seen = bench.store.survey([target(name) for name in names])
        found = {name: bench.open().ready(target(name), seen.get(target(name))) for name in names}
        assert found == {name: bench.state(name) for name in names}
        assert bench.leftovers() == [], "what a dead job had staged is still there"

    def test_whoever_commits_after_a_survey_is_not_overlooked(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        seen = bench.store.survey([target(), target("other")])
        rival = bench.land(bench.job(mode, base), SECOND)
        state = bench.open().ready(target(), seen.get(target()))
        assert not (state.damage)
        assert not (state.foreign)
        assert not (state.pending)
        if state.receipt != rival:  # what was seen may be used, but not to commit on it
            with pytest.raises(Superseded):
                bench.land(bench.job(mode, state.receipt), THIRD)
        assert bench.rows() == after(mode, FIRST, SECOND)
