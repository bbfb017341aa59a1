"""Upsert: which row wins, what keys may be, and the index that finds them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tables import NEW, OLD, rows

from hygge.errors import DataError, HyggeError, Refused, StopEntity


def test_an_upsert_changes_what_is_there_and_adds_the_rest(database: Any) -> None:
    database.land(OLD, "upsert", keys=("id",))
    database.land(NEW, "upsert", keys=("id",))
    assert rows(database) == [(1, "a"), (2, "B"), (3, None), (4, "d")]


@pytest.mark.parametrize("first", ["replace", "append", "upsert"])
def test_of_equal_keys_in_one_batch_the_last_row_wins(database: Any, first: str) -> None:
    database.land(OLD, first, keys=("id",))
    twice = pa.table({"id": [2, 5, 2, 5, 2], "note": ["x", "x", "y", "y", None]})
    database.land(twice, "upsert", keys=("id",))
    assert rows(database) == [(1, "a"), (2, None), (3, None), (5, "y")]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([3, 9, None, 7]),
        pa.array([0, 2**64 - 1, None, 2**63], pa.uint64()),
        pa.array(["a", "z", None, "b"]),
        pa.array([Decimal("-10.5"), Decimal("10.5"), None, Decimal("9.5")]),
        pa.array([Decimal("-10.5"), Decimal("-1.5"), None, Decimal("-2.5")]),
        pa.array([1, 9, None, 7], pa.timestamp("ns", "UTC")),
    ],
    ids=lambda values: str(values.type),
)
def test_of_equal_keys_the_greatest_of_the_latest_by_column_wins(database: Any, values: pa.Array) -> None:
    batch = pa.table({"id": [1, 1, 1, 1], "note": ["low", "high", "none", "mid"], "at": values})
    database.land(batch, "upsert", keys=("id",), latest_by="at")
    assert database.ask("SELECT note FROM t") == [("high",)]


def test_a_table_of_keys_alone_takes_each_once(database: Any) -> None:
    keys = pa.table({"a": [1, 1, 2, 1], "b": ["x", "x", "x", "y"]})
    receipt = database.land(keys, "upsert", keys=("a", "b"))
    assert receipt.rows == 4
    database.land(keys, "upsert", keys=("a", "b"))
    assert database.ask("SELECT * FROM t ORDER BY a, b") == [(1, "x"), (1, "y"), (2, "x")]


def test_nan_is_no_key_where_it_would_become_null(database: Any) -> None:
    rows_ = pa.table({"id": [1.5, math.nan], "n": [1, 2]})
    with pytest.raises(DataError, match="key 'id' is null in row 2"):
        database.land(rows_, "upsert", keys=("id",), config={"nan": "null"})


def test_keys_that_do_not_stay_stop_the_commit(database: Any) -> None:
    keys = pa.table({"a": [1, 2]})
    database.land(keys, "upsert", keys=("a",))
    database.run("CREATE TRIGGER gone AFTER INSERT ON t WHEN new.a = 3 BEGIN DELETE FROM t WHERE a = 3; END")
    with pytest.raises(StopEntity, match=r"of 3 rows 2 are there .* gone"):
        database.land(pa.table({"a": [1, 3, 4]}), "upsert", keys=("a",))
    assert database.ask("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


def test_other_keys_than_before_get_an_index_of_their_own(database: Any) -> None:
    rows_ = pa.table({"id": [1, 2, 3], "code": ["a", "b", "c"], "v": [1, 2, 3]})
    database.land(rows_, "upsert", keys=("id",))
    changed = pa.table({"id": [1, 9], "code": ["b", "d"], "v": [20, 90]})
    database.land(changed, "upsert", keys=("code",))
    assert database.ask("SELECT id, code, v FROM t ORDER BY code") == [
        (1, "a", 1), (1, "b", 20), (3, "c", 3), (9, "d", 90)
    ]  # fmt: skip


def test_a_null_key_is_refused_with_its_row(database: Any) -> None:
    with pytest.raises(DataError, match="the key 'id' is null in row 4 of split 'all'") as caught:
        database.land(pa.table({"id": [1, 2, 3, None], "v": [1, 2, 3, 4]}), "upsert", keys=("id",))
    assert caught.value.code == "HYG301"
    with pytest.raises(DataError, match="null in row 1"):
        database.land(pa.table({"id": pa.nulls(1), "v": [1]}), "upsert", keys=("id",))


def test_equal_keys_at_the_target_are_refused(database: Any) -> None:
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}))
    with pytest.raises(Refused, match="equal keys") as caught:
        database.land(NEW, "upsert", keys=("id",))
    assert caught.value.code == "HYG405"
    assert rows(database) == [(1, "a"), (1, "b")]


def test_other_keys_get_an_index_of_their_own(database: Any) -> None:
    database.land(OLD)
    database.land(NEW, "upsert", keys=("id",))
    database.land(pa.table({"id": [9], "note": ["B"]}), "upsert", keys=("note",))
    assert (9, "B") in rows(database)
    assert len(rows(database)) == 4


def test_a_partial_index_of_a_user_is_none_to_upsert_by(database: Any) -> None:
    database.land(OLD)
    database.run("CREATE UNIQUE INDEX some ON t (id) WHERE note IS NOT NULL")
    database.land(NEW, "upsert", keys=("id",))
    assert rows(database) == [(1, "a"), (2, "B"), (3, None), (4, "d")]


def test_a_replace_between_upserts_may_hold_equal_keys_again(database: Any) -> None:
    database.land(OLD)
    database.land(NEW, "upsert", keys=("id",))
    database.land(pa.table({"id": [1, 1], "note": ["a", "b"]}), keys=("id",))
    assert rows(database) == [(1, "a"), (1, "b")]


@pytest.mark.parametrize("others", [(2, 3), (-1, 0)], ids=["in any order", "each ascending"])
def test_of_equal_keys_in_several_splits_the_last_split_wins(database: Any, others: tuple[int, int]) -> None:
    store = database.store()
    parts = [
        pa.table({"id": [*others, 1], "note": ["x", "x", "first"]}),
        pa.table({"id": [1], "note": ["last"]}),
    ]
    job = database.job(parts[0], "upsert", keys=("id",))
    staged = [store.stage(job, f"s{n}", part.to_batches()) for n, part in enumerate(parts)]
    store.commit(job, store.seal(job, staged))
    assert rows(database) == sorted([(1, "last"), *((other, "x") for other in others)])


def test_an_index_of_a_user_that_takes_two_texts_for_one_is_none_to_upsert_by(database: Any) -> None:
    """By it, "A" would overwrite the row of "a"; as it is, the user's index forbids the row, and says so."""
    database.land(OLD)
    database.run("CREATE UNIQUE INDEX theirs ON t (note COLLATE NOCASE)")
    database.land(pa.table({"id": [9], "note": ["a"]}), "upsert", keys=("note",))
    with pytest.raises(HyggeError, match="UNIQUE"):
        database.land(pa.table({"id": [7], "note": ["A"]}), "upsert", keys=("note",))
    assert rows(database) == [(2, "b"), (3, None), (9, "a")]
