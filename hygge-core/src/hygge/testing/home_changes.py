"""Laws of a home: windows compared with brute force, and columns that change before and during a read."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pytest

from hygge.errors import HyggeError
from hygge.model import Plan, ReadRequest
from hygge.testing.home_bench import HomeBench, HomeLaws, request, schema_of, window
from hygge.testing.values import SCHEMA, counted, table

__all__ = ["HomeChangeLaws"]

ROWS = table(range(30))
SHAPES: Mapping[str, pa.Table] = {
    "added": ROWS.append_column("extra", pa.array([f"x{n}" for n in range(30)])),
    "dropped": ROWS.drop_columns(["note"]),
    "renamed": ROWS.rename_columns(["id", "at", "remark"]),
    "reordered": ROWS.select(["note", "at", "id"]),
    "retyped": ROWS.set_column(1, "at", pa.array([f"t{n}" for n in range(30)])),
}


class HomeChangeLaws(HomeLaws):
    """The source of now, and the source of a moment ago."""

    # -- windows ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("seed", range(3))
    def test_windows_hold_what_brute_force_finds(self, source: HomeBench, seed: int) -> None:
        if not self.capabilities().incremental:
            pytest.skip("incremental reading is not promised")
        random_ = random.Random(seed)
        at = {n: random_.choice([None, *range(-4, 12)]) for n in range(60)}  # ties and nulls abound
        source.fill(table(at, at=at))
        for _ in range(8):
            lower = random_.choice([None, *range(-6, 14)])
            nulls = random_.random() < 0.5
            asked, plan = source.plan(request(window=window(lower, nulls=nulls)))
            least = -99 if lower is None else lower
            inside = [n for n, value in at.items() if (nulls if value is None else value >= least)]
            expected = counted(table(inside, at=at))
            assert counted(source.batches(asked, plan.splits)) == expected, f"lower {lower}, nulls {nulls}"

    def test_rows_that_come_between_plan_and_read_belong_to_the_next_window(self, source: HomeBench) -> None:
        if not self.capabilities().incremental:
            pytest.skip("incremental reading is not promised")
        source.fill(table(range(20)))
        asked, plan = source.plan(request(window=window()))
        source.insert(table(range(20, 40)))
        assert counted(source.batches(asked, plan.splits)) == counted(table(range(20)))
        asked, plan = source.plan(request(window=window(20)))
        assert counted(source.batches(asked, plan.splits)) == counted(table(range(20, 40)))

    # -- positions -------------------------------------------------------------------------------

    def test_rows_that_come_between_plan_and_read_come_after_its_position(self, source: HomeBench) -> None:
        self._needs_positions()
        source.fill(table(range(20)))
        asked, plan = source.plan(request())
        source.insert(table(range(20, 40)))
        assert counted(source.batches(asked, plan.splits)) == counted(table(range(20)))
        position = plan.position
        assert position is not None
        for expected in (table(range(20, 40)), SCHEMA.empty_table()):
            asked, plan = source.plan(request(position=position))
            assert counted(source.batches(asked, plan.splits)) == counted(expected)
            position = plan.position

    @pytest.mark.parametrize("rows", [10, 20, 30])
    def test_a_source_made_anew_behind_its_position_is_read_again_or_refused(
        self, source: HomeBench, rows: int
    ) -> None:
        """An offset alone does not tell one log from the next of its name."""
        self._needs_positions()
        source.fill(table(range(20)))
        _, plan = source.plan(request())
        new = table(range(100, 100 + rows), note="new")
        self.remake(source.config, "orders", new)
        with self._or_refused():
            asked, plan = source.plan(request(position=plan.position))
            assert counted(source.batches(asked, plan.splits)) >= counted(new)

    def _needs_positions(self) -> None:
        if not self.capabilities().positions:
            pytest.skip("positions are not promised")

    # -- columns ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("change", list(SHAPES))
    def test_columns_that_changed_before_the_plan_are_read_as_they_are_or_refused(
        self, source: HomeBench, change: str
    ) -> None:
        source.fill(table(range(10)))
        source.home.plan(request())
        self.remake(source.config, "orders", SHAPES[change])
        with self._or_refused():
            asked, plan = source.plan(request())
            self._follows(source, asked, plan, SHAPES[change])

    @pytest.mark.parametrize("change", list(SHAPES))
    def test_columns_that_change_after_the_plan_are_read_as_planned_or_refused(
        self, source: HomeBench, change: str
    ) -> None:
        source.fill(ROWS)
        asked, plan = source.plan(request())
        self.remake(source.config, "orders", SHAPES[change])
        with self._or_refused():
            self._follows(source, asked, plan, ROWS)

    @contextlib.contextmanager
    def _or_refused(self) -> Iterator[None]:
        """Within, an error of hygge is an answer, too, if it says the next step."""
        refusal = None
        try:
            yield
        except HyggeError as error:
            refusal = error
        assert refusal is None or refusal.remedy, f"the refusal says no next step: {refusal}"

    def _follows(self, source: HomeBench, asked: ReadRequest, plan: Plan, rows: pa.Table) -> None:
        """What is read has the plan's schema and the rows, column by name."""
        batches = list(source.batches(asked, plan.splits))
        assert sorted(schema_of(plan).names) == sorted(rows.column_names)
        assert all(batch.schema == schema_of(plan) for batch in batches)
        found = pa.Table.from_batches(batches, schema_of(plan)).select(rows.column_names)
        assert counted(found.cast(rows.schema)) == counted(rows)
