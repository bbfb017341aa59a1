"""Connections that write, and SQLite's errors in a store's words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hygge.errors import HyggeError, NeedsUser, RunStopped, StopEntity, TransientError
from hygge.files.trouble import Source, telling

__all__ = ["address", "connected", "told_writing"]

_PERM, _BUSY, _LOCKED, _NOMEM, _READONLY, _INTERRUPT, _IOERR = 3, 5, 6, 7, 8, 9, 10
_CORRUPT, _FULL, _CANTOPEN, _TOOBIG, _NOTADB = 11, 13, 14, 18, 26
_NO_ROOM_FOR_INDEX = 4874  # SQLITE_IOERR_SHMSIZE: of a write-ahead log, which is told as a fault of the disk
CACHE = 64 * 1024  # KiB
PRAGMAS = (
    "synchronous=FULL",  # a commit is on the disk when it returns
    "foreign_keys=OFF",  # replacing a table is no delete of its rows: nothing of others cascades
    "legacy_alter_table=ON",  # views and triggers go on naming the table that they were written for
    "secure_delete=FAST",  # zeros over what is freed only where it costs no more writing
    "trusted_schema=ON",  # indexes and triggers that users made may call any function
    f"cache_size=-{CACHE}",
)


def address(path: str | Path, options: str) -> str:
    """The path as a URI with options such as ``mode=rw``."""
    return f"file:{quote(os.fsencode(path))}?{options}"


@contextlib.contextmanager
def connected(path: str, busy_timeout: float, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that may write; every failure of SQLite in the block is one of hygge's errors.

    Without ``create`` the file must be there. Transactions are the caller's.
    """
    _refuse_impossible(path)
    with told_writing(path), telling("opening the database", path):
        if create:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            address(path, "mode=rwc" if create else "mode=rw"),
            uri=True,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            yield connection
        finally:
            connection.close()  # takes an open transaction back


@contextlib.contextmanager
def told_writing(path: str, source: Source[Any] | None = None) -> Iterator[None]:
    """Turn SQLite's errors in the block into hygge's; an error of ``source`` is left as it is."""
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        if source is not None and error is source.error:
            raise
        code = sqlite3.SQLITE_TOOBIG if isinstance(error, OverflowError) else None
        raise _told(path, getattr(error, "sqlite_errorcode", code), str(error)) from error


def _refuse_impossible(path: str) -> None:
    """Asks without opening: closing a file drops every POSIX lock that this process has on it."""
    if Path(path).is_dir():
        raise NeedsUser(
            f"{path} is a folder", code="HYG400", path=path, remedy="Set store.path to a database file in it."
        )


def _told(path: str, code: int | None, message: str) -> HyggeError:
    primary = (code or 0) & 0xFF
    if primary in (_BUSY, _LOCKED):
        return TransientError(
            f"{path} is locked by another process",
            code="HYG400",
            path=path,
            remedy="Wait for its readers and writers, or raise store.busy_timeout.",
        )
    if primary == _INTERRUPT:
        return RunStopped(f"writing {path} was cancelled", remedy="Run again.")
    if primary == _FULL or code == _NO_ROOM_FOR_INDEX:
        return StopEntity(
            f"{path}: the disk (or the folder of temporary files) is full",
            code="HYG410",
            path=path,
            remedy="Free space there and run again: what was begun is finished or taken back.",
        )
    if primary in (_READONLY, _PERM, _CANTOPEN):
        return NeedsUser(
            f"{path} cannot be written: {message}",
            code="HYG400",
            path=path,
            remedy="Give the user who runs hygge the right to write the file and its folder, "
            "in which SQLite keeps its journal.",
        )
    if primary == _NOTADB:
        return NeedsUser(
            f"{path} is not a SQLite database, or it is encrypted",
            code="HYG400",
            path=path,
            remedy="Set store.path to another file.",
        )
    if primary in (_CORRUPT, _IOERR):
        return NeedsUser(
            f"{path} is damaged, or its disk does not work: {message}",
            code="HYG400",
            path=path,
            remedy="Look at its disk (space, quota, ulimit -f), check it with `PRAGMA integrity_check`, "
            "or restore it from a backup.",
        )
    if primary == _TOOBIG:
        return NeedsUser(
            f"{path}: a row is larger than SQLite allows (1 GB): {message}",
            code="HYG400",
            path=path,
            remedy="Leave the large column out with the flow's columns.",
        )
    return StopEntity(
        f"{path}: {message}",
        code="HYG400",
        path=path,
        remedy="Look at the table and what users put on it (indexes, triggers), then run again.",
    )
