"""Rows that the store gives back, and reads as a home."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import Refused, StopEntity
from hygge.model import ReadRequest, Window
from hygge.testing.values import target
from hygge.watermark import to_text


def read_back(database: Any, window: Window, columns: tuple[str, ...] = ("id",)) -> pa.Table:
    store = database.store()
    receipt = store.state(target("t")).receipt
    batches = list(store.read_back(receipt, columns, window))
    return pa.Table.from_batches(batches) if batches else pa.table({"id": []})


WINDOWS = [
    (pa.array([-5, 1, 2, 9, None]), "1", "2"),
    (pa.array([0, 2**62, 2**63, 2**64 - 1, None], pa.uint64()), str(2**62), str(2**63)),
    (pa.array([Decimal(x) for x in ("-10.0", "-9.5", "0.5", "10.0")] + [None]), "-9.5", "0.5"),
    (pa.array([Decimal(x) for x in ("-10.0", "9.5", "10.5", "100.0")] + [None]), "9.5", "10.5"),
    (pa.array([Decimal(x) for x in ("-100.0", "-10.0", "-9.5", "3.0")] + [None]), "-10.0", "-9.5"),
    (
        pa.array([date(1, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date(9999, 12, 31), None]),
        "2024-02-29", "2024-03-01",
    ),
    (
        pa.array([0, 5, 7, 10**18, None], pa.timestamp("ns")),
        "1970-01-01T00:00:00.000000005", "1970-01-01T00:00:00.000000007",
    ),
    (
        pa.array([0, 5, 7, 9, None], pa.timestamp("s", "UTC")),
        "1970-01-01T00:00:05+00:00", "1970-01-01T00:00:07+00:00",
    ),
    (pa.array(["", "a", "b", "c", None], pa.large_string()), "a", "b"),
    (pa.array([b"", b"a", b"b", b"c", None]), "61", "62"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "lower", "upper"), WINDOWS, ids=lambda v: str(getattr(v, "type", "")))
def test_rows_of_a_window_are_given_back_exactly(
    database: Any, reader: str, values: pa.Array, lower: str, upper: str
) -> None:
    rows = pa.table({"id": range(5), "v": values})
    database.land(rows)
    window = Window(column="v", type=str(values.type), lower=lower, upper=upper)
    assert read_back(database, window, ("id", "v")).equals(rows.slice(1, 2))
    assert read_back(database, window)["id"].to_pylist() == [1, 2]
    assert read_back(database, replace(window, lower=None))["id"].to_pylist() == [0, 1, 2]
    assert read_back(database, replace(window, upper=None))["id"].to_pylist() == [1, 2, 3]
    assert read_back(database, replace(window, nulls=True))["id"].to_pylist() == [1, 2, 4]


def test_values_that_became_json_cannot_be_read_back(database: Any) -> None:
    database.land(pa.table({"id": [1], "l": [[1]]}))
    with pytest.raises(StopEntity, match="JSON") as caught:
        read_back(database, Window(column="id"), ("id", "l"))
    assert caught.value.code == "HYG405"


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2**63 - 1, 2**63, 2**64 - 1], pa.uint64()),
        pa.array([1, 10**9, 2**62, 2**63 - 1], pa.timestamp("ns")),
        pa.array([-1, 0, 1, 253_402_300_799], pa.timestamp("s", "Europe/Paris")),
        pa.array([-1, 0, 1, 999], pa.timestamp("ms", "UTC")),
        pa.array([b"\0" * 4, b"a" * 4, b"b" * 4, b"\xff" * 4], pa.binary(4)),
        pa.array([-128, 0, 1, 127], pa.int8()),
    ],
    ids=lambda values: str(values.type),
)
def test_what_was_written_is_read_incrementally(database: Any, reader: str, values: pa.Array) -> None:
    written = pa.table({"id": range(4), "v": values})
    database.land(written)
    for first in range(4):
        lower = to_text(values[first])
        request = ReadRequest(entity="t", window=Window(column="v", lower=lower))
        assert database.plan(request=request).window.upper == to_text(values[3])
        assert database.read(request=request).equals(written.slice(first))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE t SET note = x'ff' WHERE id = 1", "a value of 'note' is no"),
        ("ALTER TABLE t RENAME COLUMN note TO other", "the column 'note' is gone"),
        ("DROP TABLE t", "the table is gone"),
    ],
)
def test_rows_that_somebody_changed_are_not_given_back(
    database: Any, reader: str, change: str, said: str
) -> None:
    database.land(pa.table({"id": [1, 2], "note": ["a", "b"]}))
    receipt = database.store().state(target("t")).receipt
    database.run(change)
    with pytest.raises(Refused, match=said) as caught:
        list(database.store().read_back(receipt, ("id", "note"), Window(column="id", type="int64")))
    assert caught.value.code == "HYG404"
