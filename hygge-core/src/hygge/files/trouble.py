"""Errors of the file system, told in hygge's words at the edge of a role."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from hygge.errors import HyggeError, NeedsUser, StopEntity

__all__ = ["Source", "telling"]

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


def _told(doing: str, place: str, error: OSError) -> HyggeError:
    where = str(error.filename or place)
    what = f"{doing} failed at {where}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StopEntity(
            what,
            code="HYG410",
            path=where,
            remedy="Free space there and run again; nothing of this attempt is visible.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NeedsUser(
            what,
            code="HYG400",
            path=where,
            remedy="Give the user who runs hygge the right to write there, or choose another path.",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return StopEntity(
            what,
            code="HYG400",
            path=where,
            remedy="Raise the limit of open files (ulimit -n) or lower --concurrency.",
        )
    return StopEntity(
        what,
        code="HYG400",
        path=where,
        remedy="Look at that path and its disk, then run again.",
    )
