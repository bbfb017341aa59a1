"""Laws of a home: what is planned and read."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hygge.codec import decode, encode
from hygge.errors import HyggeError, NeedsUser
from hygge.model import Plan
from hygge.testing.canaries import assert_sendable, assert_untold, said
from hygge.testing.home_bench import (
    HomeBench,
    HomeLaws,
    read_elsewhere,
    request,
    schema_of,
    window,
)
from hygge.testing.values import SCHEMA, counted, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hygge.testing.warm import Warm

__all__ = ["ReadingLaws"]


class ReadingLaws(HomeLaws):
    """One plan, and what is read by it."""

    # -- the schema is the catalogue's -----------------------------------------------------------

    def test_the_schema_does_not_depend_on_the_rows(self, source: HomeBench) -> None:
        source.fill()
        empty = schema_of(source.home.plan(request()))
        source.insert(table(range(50)))
        assert schema_of(source.home.plan(request())) == empty
        assert empty.names == SCHEMA.names

    def test_every_batch_has_exactly_the_planned_schema(self, source: HomeBench) -> None:
        source.fill(table(range(50)))
        asked, plan = source.plan(request())
        batches = list(source.batches(asked, plan.splits))
        assert len(batches) > 1
        assert {str(batch.schema) for batch in batches} == {str(schema_of(plan))}

    def test_a_first_batch_of_nulls_changes_no_type(self, source: HomeBench) -> None:
        rows = table(range(40)).to_pylist()
        for row in rows[:20]:
            row.update(at=None, note=None)
        source.fill(SCHEMA.empty_table().from_pylist(rows, schema=SCHEMA))
        asked, plan = source.plan(request())
        batches = list(source.batches(asked, plan.splits))
        assert all(batch.schema == schema_of(plan) for batch in batches)
        assert counted(batches) == counted(SCHEMA.empty_table().from_pylist(rows, schema=SCHEMA))

    def test_an_entity_without_rows_is_read_without_rows(self, source: HomeBench) -> None:
        source.fill()
        asked, plan = source.plan(request())
        assert sum(batch.num_rows for batch in source.batches(asked, plan.splits)) == 0
        assert plan.splits, "also a table without rows is read"

    def test_columns_are_those_that_were_asked_for(self, source: HomeBench) -> None:
        source.fill(table(range(20)))
        asked, plan = source.plan(request(columns=("note", "id")))
        batches = list(source.batches(asked, plan.splits))
        assert schema_of(plan).names == ["note", "id"], "the order is that of the request"
        assert all(batch.schema == schema_of(plan) for batch in batches)
        assert sum(batch.num_rows for batch in batches) == 20

    # -- every row once --------------------------------------------------------------------------

    def test_splits_partition_the_rows(self, source: HomeBench) -> None:
        source.fill(table(range(200)))
        assert source.rows(request()) == counted(table(range(200)))

    def test_split_ids_differ(self, source: HomeBench) -> None:
        source.fill(table(range(200)))
        _, plan = source.plan(request())
        assert len({split.id for split in plan.splits}) == len(plan.splits)

    def test_reading_a_split_twice_gives_equal_rows(self, source: HomeBench) -> None:
        if not self.capabilities().stable_splits:
            pytest.skip("stable splits are not promised")
        source.fill(table(range(100)))
        asked, plan = source.plan(request())
        for split in plan.splits:
            first = counted(source.home.read(asked, split))
            assert counted(source.open().read(asked, split)) == first

    def test_a_split_is_read_in_another_process_as_it_is_here(self, source: HomeBench, warm: Warm) -> None:
        source.fill(table(range(60)))
        asked, plan = source.plan(request())
        plan = decode(encode(pickle.loads(pickle.dumps(plan))), Plan)
        found = [
            row
            for split in plan.splits
            for row in warm.run(
                read_elsewhere, self.type, source.config, encode(asked), encode(split)
            ).result()
        ]
        assert dict(found) == counted(table(range(60)))

    def test_batches_keep_to_their_limits(self, source: HomeBench) -> None:
        source.fill(table(range(500), note="x" * 200))
        asked, plan = source.plan(request(batch_rows=100, batch_bytes=8_000))
        for batch in source.batches(asked, plan.splits):
            assert batch.num_rows <= 100
            assert batch.num_rows == 1 or batch.nbytes <= 2 * 8_000, batch.nbytes
        asked, plan = source.plan(request(batch_rows=7))
        assert max(batch.num_rows for batch in source.batches(asked, plan.splits)) <= 7

    # -- windows ---------------------------------------------------------------------------------

    def test_the_upper_end_is_fixed_before_anything_is_read(self, source: HomeBench) -> None:
        self._needs_windows()
        source.fill(table(range(30)))
        asked, plan = source.plan(request(window=window(10)))
        source.insert(table(range(1000, 1010)))
        assert asked.window is not None
        assert asked.window.upper == "29"
        assert counted(source.batches(asked, plan.splits)) == counted(table(range(10, 30)))

    def test_both_ends_of_a_window_belong_to_it(self, source: HomeBench) -> None:
        self._needs_windows()
        ties = {i: (10 if i < 20 else 20 if i < 40 else 30) for i in range(60)}
        source.fill(table(range(60), at=ties))
        asked, plan = source.plan(request(window=window(10)))
        asked = replace(asked, window=replace(_of(plan), lower="20", upper="20"))
        assert counted(source.batches(asked, plan.splits)) == counted(table(range(20, 40), at=ties))

    def test_a_window_names_its_type_and_its_upper_end(self, source: HomeBench) -> None:
        self._needs_windows()
        source.fill(table(range(30)))
        _, plan = source.plan(request(window=window()))
        assert (_of(plan).type, _of(plan).upper, _of(plan).column) == ("int64", "29", "at")

    def test_a_window_above_all_values_has_no_rows(self, source: HomeBench) -> None:
        self._needs_windows()
        source.fill(table(range(30)))
        assert not source.rows(request(window=window(100)))

    def test_a_window_over_no_rows_has_no_upper_end(self, source: HomeBench) -> None:
        self._needs_windows()
        source.fill()
        asked, plan = source.plan(request(window=window()))
        assert _of(plan).upper is None
        assert not counted(source.batches(asked, plan.splits))

    @pytest.mark.parametrize("nulls", [False, True])
    @pytest.mark.parametrize("lower", [None, 5])
    def test_rows_without_a_value_belong_to_a_window_only_if_it_says_so(
        self, source: HomeBench, nulls: bool, lower: int | None
    ) -> None:
        self._needs_windows()
        at: Mapping[int, int | None] = {i: (None if i % 3 == 0 else i) for i in range(30)}
        rows = table(range(30), at=at)
        source.fill(rows)
        expected = [
            i for i in range(30) if (at[i] is None and nulls) or (at[i] is not None and i >= (lower or 0))
        ]
        found = source.rows(request(window=window(lower, nulls=nulls)))
        assert found == counted(table(expected, at=at))

    @pytest.mark.parametrize("nulls", [False, True])
    def test_a_column_of_nulls_has_no_upper_end(self, source: HomeBench, nulls: bool) -> None:
        self._needs_windows()
        at = dict.fromkeys(range(10))
        source.fill(table(range(10), at=at))
        asked, plan = source.plan(request(window=window(nulls=nulls)))
        assert _of(plan).upper is None
        expected = counted(table(range(10), at=at)) if nulls else counted(None)
        assert counted(source.batches(asked, plan.splits)) == expected

    def test_nulls_are_refused_while_planning_if_the_window_says_so(self, source: HomeBench) -> None:
        self._needs_windows()
        source.fill(table(range(10), at={3: None}))
        with pytest.raises(NeedsUser) as caught:
            source.plan(request(window=window(fail_on_nulls=True)))
        assert caught.value.code == "HYG304"
        assert_sendable(caught.value)
        source.fill(table(range(10)), "whole")
        source.plan(request("whole", window=window(fail_on_nulls=True)))

    def test_extreme_values_are_exact(self, source: HomeBench) -> None:
        ends = {1: -(2**63), 2: -1, 3: 2**53 + 1, 4: 2**63 - 1}
        source.fill(table(ends, at=ends))
        assert source.rows(request()) == counted(table(ends, at=ends))
        if not self.capabilities().incremental:
            return
        _, plan = source.plan(request(window=window()))
        assert _of(plan).upper == str(2**63 - 1)
        found = source.rows(request(window=window(2**53 + 1)))
        assert found == counted(table([3, 4], at=ends))

    def test_a_window_that_is_not_promised_is_refused_while_planning(self, source: HomeBench) -> None:
        if self.capabilities().incremental:
            return
        source.fill(table(range(10)))
        with pytest.raises(NeedsUser) as caught:
            source.plan(request(window=window(5)))
        assert_sendable(caught.value)

    def test_a_filter_is_applied_or_refused_never_passed_over(self, source: HomeBench) -> None:
        source.fill(table(range(30)))
        if self.where is None:
            with pytest.raises(HyggeError):
                source.rows(request(where="id > 5"))
        else:
            assert source.rows(request(where=self.where)) == counted(table(range(6, 30)))

    # -- what is not there -----------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("asked", "codes"),
        [
            (request("nowhere"), {"HYG302"}),
            (request(columns=("id", "nope")), {"HYG302"}),
            (request(window=replace(window(), column="nope")), {"HYG302", "HYG303"}),
        ],
        ids=["entity", "column", "watermark"],
    )
    def test_what_is_not_there_is_named_while_planning(
        self, source: HomeBench, asked: Any, codes: set[str]
    ) -> None:
        if asked.window is not None:
            self._needs_windows()
        source.fill(table(range(3)))
        with pytest.raises(NeedsUser) as caught:
            source.plan(asked)
        error = caught.value
        assert error.code in codes
        assert ("nowhere" if asked.entity == "nowhere" else "nope") in str(error)
        assert error.remedy
        assert_sendable(error)
        assert_untold(self.secrets, [said(error)])

    def test_check_says_what_is_wrong_and_how_to_mend_it(self, source: HomeBench) -> None:
        source.fill(table(range(3)))
        assert all(finding.ok for finding in source.home.check("orders"))
        for finding in source.home.check("nowhere"):
            assert finding.ok or finding.fix

    # -- the rest --------------------------------------------------------------------------------

    def test_an_identity_is_the_same_everywhere_and_tells_no_secret(self, source: HomeBench) -> None:
        source.fill()
        here = source.home.identity("orders")
        assert here == source.open().identity("orders")
        assert here != source.home.identity("invoices")
        assert not any(secret in here for secret in self.secrets)

    def test_entities_are_what_could_be_read_sorted(self, source: HomeBench) -> None:
        for name in ("orders", "customers"):
            source.fill(entity=name)
        assert list(source.home.entities()) in ([], ["customers", "orders"])

    def test_reading_can_be_given_up_and_begun_again(self, source: HomeBench) -> None:
        source.fill(table(range(200)))
        asked, plan = source.plan(request())
        for _ in range(3):
            reading = source.home.read(asked, plan.splits[0])
            next(reading)
            reading.close()  # type: ignore[attr-defined]  # homes read with generators
        source.home.cancel()
        assert source.rows(request()) == counted(table(range(200)))

    def test_close_is_repeatable(self, source: HomeBench) -> None:
        source.home.close()
        source.home.close()

    def _needs_windows(self) -> None:
        if not self.capabilities().incremental:
            pytest.skip("incremental reading is not promised")


def _of(plan: Plan) -> Any:
    assert plan.window is not None
    return plan.window
