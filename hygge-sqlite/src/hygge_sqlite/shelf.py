"""Receipts in the database itself: written in the transaction that shows the rows they vouch for."""

from __future__ import annotations

import sqlite3

from hygge.codec import DecodeError, decode, encode
from hygge.errors import JournalDamaged
from hygge.model import Job, Receipt

__all__ = ["RECEIPTS", "Shelf"]

RECEIPTS = "_hygge_receipts"
KEPT = 50  # older receipts are history that the journal tells better


class Shelf:
    """The receipts of one table; ``key`` is its name as SQLite compares names."""

    def __init__(self, connection: sqlite3.Connection, key: str) -> None:
        self._connection = connection
        self._key = key

    def last(self) -> Receipt | None:
        """The receipt that counts."""
        return self._one("ORDER BY number DESC LIMIT 1")

    def find(self, job: Job) -> Receipt | None:
        """The job's receipt, which can only have one number, if it is still kept."""
        found = self._one("AND number = ?", job.base_number + 1)
        return found if found is not None and found.job_id == job.id else None

    def overlap(self, receipt: Receipt) -> bytes:
        """The identities kept with a receipt; only the last one has any."""
        if not self._there():
            return b""
        found = self._connection.execute(
            f"SELECT overlap FROM {RECEIPTS} WHERE target = ? AND number = ? AND job = ?",
            (self._key, receipt.number, receipt.job_id),
        ).fetchone()
        return found[0] if found and found[0] is not None else b""

    def keep(self, receipt: Receipt, identities: bytes) -> None:
        """Write the receipt; what no longer counts goes."""
        run = self._connection.execute
        run(
            f"CREATE TABLE IF NOT EXISTS {RECEIPTS} (target TEXT NOT NULL, number INTEGER NOT NULL, "
            "job TEXT NOT NULL, receipt TEXT NOT NULL, overlap BLOB, PRIMARY KEY (target, number))"
        )
        run(f"UPDATE {RECEIPTS} SET overlap = NULL WHERE target = ? AND overlap NOT NULL", (self._key,))
        run(
            f"INSERT INTO {RECEIPTS} VALUES (?, ?, ?, ?, ?)",
            (self._key, receipt.number, receipt.job_id, encode(receipt).decode(), identities or None),
        )
        run(f"DELETE FROM {RECEIPTS} WHERE target = ? AND number <= ?", (self._key, receipt.number - KEPT))

    def _there(self) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (RECEIPTS,)
        )
        return found.fetchone() is not None

    def _one(self, rest: str, *params: object) -> Receipt | None:
        if not self._there():
            return None
        found = self._connection.execute(
            f"SELECT number, receipt FROM {RECEIPTS} WHERE target = ? {rest}", (self._key, *params)
        ).fetchone()
        if found is None:
            return None
        try:
            return decode(found[1].encode(), Receipt)
        except (DecodeError, AttributeError) as error:
            raise JournalDamaged(
                f"{RECEIPTS}: receipt {found[0]} of table {self._key!r} is no receipt of hygge: {error}",
                code="HYG404",
                remedy=f"Restore the database from a backup, or delete that row of {RECEIPTS} "
                "and load it anew with `hygge run FLOW.ENTITY --full-drop --adopt`.",
            ) from error
