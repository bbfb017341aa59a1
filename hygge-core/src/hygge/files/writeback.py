"""Have the disk begin with what a file holds already: ``sync_file_range``, where the system has it.

Without it the kernel gathers a file's pages until `fsync` asks for all of them at once, and the
disk idles while the processor encodes.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable

__all__ = ["begin_writing"]

SYNC_FILE_RANGE_WRITE = 2  # begin, don't wait


def begin_writing(file: int, offset: int, length: int) -> None:
    """Start writing a range of an open file to the disk; a hint, which promises nothing.

    An error is left for `fsync` to report: this call neither waits nor takes it away.
    """
    sync_file_range = _sync_file_range()
    if sync_file_range is not None:
        sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE)


@functools.cache
def _sync_file_range() -> Callable[..., int] | None:
    try:
        found = ctypes.CDLL(None).sync_file_range
    except (OSError, AttributeError):  # no Linux
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    call: Callable[..., int] = found
    return call
