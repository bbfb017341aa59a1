"""Laws of a store: abort, rivals, other processes, and death at any point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hygge.codec import decode, encode
from hygge.errors import CommitUnknown, HyggeError, Superseded
from hygge.model import CommitPlan, Job, Receipt
from hygge.testing import trials
from hygge.testing.store_bench import FIRST, SECOND, Bench, StoreLaws, after, rows_of
from hygge.testing.trials import Splits
from hygge.testing.values import job_id, target
from hygge.testing.warm import Warm

__all__ = ["FaultLaws"]

THIRD: Splits = {"z": (30, 33, "third")}


class FaultLaws(StoreLaws):
    """Several jobs, several processes, and the worst moment."""

    # -- again ---------------------------------------------------------------------------------

    def test_a_commit_called_again_changes_nothing(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        plan = bench.seal(job, SECOND)
        receipt = bench.store.commit(job, plan)
        assert bench.store.commit(job, plan) == receipt == bench.open().commit(job, plan)
        assert bench.rows() == after(mode, FIRST, SECOND)

    def test_a_commit_called_again_from_another_process_changes_nothing(
        self, bench: Bench, warm: Warm, mode: str
    ) -> None:
        job = bench.job(mode, bench.landed())
        plan = bench.seal(job, SECOND)
        receipt = bench.store.commit(job, plan)
        again = warm.run(trials.commit, encode(job), encode(plan)).result()
        assert decode(again, Receipt) == receipt
        assert bench.rows() == after(mode, FIRST, SECOND)

    def test_what_a_dead_process_sealed_is_committed_or_given_up_as_promised(
        self, bench: Bench, warm: Warm, mode: str
    ) -> None:
        job = bench.job(mode, bench.landed())
        _, plan = warm.run(trials.prepare, job, SECOND).result()
        if trials.durable(self.type):
            bench.store.commit(job, decode(plan, CommitPlan))
            assert bench.rows() == after(mode, FIRST, SECOND)
        else:
            assert bench.store.receipt(job) is None
            bench.store.abort(job)
            assert bench.rows() == rows_of(FIRST)

    def test_a_commit_called_again_after_the_next_one_changes_nothing(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        plan = bench.seal(job, SECOND)
        receipt = bench.store.commit(job, plan)
        bench.land(bench.job("replace" if mode == "replace" else mode, receipt), THIRD)
        before = bench.rows()
        assert bench.store.commit(job, plan) == receipt
        assert bench.rows() == before

    # -- abort and sweep -------------------------------------------------------------------------

    def test_abort_is_repeatable_and_needs_nothing_staged(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        bench.store.abort(job)
        bench.seal(job, SECOND)
        bench.open().abort(job)
        bench.store.abort(job)
        assert bench.rows() == rows_of(FIRST)
        assert bench.leftovers() == []

    def test_abort_never_undoes_a_commit(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        receipt = bench.land(job, SECOND)
        bench.store.abort(job)
        assert bench.store.receipt(job) == receipt
        assert bench.rows() == after(mode, FIRST, SECOND)

    def test_sweep_removes_old_staging_of_unknown_jobs(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        bench.seal(bench.job(mode, base, id=job_id(datetime.now(UTC) - timedelta(days=30))), SECOND)
        bench.store.sweep(target(), ())
        bench.store.sweep(target(), ())
        assert bench.leftovers() == []
        assert bench.rows() == rows_of(FIRST)

    def test_sweep_leaves_live_jobs_and_other_targets_alone(self, bench: Bench, mode: str) -> None:
        if not trials.durable(self.type):
            pytest.skip("staging that dies with its connection cannot be swept")
        old = datetime.now(UTC) - timedelta(days=30)
        mine, other = (bench.job(mode, entity=e, id=job_id(old)) for e in ("orders", "orders.2"))
        plans = [bench.seal(job, FIRST) for job in (mine, other)]
        bench.open().sweep(target("orders"), (mine.id,))
        for job, plan in zip((mine, other), plans, strict=True):
            bench.store.commit(job, plan)
            assert bench.rows(job.entity) == rows_of(FIRST)

    # -- rivals ----------------------------------------------------------------------------------

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

    # -- death -----------------------------------------------------------------------------------

    def test_killed_at_any_point_the_next_process_ends_with_every_row_once(
        self, bench: Bench, warm: Warm, mode: str, tmp_path: Path
    ) -> None:
        for number in self._points(bench, warm, mode, tmp_path):
            entity, notebook = f"kill{number}", str(tmp_path / f"plan{number}")
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            died = warm.run(trials.move, job, SECOND, notebook, failpoint=f"kill@{number}")
            assert died.killed, died
            self._seen_whole_or_by_split(bench, mode, entity)
            self._healed(bench, warm, mode, job, notebook)

    def test_killed_again_while_healing_the_next_process_ends_with_every_row_once(
        self, bench: Bench, warm: Warm, mode: str, tmp_path: Path
    ) -> None:
        for number in self._points(bench, warm, mode, tmp_path):
            for second in (1, 2, 3):
                entity, notebook = f"twice{number}x{second}", str(tmp_path / f"twice{number}x{second}")
                job = bench.job(mode, bench.landed(entity=entity), entity=entity)
                warm.run(trials.move, job, SECOND, notebook, failpoint=f"kill@{number}")
                warm.run(trials.finish, job, SECOND, notebook, failpoint=f"kill@{second}")
                self._seen_whole_or_by_split(bench, mode, entity)
                self._healed(bench, warm, mode, job, notebook)

    def test_sweep_ends_a_commit_that_a_dead_process_began(
        self, bench: Bench, warm: Warm, mode: str, tmp_path: Path
    ) -> None:
        for number in self._points(bench, warm, mode, tmp_path):
            entity = f"swept{number}"
            job = bench.job(mode, bench.landed(entity=entity), entity=entity)
            warm.run(trials.move, job, SECOND, str(tmp_path / entity), failpoint=f"kill@{number}")
            warm.run(trials.sweep, self.type, bench.config, target(entity)).result()
            landed = bench.store.receipt(job) is not None
            assert bench.rows(entity) == (after(mode, FIRST, SECOND) if landed else rows_of(FIRST))
            assert bench.state(entity).pending is None

    def test_a_commit_that_slept_while_another_ended_it_changes_nothing(
        self, bench: Bench, warm: Warm, mode: str, tmp_path: Path
    ) -> None:
        if not trials.durable(self.type):
            pytest.skip("staging that dies with its connection stays in its process")
        for number in self._points(bench, warm, mode, tmp_path):
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
        receipt = _until_known(bench, job, plan)
        if followed:
            bench.land(bench.job(mode, receipt, entity=entity), THIRD)
        before, state = bench.rows(entity), bench.state(entity)
        sleeper.go_on()
        error = sleeper.wait().error
        assert error is None or isinstance(error, CommitUnknown), error
        assert bench.rows(entity) == before
        assert bench.state(entity) == state
        assert bench.store.receipt(job) == receipt

    def _points(self, bench: Bench, warm: Warm, mode: str, tmp_path: Path) -> range:
        log = tmp_path / "points"
        job = bench.job(mode, bench.landed(entity="count"), entity="count")
        warm.run(trials.move, job, SECOND, str(tmp_path / "count"), failpoint=f"count={log}").result()
        assert log.exists(), "the store passes no failpoint: call hygge.failpoints.failpoint at each step"
        return range(1, len(log.read_text().splitlines()) + 1)

    def _seen_whole_or_by_split(self, bench: Bench, mode: str, entity: str) -> None:
        old, new = rows_of(FIRST), after(mode, FIRST, SECOND)
        seen = bench.rows(entity)
        whole = seen in (old, new)
        part = self.capabilities().atomicity == "split" and mode != "replace" and old <= seen <= new
        assert whole or part, _difference(seen, old)

    def _healed(self, bench: Bench, warm: Warm, mode: str, job: Job, notebook: str) -> None:
        warm.run(trials.finish, job, SECOND, notebook).result()
        if bench.store.receipt(job) is None:
            assert bench.rows(job.entity) == rows_of(FIRST)
            bench.land(bench.job(mode, bench.state(job.entity).receipt, entity=job.entity), SECOND)
        bench.store.sweep(job.target, ())
        assert bench.rows(job.entity) == after(mode, FIRST, SECOND)
        assert bench.leftovers() == []
        state = bench.state(job.entity)
        assert (state.damage, state.foreign, state.pending) == (None, None, None)


def _until_known(bench: Bench, job: Job, plan: CommitPlan) -> Receipt:
    """Commit as the engine does: after a lost reply the receipt decides, then once more."""
    for _ in range(3):
        try:
            return bench.open().commit(job, plan)
        except CommitUnknown:
            receipt = bench.store.receipt(job)
            if receipt is not None:
                return receipt
    return bench.open().commit(job, plan)


def _difference(seen: Counter[tuple[Any, ...]], old: Counter[tuple[Any, ...]]) -> str:
    return f"too many: {seen - old}, missing: {old - seen}"


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
