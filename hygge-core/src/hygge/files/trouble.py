"""Errors of the file system, told in hygge's words at the edge of a role."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from hygge.errors import HyggeError, NeedsUser, StopEntity

__all__ = ["telling"]


@contextlib.contextmanager
def telling(doing: str, place: str) -> Iterator[None]:
    """Turn an `OSError` of the block into an error that says what failed, where, and what to do."""
    try:
        yield
    except OSError as error:
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
