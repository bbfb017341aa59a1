"""Laws of a store: of rivals one wins, whoever sleeps and whoever hurries; neighbours do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest

from hygge.codec import decode, encode
from hygge.errors import CommitUnknown, HyggeError, Superseded, TransientError
from hygge.model import CommitPlan, Job, Receipt
from hygge.testing import trials
from hygge.testing.store_bench import (
    FIRST,
    SECOND,
    THIRD,
    Bench,
    StoreLaws,
    after,
    rows_of,
    until_known,
)
from hygge.testing.warm import Warm

__all__ = ["RivalLaws"]

NEIGHBOURS = 6  # targets that settle at the same time


class RivalLaws(StoreLaws):
    """Several jobs on one base, several processes on one job."""

    def test_a_job_whose_base_is_not_the_last_receipt_is_superseded(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        late, first = bench.job(mode, base), bench.job(mode, base)
        plan = bench.seal(late, THIRD)
        bench.land(first, SECOND)
        for _ in range(2):
            with pytest.raises(Superseded):
                bench.store.commit(late, plan)
        bench.store.abort(late)
        assert bench.store.receipt(late) is None
        assert bench.rows() == after(mode, FIRST, SECOND)
        assert bench.leftovers() == []

    def test_a_job_planned_on_an_empty_target_is_superseded_by_any_other(
        self, bench: Bench, mode: str
    ) -> None:
        bench.landed()
        with pytest.raises(Superseded):
            bench.land(bench.job(mode, None), SECOND)
        assert bench.rows() == rows_of(FIRST)

    def test_of_rivals_in_two_threads_one_wins(self, bench: Bench, mode: str) -> None:
        def race(store_and_job: tuple[Any, Job, CommitPlan]) -> Receipt | HyggeError:
            store, job, plan = store_and_job
            try:
                receipt: Receipt = store.commit(job, plan)
            except HyggeError as error:
                return error
            return receipt

        with ThreadPoolExecutor(2) as pool:
            for jobs, plans in self._rivals(bench, mode):
                stores = [bench.open(), bench.open()]
                results = list(pool.map(race, zip(stores, jobs, plans, strict=True)))
                for store in stores:
                    store.close()
                self._one_won(bench, mode, jobs, plans, results)

    def test_of_rivals_in_two_processes_one_wins(self, bench: Bench, warm: Warm, mode: str) -> None:
        if not trials.durable(self.type):
            pytest.skip("staging that dies with its connection stays in its process")
        for jobs, plans in self._rivals(bench, mode):
            running = [
                warm.start(trials.commit, encode(job), encode(plan))
                for job, plan in zip(jobs, plans, strict=True)
            ]
            ends = [trial.wait() for trial in running]
            results = [end.error or decode(end.value, Receipt) for end in ends]
            self._one_won(bench, mode, jobs, plans, results)

    def _rivals(self, bench: Bench, mode: str) -> Iterator[tuple[list[Job], list[CommitPlan]]]:
        for number in range(self.rounds):
            entity = f"race{number}"
            base = bench.landed(entity=entity) if number % 2 else None
            jobs = [bench.job(mode, base, entity=entity) for _ in range(2)]
            yield jobs, [bench.seal(jobs[0], SECOND), bench.seal(jobs[1], THIRD)]

    def _one_won(
        self, bench: Bench, mode: str, jobs: list[Job], plans: list[CommitPlan], results: list[Any]
    ) -> None:
        """Whoever was told that the outcome is unknown finds it in the receipt, or by committing again."""
        told = [
            _known(bench, job, plan, result) for job, plan, result in zip(jobs, plans, results, strict=True)
        ]
        wins = [isinstance(result, Receipt) for result in told]
        assert sum(wins) == 1, told
        loser = wins.index(False)
        assert isinstance(told[loser], Superseded | CommitUnknown), told
        assert bench.store.receipt(jobs[loser]) is None
        bench.store.abort(jobs[loser])
        before = FIRST if jobs[0].base else {}
        entity = jobs[0].entity
        assert bench.state(entity).receipt == told[1 - loser]
        assert bench.rows(entity) == after(mode, before, (SECOND, THIRD)[1 - loser])

    # -- neighbours ------------------------------------------------------------------------------

    def test_targets_settle_side_by_side_in_one_process(self, bench: Bench, mode: str) -> None:
        """As in a run: each has a thread and an instance; commits take turns where that is asked for."""
        alone = self.capabilities().exclusive == "connection"
        turn: AbstractContextManager[object] = Lock() if alone else nullcontext()
        entities = [f"neighbour{number}" for number in range(NEIGHBOURS)]
        begin = Barrier(NEIGHBOURS)

        def settle(entity: str) -> None:
            store = bench.open()
            base = None
            try:
                begin.wait(60)
                for number, splits in enumerate((FIRST, SECOND)):
                    job = bench.job(mode if number else "replace", base, entity=entity)
                    store.foresee(job)
                    staged = [store.stage(job, name, trials.batches_of(s)) for name, s in splits.items()]
                    plan = store.seal(job, staged)
                    with turn:
                        base = store.commit(job, plan)
                    assert store.state(job.target).receipt == base
            finally:
                store.close()

        with ThreadPoolExecutor(NEIGHBOURS) as pool:
            list(pool.map(settle, entities))
        for entity in entities:
            assert bench.rows(entity) == after(mode, FIRST, SECOND)
        assert bench.leftovers() == []

    # -- sleepers --------------------------------------------------------------------------------

    def test_of_a_job_that_sleeps_and_a_rival_one_lands_whole(
        self, bench: Bench, warm: Warm, tmp_path: Path
    ) -> None:
        """Whatever a commit has looked at before it slept is looked at again in the step that decides."""
        mode = self.promised_modes()[-1]
        for number in self.points(bench, warm, mode, tmp_path):
            entity = f"rival{number}"
            base = bench.landed(entity=entity)
            asleep, awake = (bench.job(mode, base, entity=entity) for _ in range(2))
            plan = str(tmp_path / entity)
            sleeper = warm.start(trials.move, asleep, SECOND, plan, failpoint=f"stop@{number}")
            told = False
            if sleeper.stopped():
                told = self._hurry(bench, awake)
                sleeper.go_on()
            ended = sleeper.wait()
            assert ended.error is None or isinstance(ended.error, HyggeError), ended.error
            landed = [bench.store.receipt(job) is not None for job in (asleep, awake)]
            assert sum(landed) == 1, f"asleep and awake landed: {landed}"
            assert landed[1] or not told, "what was committed is gone"
            assert landed[0] or ended.error is not None, "what was committed is gone"
            assert bench.rows(entity) == after(mode, FIRST, SECOND if landed[0] else THIRD)

    def _hurry(self, bench: Bench, job: Job) -> bool:
        """Commit, if the sleeper lets us: it may hold a lock, or may have gone too far to lose."""
        try:
            bench.land(job, THIRD)
        except (Superseded, TransientError):
            bench.store.abort(job)
            return False
        return True

    def test_a_commit_that_slept_while_another_ended_it_changes_nothing(
        self, bench: Bench, warm: Warm, mode: str, tmp_path: Path
    ) -> None:
        if not trials.durable(self.type):
            pytest.skip("staging that dies with its connection stays in its process")
        for number in self.points(bench, warm, mode, tmp_path):
            for followed in (False, True):
                self._sleeper(bench, warm, mode, number, followed)

    def _sleeper(self, bench: Bench, warm: Warm, mode: str, number: int, followed: bool) -> None:
        entity = f"sleep{number}{followed}"
        job = bench.job(mode, bench.landed(entity=entity), entity=entity)
        plan = bench.seal(job, SECOND)
        sleeper = warm.start(trials.commit, encode(job), encode(plan), failpoint=f"stop@{number}")
        if not sleeper.stopped():
            assert decode(sleeper.wait().result(), Receipt) == bench.store.receipt(job)
            return
        receipt = until_known(bench, job, plan)
        if followed:
            bench.land(bench.job(mode, receipt, entity=entity), THIRD)
        before, state = bench.rows(entity), bench.state(entity)
        sleeper.go_on()
        error = sleeper.wait().error
        assert error is None or isinstance(error, CommitUnknown), error
        assert bench.rows(entity) == before
        assert bench.state(entity) == state
        assert bench.store.receipt(job) == receipt


def _known(bench: Bench, job: Job, plan: CommitPlan, result: Any) -> Any:
    """Two that finish one claim may each stop the other; then no receipt is there, and either goes on."""
    for _ in range(3):
        if not isinstance(result, CommitUnknown):
            break
        try:
            result = bench.store.receipt(job) or bench.store.commit(job, plan)
        except (CommitUnknown, Superseded) as error:
            result = error
    return result
