"""Drift, guard and polish in whole runs: what the store sees, and when a run stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from hygge.engine.again import left_of
from hygge.errors import ConfigurationError, TransientError

INCREMENTAL = "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\n"
BASE = [("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())]
CHANGED = {
    "added": [*BASE, ("extra", pa.string())],
    "dropped": BASE[:2],
    "retyped": [*BASE[:2], ("note", pa.int64())],
    "widened": [("id", pa.int64()), ("at", pa.int64()), ("note", pa.large_string())],
    "reordered": [BASE[2], BASE[0], BASE[1]],
}


def fill(bench: Any, change: str | None, *ids: int) -> None:
    """Rows of the changed schema: the id in each column, as a number or as text."""
    schema = pa.schema(CHANGED[change] if change else BASE)
    bench.source.schema = schema
    bench.source.rows = [tuple(n if pa.types.is_integer(f.type) else str(n) for f in schema) for n in ids]


def table(bench: Any) -> pa.Table:
    return ds.dataset(bench.root / "out" / "f").to_table().sort_by("id")


@pytest.mark.parametrize("kind", ["added", "dropped", "retyped"])
def test_a_full_drop_follows_the_source(bench: Any, kind: str) -> None:
    fill(bench, None, 1, 2)
    bench.one()
    fill(bench, kind, 1, 2)
    assert bench.one().status == "success"
    assert sorted(table(bench).schema.names) == sorted(name for name, _ in CHANGED[kind])


@pytest.mark.parametrize("kind", ["added", "dropped", "retyped"])
@pytest.mark.parametrize("mode", ["", INCREMENTAL])
def test_a_strict_flow_stops_before_anything_is_visible(bench: Any, kind: str, mode: str) -> None:
    bench.flow(mode + "drift: strict\n")
    fill(bench, None, 1, 2)
    bench.one()
    before = table(bench)
    fill(bench, kind, 1, 2, 3)
    result = bench.one()
    assert (result.status, result.error["code"]) == ("failed", "HYG411")
    assert ("extra" if kind == "added" else "note") in result.error["message"]
    assert "--full-drop" in result.error["message"]
    assert table(bench).equals(before)
    assert bench.leftovers() == []
    assert bench.one(run_type="full_drop").status == "success"


@pytest.mark.parametrize("kind", ["widened", "reordered"])
@pytest.mark.parametrize("mode", ["", INCREMENTAL])
def test_another_order_or_layout_of_columns_is_no_change(bench: Any, kind: str, mode: str) -> None:
    bench.flow(mode + "drift: strict\n")
    fill(bench, None, 1, 2)
    bench.one()
    fill(bench, kind, 1, 2, 3)
    assert bench.one().status == "success"
    assert table(bench)["note"].to_pylist() == ["1", "2", "3"]
    if mode:
        assert table(bench).schema.names == ["id", "at", "note"]


def test_an_append_fills_a_column_that_is_gone_with_nulls(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    fill(bench, None, 1)
    bench.one()
    fill(bench, "dropped", 1, 2)
    assert bench.one().rows_written == 1
    assert table(bench)["note"].to_pylist() == ["1", None]


def test_an_append_to_files_refuses_a_new_column_and_names_the_choices(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    fill(bench, None, 1)
    bench.one()
    fill(bench, "added", 1, 2)
    message = bench.one().error["message"]
    assert "'extra' (string) is new" in message
    assert "add_columns: ignore" in message
    bench.flow(INCREMENTAL + "drift: {add_columns: ignore}\n")
    assert bench.one().rows_written == 1
    assert table(bench).schema.names == ["id", "at", "note"]


def test_rows_known_whole_cannot_lose_a_column_in_an_append(bench: Any) -> None:
    bench.flow("run_type: incremental\nwatermark: {column: at}\n")
    fill(bench, None, 1)
    bench.one()
    fill(bench, "dropped", 1, 2)
    result = bench.one()
    assert result.error["code"] == "HYG411"
    assert "could double" in result.error["message"]


def test_a_schema_that_changes_while_it_is_read_stops_the_entity(bench: Any) -> None:
    fill(bench, None, *range(30))

    def change(number: int) -> None:
        if number == 1:
            bench.source.schema = pa.schema([*BASE[:2], ("note", pa.large_string())])

    bench.source.fault = change
    result = bench.one()
    assert (result.status, result.error["code"]) == ("failed", "HYG411")
    assert not (bench.root / "out" / "f").exists()


# -- guard ------------------------------------------------------------------------------------


def test_a_guard_stops_a_load_with_too_few_rows_and_the_old_rows_stay(bench: Any) -> None:
    bench.flow("guard: {min_rows: 2, max_shrink: 50%}\n")
    fill(bench, None, *range(10))
    bench.one()
    for ids, said in ([0], "min_rows"), ([0, 1, 2, 3], "60.0% fewer"):
        fill(bench, None, *ids)
        for options in {}, {"run_type": "full_drop"}:
            result = bench.one(**options)
            assert (result.status, result.error["code"]) == ("failed", "HYG412")
            assert said in result.error["message"]
        assert len(table(bench)) == 10
        assert bench.leftovers() == []
    fill(bench, None, *range(5))
    assert bench.one().status == "success"
    fill(bench, None, 1)
    assert bench.one(settings=["f.guard={}"]).status == "success"


def test_a_guard_compares_with_all_rows_of_the_target_also_after_appends(bench: Any) -> None:
    bench.flow(INCREMENTAL + "guard: {max_shrink: 0.1}\n")
    fill(bench, None, *range(10))
    bench.one()
    fill(bench, None, *range(20))
    assert bench.one().rows_written == 10
    fill(bench, None, *range(17))
    assert bench.one(run_type="full_drop").error["code"] == "HYG412"
    fill(bench, None, *range(18))
    assert bench.one(run_type="full_drop").status == "success"


# -- polish -----------------------------------------------------------------------------------


def test_polish_changes_what_the_store_sees_and_nothing_that_tells_rows_apart(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    polish = """
polish:
  drop: [at]
  rename: {id: "The Key"}
  hash: [note, {columns: [id, note], into: both, salt: "${secret:env:PEPPER}"}]
  columns: {case: pascal}
  constants: [{name: origin, value: erp}]
  timestamps: [loaded_at]
"""
    monkeypatch.setenv("PEPPER", "very peppery")
    bench.flow(INCREMENTAL + polish)
    fill(bench, None, 1, 2)
    began = datetime.now(UTC)
    assert bench.one().rows_written == 2
    assert bench.one().status == "skipped"
    fill(bench, None, 1, 2, 3)
    assert bench.one().rows_written == 1
    found = ds.dataset(bench.root / "out" / "f").to_table()
    assert found.schema.names == ["The Key", "Note", "Both", "origin", "loaded_at"]
    assert Counter(found["The Key"].to_pylist()) == Counter([1, 2, 3])
    assert set(found["origin"].to_pylist()) == {"erp"}
    assert len(set(found["loaded_at"].to_pylist())) == 2
    assert min(found["loaded_at"].to_pylist()) >= began.replace(microsecond=began.microsecond // 1000 * 1000)


def test_one_moment_is_stamped_on_all_entities_of_a_run(bench: Any) -> None:
    bench.flow("entities: [a, b, c]\npolish: {timestamps: [at_run]}\n")
    fill(bench, None, *range(40))
    bench.run()
    found = ds.dataset([ds.dataset(bench.root / "out" / name) for name in "abc"]).to_table()
    assert len(set(found["at_run"].to_pylist())) == 1


@pytest.mark.parametrize(
    ("polish", "said"),
    [
        ("{rename: {id: note}}", "would all be called 'note'"),
        ("{drop: [nothing]}", "no column of the source"),
        ("{cast: {note: varchar}}", "is no type"),
        ("{cast: {note: int8}}", "does not fit int8"),
        ("{timestamps: [id]}", "two columns would be called 'id'"),
        ("{select: [id], drop: [id]}", "leave no column"),
        ("{constants: [{name: c, value: x, type: int64}]}", "is no int64"),
    ],
)
def test_a_polish_that_cannot_be_stops_the_entity(bench: Any, polish: str, said: str) -> None:
    bench.flow(f"polish: {polish}\n")
    bench.source.rows = [(1, 1, "many letters")]
    result = bench.one()
    assert result.status == "failed"
    assert said in result.error["message"]
    assert bench.leftovers() == []


# -- choosing -----------------------------------------------------------------------------------


def test_a_limit_is_for_full_drops_only_and_changes_what_an_increment_stands_on(bench: Any) -> None:
    bench.flow(INCREMENTAL + "limit: 3\n")
    with pytest.raises(ConfigurationError, match="limit"):
        bench.one()
    fill(bench, None, 1, 2)
    assert bench.one(run_type="full_drop").status == "success"
    bench.flow(INCREMENTAL)
    assert bench.one().error["code"] == "HYG406"


def test_what_is_said_of_one_entity_counts_before_what_a_glob_says(bench: Any) -> None:
    fill(bench, None, 1, 2, 3)
    bench.source.names = ["a", "b", "c"]
    bench.flow("entities: [{name: '*', limit: 2}, {name: b, limit: 1}, {name: 'c*', limit: 3}]\n")
    assert {e.entity: e.rows_written for e in bench.run().entities} == {"a": 2, "b": 1, "c": 2}


def test_the_home_of_a_flow_that_is_left_out_is_not_asked(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bench, None, 1)
    bench.flow("entities: ['*']\n")
    bench.flow("entities: [a]\n", name="g", store="other")
    monkeypatch.setattr(toys.ScriptedHome, "entities", lambda self: pytest.fail("it is asked"))
    assert [e.flow for e in bench.run(exclude=["f"]).entities] == ["g"]
    assert [e.flow for e in bench.run(select=["g"]).entities] == ["g"]


def test_globs_name_whatever_the_home_holds_and_others_are_left_out(bench: Any) -> None:
    fill(bench, None, 1)
    bench.source.names = ["dbo.a", "dbo.b", "dbo.tmp_x", "sys.c"]
    bench.flow("entities: ['dbo.*', '!*tmp_*', {name: dbo.b, keys: [id]}]\n")
    assert [e.entity for e in bench.run().entities] == ["dbo.b", "dbo.a"]
    assert bench.one(select=["f.dbo.a"]).status == "success"
    bench.flow("entities: '*'\n")
    assert [e.entity for e in bench.run(exclude=["f.sys*"]).entities] == ["dbo.a", "dbo.b", "dbo.tmp_x"]
    for names, said in ([["dbo.a", "b"], "Its entities are: b, dbo.a."], [[], "It holds none"]):
        bench.flow("entities: 'x*'\n")
        bench.source.names = names
        (failed,) = bench.run().entities
        assert (failed.entity, failed.status, failed.error["code"]) == ("x*", "failed", "HYG111")
        assert "moves nothing" in failed.error["message"]
        assert said in failed.error["message"]


class Later(list[str]):
    """Names that a service does not tell at once."""

    asked = 0

    def __iter__(self) -> Iterator[str]:
        self.asked += 1
        if self.asked == 1:
            raise TransientError("too busy to list", remedy="Run again.")
        return super().__iter__()


def test_a_home_that_lists_later_is_asked_again_and_once_for_all_globs(bench: Any) -> None:
    fill(bench, None, 1)
    bench.flow("entities: ['a*', 'b*']\n")
    bench.source.names = names = Later(["a", "b"])
    assert {e.entity: e.status for e in bench.run().entities} == {"a": "success", "b": "success"}
    assert names.asked == 2


def test_what_has_succeeded_beside_a_glob_that_failed_is_not_retried_with_it(bench: Any) -> None:
    fill(bench, None, 1)
    bench.flow("entities: [orders, '*']\n")
    bench.source.names = None  # it cannot be listed
    assert {e.entity: e.status for e in bench.run().entities} == {"orders": "success", "*": "failed"}
    bench.source.names = ["orders", "people"]
    left = left_of(bench.root, None)
    assert (left.terms, left.excluded) == (["f.*"], ["f.orders"])
    assert [e.entity for e in bench.run(select=left.terms, exclude=left.excluded).entities] == ["people"]
