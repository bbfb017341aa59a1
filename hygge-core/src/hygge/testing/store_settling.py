"""Laws of a store: staging, committing, receipts."""

from __future__ import annotations

import itertools
import pickle
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from hygge import schemas
from hygge.codec import decode, encode
from hygge.model import CommitPlan, Overlap, Receipt, Staged, WatermarkValue
from hygge.testing import trials
from hygge.testing.store_bench import EMPTY, FIRST, NAMES, SECOND, Bench, StoreLaws, after, rows_of
from hygge.testing.values import SCHEMA, batches, counted, target
from hygge.testing.warm import Warm

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SettlingLaws"]


class SettlingLaws(StoreLaws):
    """One job after the other."""

    # -- what is visible -------------------------------------------------------------------------

    def test_an_untouched_target_has_no_receipt_and_no_foreign_data(self, bench: Bench) -> None:
        state = bench.state()
        assert (state.receipt, state.foreign, state.damage, state.pending) == (None, None, None, None)

    def test_staged_and_sealed_rows_are_invisible(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        bench.seal(bench.job(mode, base), SECOND)
        assert bench.rows() == rows_of(FIRST)

    def test_staged_rows_are_invisible_at_every_moment(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        seen: list[Counter[tuple[Any, ...]]] = []
        ended, looked = threading.Event(), threading.Event()

        def look() -> None:
            while not ended.is_set():
                seen.append(bench.rows())
                looked.set()

        def slowly() -> Iterator[pa.RecordBatch]:
            for batch in batches(range(100, 120)):
                looked.clear()
                looked.wait(1)  # at least one look between two batches
                yield batch

        job = bench.job(mode, base)
        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                bench.store.seal(job, [bench.store.stage(job, "a", slowly())])
            finally:
                ended.set()
            looking.result()
        assert seen
        assert all(rows == rows_of(FIRST) for rows in seen)

    def test_a_commit_shows_every_split_once(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        bench.land(bench.job(mode, base), SECOND)
        assert bench.rows() == after(mode, FIRST, SECOND)

    def test_splits_staged_side_by_side_all_count(self, bench: Bench, mode: str) -> None:
        if not self.capabilities().parallel_staging:
            pytest.skip("parallel staging is not promised")
        job = bench.job(mode)

        def stage(name: str) -> Staged:
            store = bench.open()
            try:
                return store.stage(job, name, trials.batches_of(FIRST[name]))
            finally:
                store.close()

        with ThreadPoolExecutor(len(FIRST)) as pool:
            staged = list(pool.map(stage, FIRST))
        bench.store.commit(job, bench.store.seal(job, staged))
        assert bench.rows() == rows_of(FIRST)

    def test_a_split_staged_again_counts_once(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode)
        staged = {name: bench.store.stage(job, name, trials.batches_of(s)) for name, s in FIRST.items()}
        staged["b"] = bench.store.stage(job, "b", trials.batches_of(SECOND["b.1"]))
        bench.store.commit(job, bench.store.seal(job, list(staged.values())))
        assert bench.rows() == rows_of({**FIRST, "b": SECOND["b.1"]})

    def test_staging_a_split_again_leaves_the_others_alone(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode)
        names = ("1", "1.5", "10", "1/x", "1-0000", "é")
        staged = {n: bench.store.stage(job, n, batches([i])) for i, n in enumerate(names)}
        staged["1"] = bench.store.stage(job, "1", batches([0]))
        bench.store.commit(job, bench.store.seal(job, list(staged.values())))
        assert bench.rows() == counted(batches(range(len(names))))

    @pytest.mark.parametrize("batch", range(4))
    def test_a_split_that_broke_off_counts_nothing_until_it_is_staged_again(
        self, bench: Bench, mode: str, batch: int
    ) -> None:
        job = bench.job(mode)

        def breaking() -> Iterator[pa.RecordBatch]:
            yield from itertools.islice(batches(range(100, 110)), batch)
            raise ConnectionResetError("the source went away")

        with pytest.raises(ConnectionResetError):
            bench.store.stage(job, "a", breaking())
        assert bench.state().receipt is None
        bench.land(job, FIRST)
        assert bench.rows() == rows_of(FIRST)
        assert bench.leftovers() == []

    def test_any_number_of_splits_lands(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        bench.land(job, {f"{number}": (100 + number, 101 + number, "n") for number in range(25)})
        assert bench.rows() == after(mode, FIRST, {"all": (100, 125, "n")})

    def test_a_job_without_rows_commits_and_is_read_with_its_schema(self, bench: Bench, mode: str) -> None:
        receipt = bench.land(bench.job(mode), EMPTY)
        found = self.visible(bench.config, "orders")
        assert receipt.rows == 0
        assert found is not None
        assert (found.num_rows, tuple(found.column_names)) == (0, NAMES)

    def test_a_job_without_rows_replaces_all_and_adds_nothing(self, bench: Bench, mode: str) -> None:
        bench.land(bench.job(mode, bench.landed()), EMPTY)
        assert bench.rows() == after(mode, FIRST, EMPTY)

    def test_entities_do_not_touch_each_other(self, bench: Bench, mode: str) -> None:
        bench.landed(entity="orders")
        bench.land(bench.job(mode, entity="orders2"), SECOND)
        assert (bench.rows("orders"), bench.rows("orders2")) == (rows_of(FIRST), rows_of(SECOND))

    # -- receipts --------------------------------------------------------------------------------

    def test_there_is_no_receipt_before_the_commit_and_an_equal_one_after(
        self, bench: Bench, mode: str
    ) -> None:
        job = bench.job(mode, bench.landed())
        plan = bench.seal(job, SECOND)
        assert bench.store.receipt(job) is None
        receipt = bench.store.commit(job, plan)
        assert bench.store.receipt(job) == receipt == bench.open().receipt(job)
        assert bench.state().receipt == receipt

    def test_a_receipt_holds_all_that_is_needed_to_go_on(self, bench: Bench, mode: str) -> None:
        base = bench.landed()
        job = replace(bench.job(mode, base), reading={"keys": '["id"]'})
        watermark = WatermarkValue(column="at", type="int64", value="21")
        plan = replace(bench.seal(job, SECOND), watermark=watermark, position="lsn:7")
        receipt = bench.store.commit(job, plan)
        assert (receipt.job_id, receipt.number, receipt.base) == (job.id, base.number + 1, base.job_id)
        assert (receipt.watermark, receipt.position, receipt.reading) == (watermark, "lsn:7", job.reading)
        assert (receipt.flow, receipt.entity, receipt.mode) == (job.flow, job.entity, job.mode)
        assert (receipt.source_identity, receipt.target_identity) == (
            job.source_identity,
            job.target_identity,
        )
        assert receipt.rows == plan.rows == sum(rows_of(SECOND).values())
        assert schemas.unpack(receipt.schema) == SCHEMA
        assert datetime.fromisoformat(receipt.committed_at).tzinfo == UTC
        assert bench.open().state(job.target).receipt == receipt

    def test_rows_that_landed_are_counted_at_the_target(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        receipt = bench.land(job, SECOND)
        assert bench.store.rows(job, receipt) in (None, sum(rows_of(SECOND).values()))
        claiming = replace(receipt, rows=receipt.rows + 1)
        assert bench.store.rows(job, claiming) != claiming.rows, "what the receipt says was not counted"

    def test_of_many_commits_the_last_one_counts(self, bench: Bench, mode: str) -> None:
        receipt, landed = bench.landed(), FIRST
        for number in range(2, 14):  # numbers of one digit and of two
            split = {"a": (number * 10, number * 10 + 2, "n")}
            receipt = bench.land(bench.job(mode, receipt), split)
            landed = split if mode == "replace" else {**landed, str(number): split["a"]}
            assert (receipt.number, bench.open().state(target()).receipt) == (number, receipt)
        assert bench.rows() == rows_of(landed)

    def test_what_the_next_append_leaves_out_is_durable_with_the_receipt(
        self, bench: Bench, warm: Warm, mode: str
    ) -> None:
        if "append" not in self.capabilities().modes or mode == "upsert":
            pytest.skip("append is not promised, or leaves nothing out")
        known: bytes = b""
        receipt: Receipt | None = None
        for number, ids in enumerate((b"\1" * 32, b"", b"\4" * 16, b"\2" * 48_000)):
            job = bench.job(mode, receipt)
            for few_or_many in (b"\3" * 32_000, b"\3" * 16, ids):  # again, as after a split that broke off
                bench.store.stage_overlap(job, few_or_many)
            plan = bench.seal(job, {"a": (number * 10, number * 10 + 5, "n")})
            if receipt is not None:
                assert bench.open().overlap(receipt) == known
            overlap = Overlap(columns=("id",), count=len(ids) // 16, digest="0" * 32, lower="1")
            plan = replace(plan, overlap=overlap)
            if trials.durable(self.type):  # what was sealed is all that another process needs
                committed = warm.run(trials.commit, encode(job), encode(plan)).result()
                receipt, known = decode(committed, Receipt), ids
            else:
                receipt, known = bench.store.commit(job, plan), ids
            assert receipt.overlap == overlap
            assert bench.open().overlap(receipt) == known
        assert receipt is not None
        bench.store.sweep(target(), ())
        found = warm.run(trials.overlap, self.type, bench.config, encode(receipt)).result()
        assert found == known, "another process finds other identities, or none"

    # -- values that travel -------------------------------------------------------------------------

    def test_tokens_survive_pickle_and_json(self, bench: Bench, mode: str) -> None:
        job = bench.job(mode, bench.landed())
        staged = [bench.store.stage(job, n, trials.batches_of(s)) for n, s in SECOND.items()]
        travelled = [decode(encode(pickle.loads(pickle.dumps(part))), Staged) for part in staged]
        assert travelled == staged
        plan = bench.store.seal(job, travelled)
        again = decode(encode(pickle.loads(pickle.dumps(plan))), CommitPlan)
        assert again == plan
        receipt = bench.store.commit(decode(encode(job), type(job)), again)
        assert decode(encode(pickle.loads(pickle.dumps(receipt))), Receipt) == receipt
        assert bench.rows() == after(mode, FIRST, SECOND)

    # -- the end ------------------------------------------------------------------------------------

    def test_what_is_staged_is_named_among_what_is_left(self, bench: Bench, mode: str) -> None:
        """Else no law about leftovers could ever fail."""
        if not trials.durable(self.type):
            pytest.skip("what is staged dies with its process")
        job = bench.job(mode, bench.landed())
        bench.seal(job, SECOND)
        assert bench.leftovers() != []
        bench.store.abort(job)
        assert bench.leftovers() == []

    def test_a_commit_leaves_nothing_behind(self, bench: Bench, mode: str) -> None:
        bench.land(bench.job(mode, bench.landed()), SECOND)
        assert bench.leftovers() == []

    def test_check_finds_nothing_wrong_and_touches_nothing(self, bench: Bench) -> None:
        for finding in bench.store.check(target()):
            assert finding.ok, finding
        assert self.visible(bench.config, "orders") is None

    def test_close_is_repeatable(self, bench: Bench) -> None:
        bench.store.close()
        bench.store.close()
