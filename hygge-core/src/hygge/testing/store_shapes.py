"""Laws of a store: tables of other shapes, names that are data, changes of columns, operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.errors import NeedsUser, StopEntity
from hygge.model import Job, Receipt, Window
from hygge.testing.canaries import assert_sendable
from hygge.testing.store_bench import FIRST, SECOND, Bench, StoreLaws, rows_of
from hygge.testing.values import SCHEMA, counted, table

__all__ = ["ShapeLaws"]

NAMES = (
    "order", "SELECT", "two words", " around ", "a'b", 'a"b', "a]b", "a`b", "a;--b", "a.b", "a/b", "a\\b",
    "a%b", "%41", "a,b", "a:b", "a\tb", "a\nb", "ümläut", "u\u0308ml", "数据", "🙂", "شركة", "1st", "_hidden",
    "null", "rowid", "CON", "trailing.", "x" * 64, "x" * 128, "x" * 300,
)  # fmt: skip
OPERATION = "_hygge_op"
WIDER = [
    (pa.int8(), pa.int32(), [-128, 127]),
    (pa.int32(), pa.int64(), [-(2**31), 2**31 - 1]),
    (pa.float32(), pa.float64(), [1.5, -3.4028234663852886e38]),
    (pa.decimal128(5, 2), pa.decimal128(12, 4), ["123.45", "-999.99"]),
]


class ShapeLaws(StoreLaws):
    """Whatever a table looks like: exactly that, or a refusal before a row is read."""

    # -- shapes ----------------------------------------------------------------------------------

    def test_a_table_of_keys_alone_is_settled_twice(self, bench: Bench, mode: str) -> None:
        only = pa.schema([SCHEMA.field("id")])
        first = self._land(bench, bench.job(mode, schema=only), table(range(5)).select(["id"]))
        job = bench.job(mode, first, schema=only)
        self._land(bench, job, table(range(5, 9)).select(["id"]))
        expected = range(5, 9) if mode == "replace" else range(9)
        assert sorted(bench.reread(job)["id"].to_pylist()) == list(expected)

    @pytest.mark.parametrize("columns", [1_024, 1_025, 4_096])
    def test_a_wide_table_is_settled_or_refused_before_a_row_is_read(
        self, bench: Bench, columns: int
    ) -> None:
        names = ["id", *(f"c{number}" for number in range(1, columns))]
        wide = pa.table([pa.array([1, 2], pa.int64())] * columns, names=names)
        self._settled_or_refused(bench, wide)

    @pytest.mark.parametrize("size", [1 << 20, 1 << 23])
    def test_long_values_are_settled_whole_or_refused(self, bench: Bench, size: int) -> None:
        long = pa.table({"id": [1, 2], "text": ["ä" * (size // 2), "end"], "raw": [b"\0" * size, b"end"]})
        self._settled_or_refused(bench, long, early=False)

    def test_the_first_batch_of_nulls_changes_no_type(self, bench: Bench, mode: str) -> None:
        whole = table(range(20))
        nulls = pa.table([whole["id"], pa.nulls(20, pa.int64()), pa.nulls(20, pa.string())], schema=SCHEMA)
        rest = table(range(20, 40))
        self._land(bench, bench.job(mode), pa.concat_tables([nulls, rest]))
        found = bench.reread(bench.job(mode))
        assert found.schema.field("at").type == pa.int64()
        assert bench.rows() == counted(pa.concat_tables([nulls, rest]))

    def test_a_replace_brings_the_columns_and_types_of_its_job(self, bench: Bench) -> None:
        if "replace" not in self.capabilities().modes:
            pytest.skip("replace is not promised")
        base = bench.landed("replace")
        new = pa.table({"id": pa.array([1], pa.int64()), "price": ["1.5"]})  # types of which all are sure
        job = bench.job("replace", base, schema=new.schema)
        self._land(bench, job, new)
        assert bench.reread(job).to_pylist() == new.to_pylist()
        schema = bench.state().schema
        assert schema is not None
        assert schemas.unpack(schema).names == ["id", "price"]

    # -- names -----------------------------------------------------------------------------------

    @pytest.mark.parametrize("name", NAMES)
    def test_a_column_name_is_data_or_refused_before_a_row_is_read(self, bench: Bench, name: str) -> None:
        self._settled_or_refused(bench, pa.table({"id": [1, 2], name: ["a", None]}))

    def test_names_that_differ_in_case_or_form_are_all_kept_or_refused(self, bench: Bench) -> None:
        for pair in (("note", "NOTE"), ("\u00e9", "e\u0301"), ("straße", "STRASSE"), ("a", "a ")):
            twins = pa.table({"id": [1], pair[0]: ["first"], pair[1]: ["second"]})
            self._settled_or_refused(bench, twins, entity=f"twins{ord(pair[0][0])}")

    def test_names_are_settled_up_to_the_limit_and_refused_beyond_it(self, bench: Bench) -> None:
        limit = self.capabilities().identifier_limit
        fits = pa.table({"id": [1], "n" * (limit or 1_000): ["a"]})
        assert self._settled_or_refused(bench, fits), f"a name of {limit or 'any'} characters is promised"
        if limit is not None:
            longer = pa.table({"id": [1], "n" * (limit + 1): ["a"]})
            assert not self._settled_or_refused(bench, longer, entity="longer"), f"{limit} was the limit"

    # -- changes of columns ----------------------------------------------------------------------

    def test_a_column_that_is_added_is_null_in_older_rows_and_there_with_the_commit(
        self, bench: Bench, mode: str
    ) -> None:
        if mode == "replace":
            pytest.skip("a replace brings columns of its own")
        if not self.capabilities().add_columns:
            pytest.skip("adding columns is not promised")
        base = bench.landed(mode)
        rows = table(range(10, 20), note="new")
        wider = rows.append_column("extra", pa.array([f"x{n}" for n in range(10)]))
        job = bench.job(mode, base, schema=wider.schema)
        plan = bench.store.seal(job, [bench.store.stage(job, "all", iter(wider.to_batches()))])
        assert bench.rows() == rows_of(FIRST)
        assert "extra" not in bench.reread(bench.job(mode)).column_names
        bench.store.commit(job, plan)
        old = table(range(15), note="old").append_column("extra", pa.nulls(15, pa.string()))
        kept = old.slice(0, 10) if mode == "upsert" else old
        assert counted(bench.reread(job)) == counted(pa.concat_tables([kept, wider]))

    def test_an_upsert_leaves_columns_alone_that_the_source_does_not_have(self, bench: Bench) -> None:
        """`Job.absent` names them; a row that is new has none of their values."""
        if "upsert" not in self.capabilities().modes:
            pytest.skip("upsert is not promised")
        base = bench.landed("upsert")
        job = replace(bench.job("upsert", base), absent=("note",))
        lacking = table(range(10, 20)).set_column(2, SCHEMA.field("note"), pa.nulls(10, pa.string()))
        before = {row["id"]: row["note"] for row in bench.reread(job).to_pylist()}
        self._land(bench, job, lacking.cast(SCHEMA))
        after = {row["id"]: row["note"] for row in bench.reread(job).to_pylist()}
        assert any(before.values())
        assert after == {**before, **dict.fromkeys(range(15, 20))}

    # -- equal keys ------------------------------------------------------------------------------

    @pytest.mark.parametrize("latest_by", [None, "at"])
    def test_of_rows_with_equal_keys_the_last_or_the_latest_one_stays(
        self, bench: Bench, latest_by: str | None
    ) -> None:
        """With `Job.latest_by` the greatest value wins, null being the least; among equals the last row.

        It is between the rows of one job: what the target holds gives way to any of them.
        """
        if "upsert" not in self.capabilities().modes:
            pytest.skip("upsert is not promised")
        base = bench.landed("upsert")
        job = replace(bench.job("upsert", base), latest_by=latest_by)
        splits: list[list[tuple[int, int | None, str]]] = [
            [(1, 3, "low"), (2, 8, "high"), (1, 9, "high"), (3, None, "null"), (4, -4, "less than there")],
            [(1, None, "null"), (2, 5, "low"), (3, None, "null, later"), (5, 5, "equal"), (1, 7, "last")],
            [(5, 5, "equal, later")],
        ]
        parts = [
            pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)
            for rows in splits
        ]
        staged = [bench.store.stage(job, f"s{n}", iter(part.to_batches())) for n, part in enumerate(parts)]
        bench.store.commit(job, bench.store.seal(job, staged))
        found = {row["id"]: row["note"] for row in bench.reread(job).to_pylist()}
        stays = {3: "null, later", 4: "less than there", 5: "equal, later"}
        stays |= {1: "high", 2: "high"} if latest_by else {1: "last", 2: "low"}
        assert {key: found[key] for key in stays} == stays
        assert len(found) == 15

    @pytest.mark.parametrize(("narrow", "wide", "values"), WIDER, ids=str)
    def test_a_column_that_is_widened_keeps_the_older_values(
        self, bench: Bench, mode: str, narrow: pa.DataType, wide: pa.DataType, values: Sequence[Any]
    ) -> None:
        if mode == "replace":
            pytest.skip("a replace brings types of its own")
        if not self.capabilities().widen_types:
            pytest.skip("widening types is not promised")
        before, after = (self._typed(ids, kind, values) for ids, kind in (((1, 2), narrow), ((3, 4), wide)))
        base = self._land(bench, bench.job(mode, schema=before.schema), before)
        job = bench.job(mode, base, schema=after.schema)
        self._land(bench, job, after)
        found = bench.reread(job)
        assert counted(found) == counted(pa.concat_tables([before.cast(after.schema), after]))

    def _typed(self, ids: Sequence[int], kind: pa.DataType, values: Sequence[Any]) -> pa.Table:
        decimal = pa.types.is_decimal(kind)
        column = pa.array(values, pa.string()).cast(kind) if decimal else pa.array(values, kind)
        return pa.table({"id": pa.array(ids, pa.int64()), "v": column})

    # -- operations ------------------------------------------------------------------------------

    def test_operations_are_applied_kept_as_data_or_refused_before_a_row_is_read(
        self, bench: Bench, mode: str
    ) -> None:
        # an append keeps them in a column, which not every store can add to what is there
        base = None if mode == "append" and not self.capabilities().add_columns else bench.landed(mode)
        changes = _changes()
        job = bench.job(mode, base, schema=changes.schema)
        reads: list[int] = []
        try:
            self._land(bench, job, changes, reads)
        except NeedsUser:
            assert not reads, "refused, and a row was read before"
            assert bench.rows() == rows_of(FIRST if base else {})
            assert not (mode == "upsert" and self.capabilities().deletes), "deletes are promised"
            return
        found = bench.reread(job)
        if mode == "upsert":
            self._applied(found)
        else:
            kept = counted(found.select(changes.column_names))
            assert kept >= counted(changes), "neither applied nor kept: operations were lost"

    def _applied(self, found: pa.Table) -> None:
        rows = {row["id"]: row for row in found.to_pylist()}
        assert (rows[2]["at"], rows[100]["at"]) == (222, 100)
        if self.capabilities().deletes:
            assert sorted(rows) == [n for n in range(15) if n != 5] + [100]
        else:
            assert rows[5]["at"] == 5, "a delete blanked the row that it should have marked"

    # -- reading back ----------------------------------------------------------------------------

    def test_committed_rows_of_a_window_are_given_back_if_that_is_promised(self, bench: Bench) -> None:
        mode = "append" if "append" in self.capabilities().modes else self.promised_modes()[-1]
        base = bench.landed(mode)
        receipt = bench.land(bench.job(mode, base), SECOND)
        if not self.capabilities().read_back:
            try:
                list(bench.store.read_back(receipt, ["id"], Window(column="at")))
            except StopEntity:
                return
            pytest.fail("`read_back` gives rows and is not promised: promise it, or leave the method out")
        there = list(bench.rows().elements())
        for lower, upper in ((None, None), (3, None), (None, 12), (9, 17), (17, 9), (12, 12), (500, None)):
            low, high = (None if end is None else str(end) for end in (lower, upper))
            window = Window(column="at", type="int64", lower=low, upper=high)
            expected = [(row[2], row[0]) for row in there if _inside(row[1], lower, upper)]
            assert _given(bench, receipt, window) == Counter(expected)

    # -- parts -----------------------------------------------------------------------------------

    def _land(self, bench: Bench, job: Job, rows: pa.Table, reads: list[int] | None = None) -> Receipt:
        def given() -> Iterator[pa.RecordBatch]:
            for batch in rows.to_batches(max_chunksize=7):
                if reads is not None:
                    reads.append(batch.num_rows)
                yield batch

        return bench.store.commit(job, bench.store.seal(job, [bench.store.stage(job, "all", given())]))

    def _settled_or_refused(
        self, bench: Bench, rows: pa.Table, *, entity: str = "orders", early: bool = True
    ) -> bool:
        """Whether the table is there exactly; else nothing of it is, and ``early`` no row was read."""
        job = bench.job(self.promised_modes()[0], schema=rows.schema, entity=entity, keys=("id",))
        reads: list[int] = []
        try:
            self._land(bench, job, rows, reads)
        except NeedsUser as error:
            refusal = error
        else:
            found = bench.reread(job)
            assert found.column_names == rows.column_names
            assert found.cast(rows.schema).equals(rows)
            return True
        assert refusal.remedy, f"the refusal says no next step: {refusal}"
        assert_sendable(refusal)
        assert not (early and reads), "refused, and a row was read before"
        bench.store.abort(job)
        assert bench.state(entity).receipt is None
        assert bench.leftovers() == []
        return False


def _changes() -> pa.Table:
    """An update of row 2, a delete of row 5 that carries nothing but its key, an insert of row 100."""
    return pa.table(
        [[2, 5, 100], [222, None, 100], ["changed", None, "new"], ["update", "delete", "insert"]],
        schema=SCHEMA.append(pa.field(OPERATION, pa.string())),
    )


def _inside(value: int | None, lower: int | None, upper: int | None) -> bool:
    return value is not None and (lower is None or value >= lower) and (upper is None or value <= upper)


def _given(bench: Bench, receipt: Receipt, window: Window) -> Counter[tuple[Any, ...]]:
    found = list(bench.store.read_back(receipt, ["note", "id"], window))
    wanted = pa.schema([SCHEMA.field("note"), SCHEMA.field("id")])
    assert all(batch.schema.names == wanted.names and batch.schema.types == wanted.types for batch in found)
    return counted(found)
