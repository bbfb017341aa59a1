"""Laws of a store: which Arrow types it gives back, as they are or as others, and which it refuses.

A store declares what is not given back exactly, and the kit proves the whole table::

    class TestParquet(StoreConformance):
        types = {"duration[s]": "int64", "interval": REFUSED, "float64: NaN": REFUSED}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest  # noqa: TC002  # `pytest_generate_tests` is looked at by pytest, with its annotations

from hygge.errors import NeedsUser
from hygge.model import Job
from hygge.testing.arrow_types import CASES, case_table, same_values
from hygge.testing.store_bench import Bench, StoreLaws

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EXACT", "PARQUET_TYPES", "REFUSED", "TypeLaws", "TypeRow", "type_rows"]

EXACT = "exact"
REFUSED = "refused"
PARQUET_TYPES: Mapping[str, str] = {
    "date64": "date32[day]",
    "decimal128(5, -2)": REFUSED,
    "dictionary": "string",
    "interval": REFUSED,
    "binary_view": "binary",
    "string_view": "string",
    "time32[s]": "time32[ms]",
    "timestamp[s]": "timestamp[ms]",
    "timestamp[s, UTC]": "timestamp[ms, tz=UTC]",
}
"""The ``types`` of a store whose files pyarrow writes as Parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRow:
    """One line of a store's table of types."""

    case: str  # a name of `hygge.testing.arrow_types.CASES`
    type: str  # Arrow's name of the type
    outcome: str  # `EXACT`, `REFUSED`, or the name of the type that is given back instead


class TypeLaws(StoreLaws):
    """One law a type."""

    types: ClassVar[Mapping[str, str]] = {}
    """By case what becomes of it, where that is not `EXACT`."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        unknown = sorted(set(cls.types) - set(CASES))
        if unknown:
            raise TypeError(
                f"{cls.__name__}.types names no case: {', '.join(unknown)}; known: {', '.join(CASES)}"
            )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        super().pytest_generate_tests(metafunc)
        if "arrow_type" in metafunc.fixturenames:
            metafunc.parametrize("arrow_type", list(CASES))

    def test_values_come_back_as_declared_or_are_refused_before_anything_is_visible(
        self, bench: Bench, arrow_type: str
    ) -> None:
        assert outcome(bench, arrow_type) == self.types.get(arrow_type, EXACT)


def type_rows(laws: type[TypeLaws]) -> list[TypeRow]:
    """The table that a store declares and its conformance tests prove; does no I/O."""
    return [
        TypeRow(case=case, type=str(kind), outcome=laws.types.get(case, EXACT))
        for case, (kind, _) in CASES.items()
    ]


def outcome(bench: Bench, case: str) -> str:
    """What the store makes of the values of a case: moves them and looks."""
    rows = case_table(case)
    job = bench.job(bench.laws.promised_modes()[0], schema=rows.schema, keys=("id",))
    try:
        staged = bench.store.stage(job, "all", iter(rows.to_batches()))
    except NeedsUser as error:
        return _refused(bench, job, error)
    bench.store.commit(job, bench.store.seal(job, [staged]))
    found = bench.reread(job)
    assert found.column_names == ["id", "v"]
    return _compared(rows, found)


def _refused(bench: Bench, job: Job, error: NeedsUser) -> str:
    assert error.remedy, f"the refusal says no next step: {error}"
    bench.store.abort(job)
    assert bench.state().receipt is None
    assert bench.leftovers() == []
    return REFUSED


def _compared(rows: pa.Table, found: pa.Table) -> str:
    assert found["id"].to_pylist() == rows["id"].to_pylist()
    expected, got = rows["v"], found["v"]
    equal = same_values(expected, got)
    assert equal is not False, f"{expected.type} came back as {got.type} with other values: {got}"
    assert got.null_count == expected.null_count
    return EXACT if got.type == expected.type else str(got.type)
