"""Read-only connections, and SQLite's errors in hygge's words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from hygge.errors import HyggeError, NeedsUser, RunStopped, TransientError
from hygge_sqlite.values import Text

__all__ = ["connect", "told", "uri"]

_BUSY, _LOCKED, _INTERRUPT, _IOERR, _CORRUPT, _CANTOPEN, _NOTADB = 5, 6, 9, 10, 11, 14, 26
_HOT_JOURNAL = 776  # SQLITE_READONLY_ROLLBACK


def uri(path: str) -> str:
    """The address that opens the file and never makes one."""
    return f"file:{quote(os.fsencode(path))}?mode=ro"


@contextlib.contextmanager
def connect(path: str, busy_timeout: float) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; every failure in the block is one of hygge's errors."""
    _look(path)
    try:
        connection = sqlite3.connect(
            uri(path), uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA query_only=1")
            connection.text_factory = Text  # decoded where a failure can be told
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise told(path, getattr(error, "sqlite_errorcode", None), str(error)) from error


def told(path: str, code: int | None, message: str) -> HyggeError:
    """The error for a result code of SQLite."""
    primary = (code or 0) & 0xFF
    if primary in (_BUSY, _LOCKED):
        return TransientError(
            f"{path} is locked by another process",
            code="HYG306",
            remedy="Wait for its writer, or raise home.busy_timeout.",
        )
    if primary == _INTERRUPT:
        return RunStopped(f"reading {path} was cancelled", remedy="Run again.")
    if code == _HOT_JOURNAL:
        return NeedsUser(
            f"a writer of {path} ended half way and left its journal beside it",
            code="HYG300",
            remedy="Open the database once with an account that may write (`sqlite3 FILE .tables`): "
            "SQLite then takes the half change back.",
        )
    if primary == _NOTADB:
        return NeedsUser(
            f"{path} is not a SQLite database, or it is encrypted",
            code="HYG300",
            remedy="Check home.path.",
        )
    if primary in (_CORRUPT, _IOERR):
        return NeedsUser(
            f"{path} is damaged or cannot be read: {message}",
            code="HYG300",
            remedy="Check it with `PRAGMA integrity_check` and restore it from a backup.",
        )
    if primary == _CANTOPEN:
        return NeedsUser(
            f"{path} cannot be opened: {message}",
            code="HYG300",
            remedy="Check the rights on the file; a WAL database needs its -shm and -wal files beside it, "
            "or a folder in which they can be made.",
        )
    return NeedsUser(
        f"{path}: {message}",
        code="HYG300",
        remedy="Check home.table, home.query, columns and where.",
    )


def _look(path: str) -> None:
    # Asks without opening: closing a file drops every POSIX lock that this process has on it, also that
    # of a reader in another thread (https://sqlite.org/howtocorrupt.html, section 2.2).
    place = Path(path)
    if place.is_dir():
        raise NeedsUser(
            f"{path} is a folder", code="HYG300", remedy="Set home.path to the database file in it."
        )
    if not place.exists():
        raise NeedsUser(
            f"there is no file {path}",
            code="HYG300",
            remedy="Check home.path; relative paths start at the project's folder.",
        )
    if not os.access(place, os.R_OK):
        raise NeedsUser(
            f"{path} cannot be read: permission denied",
            code="HYG300",
            remedy="Give the user who runs hygge the right to read it.",
        )
