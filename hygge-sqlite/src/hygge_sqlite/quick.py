"""Whole columns at once, where a look at them shows that every value fits.

Only ever gives what the value-by-value way of `hygge_sqlite.values` would give; in any doubt it gives
nothing, and that way decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from hygge_sqlite.types import DIGITS, Column

__all__ = ["Text", "quick"]

_YEAR = r"(000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})"
_DATE = rf"^{_YEAR}-\d\d-\d\d$"
_TIME = rf"^{_YEAR}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{{1,PLACES}})?)?$"


class Text(bytes):
    """Bytes that SQLite stores as text; plain bytes are a blob."""


_STORED = {"i": int, "f": float, "b": int, "s": str, "x": bytes, "d": str, "t": str}


def quick(column: Column, values: Sequence[Any]) -> pa.Array | None:
    """The values as an array, or None where they have to be looked at one by one."""
    stored = _STORED.get(column.kind)
    if stored is None or not set(map(type, values)) <= {stored, type(None)}:
        return None
    try:
        return _made(column, values)
    except (pa.ArrowInvalid, OverflowError):
        return None


def _made(column: Column, values: Sequence[Any]) -> pa.Array | None:
    if column.kind == "f" and column.type != pa.float64():
        return None
    if column.kind in "ifx":
        return pa.array(values, column.type)
    if column.kind == "b":
        return pa.array(values, pa.int64()).cast(pa.bool_()) if set(values) <= {0, 1, None} else None
    texts = pa.array(values, pa.string())
    if column.kind == "s":
        return texts
    patterns = [_DATE if column.kind == "d" else _time_pattern(column)]
    if column.shape is not None:
        patterns.append(f"^{column.shape.replace('.', '[.]').replace('0', '[0-9]')}$")
    return texts.cast(column.type) if all(_match(texts, pattern) for pattern in patterns) else None


def _time_pattern(column: Column) -> str:
    places = DIGITS[column.type.unit]
    return _TIME.replace("PLACES", str(places)) if places else _TIME.replace(r"(\.\d{1,PLACES})?", "")


def _match(texts: pa.Array, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py() is not False)
