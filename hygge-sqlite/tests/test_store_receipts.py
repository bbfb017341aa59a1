"""Receipts in the database: what they count and keep, and what contradicts them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from tables import NEW, OLD

from hygge.errors import JournalDamaged
from hygge.model import Overlap, Receipt
from hygge.testing.values import target


def test_rows_of_a_receipt_that_others_followed_are_not_counted(database: Any) -> None:
    store, first = database.store(), database.job(OLD, "append")
    receipt = store.commit(first, store.seal(first, [store.stage(first, "all", OLD.to_batches())]))
    assert store.rows(first, receipt) == 3
    database.land(NEW)
    assert store.rows(first, receipt) is None


@pytest.mark.parametrize(
    ("statement", "damage"),
    [
        ("DROP TABLE t", "the table is gone"),
        ("ALTER TABLE t DROP COLUMN note", "column 'note' is gone"),
        ("ALTER TABLE t ADD COLUMN mine", "column 'mine' is not hygge's"),
    ],
)
def test_a_table_that_users_changed_is_told_as_damaged(database: Any, statement: str, damage: str) -> None:
    database.land(OLD)
    database.run(statement)
    assert database.store().state(target("t")).damage == damage
    assert damage in database.store().check(target("t"))[0].message


def test_receipts_of_long_ago_are_let_go(database: Any) -> None:
    for _ in range(52):
        database.land(NEW)
    assert database.ask("SELECT count(*), min(number), max(number) FROM _hygge_receipts") == [(50, 3, 52)]


def test_only_the_last_receipt_keeps_its_identities(database: Any) -> None:
    for _ in range(3):
        store, job = database.store(), database.job(OLD, "append")
        staged = store.stage(job, "all", OLD.to_batches())
        store.stage_overlap(job, b"x" * 32)
        overlap = Overlap(columns=("id",), count=2, digest="0" * 32, lower="1")
        receipt = store.commit(job, replace(store.seal(job, [staged]), overlap=overlap))
    assert database.ask("SELECT number FROM _hygge_receipts WHERE overlap NOT NULL") == [(3,)]
    assert store.overlap(receipt) == b"x" * 32


def test_nothing_is_left_open_in_the_database(database: Any) -> None:
    database.land(OLD)
    sqlite3.connect(database.path, timeout=0).execute("BEGIN EXCLUSIVE").connection.close()


def committed(database: Any, entity: str, identities: bytes) -> Receipt:
    """The receipt of an append that keeps the identities."""
    store, job = database.store(), database.job(OLD, "append", entity)
    staged = store.stage(job, "all", OLD.to_batches())
    store.stage_overlap(job, identities)
    overlap = Overlap(columns=("id",), count=len(identities) // 16, digest="0" * 32, lower="1")
    return store.commit(job, replace(store.seal(job, [staged]), overlap=overlap))


def test_a_commit_lets_go_of_nothing_that_another_table_keeps(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hygge_sqlite.shelf.KEPT", 2)
    receipt = committed(database, "t", b"x" * 32)
    for _ in range(4):
        database.land(OLD, "append", "u")
    assert database.store().state(target("t")).receipt == receipt
    assert database.store().overlap(receipt) == b"x" * 32


def test_identities_are_those_of_the_receipt_that_is_asked_for(database: Any) -> None:
    receipt = committed(database, "t", b"x" * 16)
    assert database.store().overlap(replace(receipt, job_id="another")) == b""
    assert database.store().overlap(replace(receipt, number=2)) == b""


def test_a_table_that_is_gone_holds_none_of_the_rows_that_landed(database: Any) -> None:
    store, job = database.store(), database.job(OLD, "append")
    receipt = store.commit(job, store.seal(job, [store.stage(job, "all", OLD.to_batches())]))
    database.run("DROP TABLE t")
    assert store.rows(job, receipt) == 0


@pytest.mark.parametrize("spoilt", ["'no receipt'", "x'00'", "'{}'"])
def test_a_receipt_that_somebody_spoilt_is_told_and_not_overlooked(database: Any, spoilt: str) -> None:
    database.land(OLD)
    database.run(f"UPDATE _hygge_receipts SET receipt = {spoilt}")
    with pytest.raises(JournalDamaged, match="receipt 1 of table 't'") as caught:
        database.store().state(target("t"))
    assert caught.value.code == "HYG404"


def test_a_column_that_users_declared_otherwise_is_told_as_damage(database: Any) -> None:
    database.land(OLD)
    database.run("ALTER TABLE t RENAME TO old", "CREATE TABLE t (id INTEGER, note BLOB)", "DROP TABLE old")
    assert database.store().state(target("t")).damage == "column 'note' is declared BLOB, not TEXT"
