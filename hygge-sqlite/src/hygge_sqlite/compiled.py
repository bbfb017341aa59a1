"""The compiled writer, where it could be built, and what it does to whole columns."""

from __future__ import annotations

import functools
import os
from typing import Any

import pyarrow as pa

__all__ = ["VARIABLE", "addresses", "ascends", "compiled", "extremes"]

VARIABLE = "HYGGE_SQLITE_WRITER"  # "python" leaves the compiled writer out


@functools.cache
def compiled() -> Any:
    """The extension, or None."""
    if os.environ.get(VARIABLE) == "python":
        return None
    try:
        from hygge_sqlite import _writer  # type: ignore[attr-defined]  # optional, compiled
    except ImportError:
        return None
    return _writer


def addresses(array: pa.Array) -> tuple[int, int, int, int]:
    """Validity, data, offsets (0: there is none), and where the array begins in them."""
    buffers = [buffer.address if buffer is not None else 0 for buffer in array.buffers()]
    valid = buffers[0] if array.null_count else 0
    if len(buffers) == 3:
        return valid, buffers[2], buffers[1], array.offset
    return valid, buffers[1] if len(buffers) > 1 else 0, 0, array.offset


def extremes(numbers: pa.Array) -> tuple[int, int] | None:
    """The least and the greatest of an array of integers; None where there is no value."""
    if compiled() is not None and pa.types.is_int64(numbers.type):
        found: tuple[int, int] | None = compiled().extremes(len(numbers), addresses(numbers))
        return found
    import pyarrow.compute as pc  # slow to import: the compiled writer spares a small load from it

    least, most = (bound.as_py() for bound in pc.min_max(numbers).values())
    return None if least is None else (least, most)


def ascends(numbers: pa.Array) -> bool:
    """Whether each integer is greater than the one before; there are no nulls."""
    if compiled() is not None and pa.types.is_int64(numbers.type):
        return bool(compiled().ascends(len(numbers), addresses(numbers)))
    import pyarrow.compute as pc  # as in `extremes`

    return bool(pc.all(pc.less(numbers[:-1], numbers[1:]), min_count=0).as_py())
