"""Laws of a store behind a service: whichever request fails, and however, every row is there once.

::

    class TestFaults(StoreServiceConformance):
        type = "rest"

        @pytest.fixture
        def script(self, service):       # the fake service that `config` leads to
            return service.script        # a hygge.testing.faults.FaultScript

A service that cannot fail in some way leaves it out of ``faults``.
"""

from __future__ import annotations

import pytest

from hygge.errors import CommitUnknown, HyggeError, TransientError
from hygge.model import CommitPlan, Job, Receipt, Staged
from hygge.testing import trials
from hygge.testing.canaries import assert_untold, said
from hygge.testing.faults import Fault, FaultScript
from hygge.testing.service import ATTEMPTS, PAUSE, ServiceLaws, assert_told, insist
from hygge.testing.store_bench import FIRST, SECOND, Bench, StoreLaws, after, rows_of

__all__ = ["StoreServiceConformance"]


class StoreServiceConformance(ServiceLaws, StoreLaws):
    """Every law of a store behind a service. Nothing of it is to be overridden."""

    def test_whichever_request_fails_every_row_is_there_once(
        self, bench: Bench, script: FaultScript, mode: str, fault: Fault
    ) -> None:
        for nth in range(1, self._requests(bench, script, mode) + 1):
            entity = f"once{nth}"
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            script.arm(fault, nth)
            receipt = settle(bench, job)
            assert script.fired == 1, f"request {nth} was not made"
            script.rest()
            assert bench.store.receipt(job) == receipt == bench.state(entity).receipt
            assert bench.rows(entity) == after(mode, FIRST, SECOND)
            bench.store.sweep(job.target, ())
        assert bench.leftovers() == []

    def test_a_service_that_stays_away_is_told_and_nothing_is_half_done(
        self, bench: Bench, script: FaultScript, fault: Fault
    ) -> None:
        mode = self.promised_modes()[-1]
        for nth in range(1, self._requests(bench, script, mode) + 1, 2):
            entity = f"away{nth}"
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            script.arm(fault, nth, times=10_000)
            told = self._gives_up(bench, job)
            script.rest()
            landed = bench.store.receipt(job) is not None
            assert landed or told is not None, "nothing was told, and nothing landed"
            self._seen_as_promised(bench, mode, entity, landed=landed)
            settle(bench, job)
            assert bench.rows(entity) == after(mode, FIRST, SECOND)

    def test_a_service_that_asks_for_a_pause_is_left_alone_for_it(
        self, bench: Bench, script: FaultScript
    ) -> None:
        if "throttled" not in self.faults:
            pytest.skip("the service never asks for one")
        mode = self.promised_modes()[-1]
        requests = self._requests(bench, script, mode)
        for nth in sorted({1, (requests + 1) // 2, requests}):
            entity = f"paused{nth}"
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            script.arm("throttled", nth, pause=PAUSE)
            settle(bench, job)
            assert (script.fired, script.early) == (1, 0), f"asked again before the {PAUSE} s had passed"
            script.rest()
            assert bench.rows(entity) == after(mode, FIRST, SECOND)

    def test_a_secret_that_is_refused_is_not_told(self, bench: Bench, script: FaultScript) -> None:
        mode = self.promised_modes()[-1]
        for nth in range(1, self._requests(bench, script, mode) + 1):
            entity = f"refused{nth}"
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            script.arm("refused", nth, times=10_000)
            told = None
            try:
                settle(bench, job, attempts=1)
            except HyggeError as error:
                told = error
            assert script.fired, f"request {nth} was not made"
            script.rest()
            landed = bench.store.receipt(job) is not None
            assert landed or told is not None, "nothing was told, and nothing landed"
            if told is not None:
                assert_told(told, self.secrets)
            self._seen_as_promised(bench, mode, entity, landed=landed)
            settle(bench, job)
            assert bench.rows(entity) == after(mode, FIRST, SECOND)

    def _seen_as_promised(self, bench: Bench, mode: str, entity: str, *, landed: bool) -> None:
        old, new, seen = rows_of(FIRST), after(mode, FIRST, SECOND), bench.rows(entity)
        promises = self.capabilities()
        begun = promises.atomicity == "split" and mode != "replace" and old <= seen <= new
        absent = promises.absent_while_replacing and mode == "replace" and not seen
        assert seen == (new if landed else old) or begun or absent

    def _gives_up(self, bench: Bench, job: Job) -> HyggeError | None:
        """What a run would be told; None: the requests that failed were none that mattered."""
        try:
            settle(bench, job, attempts=2)
        except (TransientError, CommitUnknown) as error:
            assert_untold(self.secrets, [said(error)])
            return error
        return None

    def _requests(self, bench: Bench, script: FaultScript, mode: str) -> int:
        """How many requests a job takes that nothing happens to."""
        job = bench.job(mode, bench.landed(entity="count"), entity="count")
        script.rest()
        settle(bench, job)
        assert script.requests, "the service was asked nothing: does config lead to the script's service?"
        return script.requests


def settle(bench: Bench, job: Job, attempts: int = ATTEMPTS) -> Receipt:
    """Stage, seal and commit as the engine does: again what is transient, and by receipt what is unknown."""
    store = bench.store

    def stage() -> list[Staged]:
        return [store.stage(job, name, trials.batches_of(split)) for name, split in SECOND.items()]

    staged = insist(stage, attempts)
    plan = insist(lambda: store.seal(job, staged), attempts)
    return insist(lambda: _commit(bench, job, plan), attempts)


def _commit(bench: Bench, job: Job, plan: CommitPlan) -> Receipt:
    for _ in range(3):
        try:
            return bench.store.commit(job, plan)
        except CommitUnknown:
            receipt = bench.store.receipt(job)
            if receipt is not None:
                return receipt
    return bench.store.commit(job, plan)
