"""Identities of rows: the same for good, told apart in full, and no more of them than a receipt can keep."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from hygge import overlap
from hygge.errors import DataError
from hygge.overlap import Tracker, comparable, identities, summed

SCHEMA = pa.schema([("id", pa.int64()), ("at", pa.int64())])


def rows(*at: int) -> pa.RecordBatch:
    return pa.record_batch([pa.array(range(len(at))), pa.array(at)], schema=SCHEMA)


def tracker() -> Tracker:
    return Tracker(SCHEMA, "at", ("id",), None)


KEPT = [
    (pa.array([7]), "18f7e973db299c30b50b52b491961905"),
    (pa.array(["smörg"]), "7b723a96e72083ec0d7f929748157319"),
    (pa.array([b"\0\xff"]), "2afa1762b263714a825460fe267fc11e"),
    (pa.array([None], pa.int64()), "17bfb18cfbaecbf28b4488f29038ab3c"),
    (pa.array([0.5]), "69baf436b3b2a47ccac5c389d151a99e"),
    (pa.array([True]), "14092dc216c606e79757c543544ef90b"),
    (pa.array([date(2024, 2, 29)]), "460fce2500adce0318f428ee0c2b9627"),
    (
        pa.array([datetime(2024, 2, 29, 1, 2, 3)], pa.timestamp("us", "UTC")),
        "645c88a3615cb390c429a35b44e1aa2e",
    ),
]


@pytest.mark.parametrize(("values", "kept"), KEPT, ids=lambda v: str(getattr(v, "type", "")))
def test_an_identity_that_a_receipt_kept_is_found_by_every_later_version(values: pa.Array, kept: str) -> None:
    """Another one for the same row would let the rows at the watermark come twice after an upgrade."""
    assert identities(pa.record_batch({"v": values}), ["v"])[0].as_py().hex() == kept


def test_the_sum_of_identities_is_read_by_every_later_version() -> None:
    kept, _ = summed(["v"], bytes(range(32)))
    assert kept.digest == "10121416181a1c1e20222426282a2c2e"


@pytest.mark.parametrize("within", ["one batch", "batches", "splits"])
def test_more_rows_at_the_watermark_than_can_be_kept_are_refused(
    monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    monkeypatch.setattr(overlap, "LIMIT", 3)
    for many, ends in ((3, False), (4, True)):
        found, other = tracker(), tracker()
        if within == "one batch":
            found.filter(rows(*[5] * many))
        for number in range(many if within != "one batch" else 0):
            (other if within == "splits" and number else found).filter(rows(5))
        found.merge(other)
        if ends:
            with pytest.raises(DataError, match="more than 3 rows share the overlap") as caught:
                found.overlap()
            assert caught.value.code == "HYG408"
        else:
            kept: Any = found.overlap()
            assert kept[0].count == many


def test_rows_that_can_never_be_kept_stop_the_attempt_while_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "LIMIT", 3)
    found = tracker()
    found.filter(rows(*range(100)))
    found.filter(rows(100, 100, 100, 100, 100, 100))
    with pytest.raises(DataError, match="more than 3 rows share the overlap"):
        found.filter(rows(100))


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (pa.int32(), pa.uint64(), True),
        (pa.string(), pa.large_string(), True),
        (pa.int64(), pa.string(), False),
        (pa.int64(), pa.float64(), False),
        (pa.timestamp("us"), pa.timestamp("ms"), False),
        (pa.decimal128(5, 2), pa.decimal128(5, 1), False),
    ],
    ids=str,
)
def test_types_are_comparable_where_equal_values_have_one_identity(
    one: pa.DataType, other: pa.DataType, are: bool
) -> None:
    assert comparable(one, other) == comparable(other, one) == are
    if are and pa.types.is_integer(one):
        first, second = (identities(pa.record_batch({"v": pa.array([7], t)}), ["v"]) for t in (one, other))
        assert first.equals(second)


def test_an_identity_is_compared_whole_also_among_many() -> None:
    known, half = bytes(range(16)), bytes(range(8)) + bytes(8)
    find = overlap._Sorted(pa.array([known, b"\xff" * 16], pa.binary(16)))
    assert find(pa.array([half, known, b"\xff" * 16], pa.binary(16))).to_pylist() == [None, 0, 1]
