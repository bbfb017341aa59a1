"""Errors of the file system, told in hygge's words at the edge of a role.

A file system that knows better what to do says so in the attribute ``remedy`` of its `OSError`.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from hygge.errors import DataError, HyggeError, NeedsUser, StopEntity

__all__ = ["Source", "telling", "telling_source"]

T = TypeVar("T")


class Source(Iterator[T]):
    """Rows from elsewhere; remembers the error that they raised, which is not the destination's."""

    def __init__(self, rows: Iterable[T]) -> None:
        self._rows = iter(rows)
        self.error: BaseException | None = None

    def __next__(self) -> T:
        try:
            return next(self._rows)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


@contextlib.contextmanager
def telling(doing: str, place: str, source: Source[Any] | None = None) -> Iterator[None]:
    """Turn an `OSError` of the block into an error that says what failed, where, and what to do.

    An error of ``source`` is left as it is.
    """
    try:
        yield
    except OSError as error:
        if source is not None and error is source.error:
            raise
        raise _told(doing, place, error) from error


@contextlib.contextmanager
def telling_source(doing: str, place: str) -> Iterator[None]:
    """Turn an `OSError` of reading a source into an error that says what failed, where, and what to do."""
    try:
        yield
    except OSError as error:
        raise _told_source(doing, place, error) from error


def _told_source(doing: str, place: str, error: OSError) -> HyggeError:
    where = str(error.filename or place)
    what = f"{doing} failed at {where}: {error.strerror or error}"
    if isinstance(error, FileNotFoundError) or error.errno == errno.ESTALE:
        return DataError(
            f"{where} {'changed' if error.errno == errno.ESTALE else 'went away'} while {doing}",
            code="HYG307",
            remedy="Run again once its writer has finished; of what was read nothing is visible.",
        )
    if advice := getattr(error, "remedy", ""):
        return NeedsUser(what, code="HYG300", path=where, remedy=advice)
    if error.errno in (errno.EACCES, errno.EPERM):
        return NeedsUser(
            what, code="HYG300", path=where, remedy="Give the user who runs hygge the right to read there."
        )
    if error.errno == errno.ELOOP:
        return NeedsUser(
            what[:400],
            code="HYG300",
            path=where,
            remedy="A link there leads to a folder above itself: remove it, or choose a path without **.",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return _out_of_files(what, where, "HYG300")
    return StopEntity(
        what, code="HYG300", path=where, remedy="Look at that path and its disk, then run again."
    )


def _out_of_files(what: str, where: str, code: str) -> StopEntity:
    return StopEntity(
        what,
        code=code,
        path=where,
        remedy="Raise the limit of open files (ulimit -n) or lower --concurrency.",
    )


def _told(doing: str, place: str, error: OSError) -> HyggeError:
    where = str(error.filename or place)
    what = f"{doing} failed at {where}: {error.strerror or error}"
    if advice := getattr(error, "remedy", ""):
        return NeedsUser(what, code="HYG400", path=where, remedy=advice)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StopEntity(
            what,
            code="HYG410",
            path=where,
            remedy="Free space there and run again: what was begun is finished or taken back.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NeedsUser(
            what,
            code="HYG400",
            path=where,
            remedy="Give the user who runs hygge the right to write there, or choose another path.",
        )
    if error.errno == errno.ENOTDIR:
        return NeedsUser(
            what,
            code="HYG400",
            path=where,
            remedy="A file stands where a folder is needed: remove it, or choose another path.",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return _out_of_files(what, where, "HYG400")
    return StopEntity(
        what,
        code="HYG400",
        path=where,
        remedy="Look at that path and its disk, then run again.",
    )
