"""Exchange two folders in one step, where the system can: ``renameat2(RENAME_EXCHANGE)``."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["exchange"]

AT_CWD = -100
RENAME_EXCHANGE = 2
CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two paths; False, and nothing done, where the system or the disk's format can't."""
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    if renameat2(AT_CWD, os.fsencode(one), AT_CWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # no glibc 2.28 or newer, or no Linux
        return None
    return found
