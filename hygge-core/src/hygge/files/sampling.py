"""Types of columns that nobody declared: from a stated sample of their values, all of which must fit.

Sampled are the first `SAMPLED_BYTES` of the first and last file and of others between, `SAMPLED_FILES`
in all. What was found is pinned with the first commit and never changes silently.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from hygge.files.rounding import refuse_rounded
from hygge.files.text import parsed

__all__ = ["SAMPLED_BYTES", "SAMPLED_FILES", "Odd", "is_odd", "kind_of", "sampled"]

SAMPLED_BYTES = 1 << 20
SAMPLED_FILES = 16
_DAY = r"(?:[1-9]\d{3}|0[1-9]\d{2}|00[1-9]\d|000[1-9])-\d{2}-\d{2}"  # there is no year 0
_CLOCK = r"\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?"
_NANO = r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})"
_FLAG = "true|false"
_WHOLE = r"-?(?:0|[1-9]\d*)"
_FIXED = rf"{_WHOLE}(?:\.\d+)?"
_FLOAT = rf"{_FIXED}(?:[eE][+-]?\d+)?|NaN|nan|-?[iI]nf(?:inity)?"
SHAPES: Sequence[tuple[str, pa.DataType]] = (
    (_FLAG, pa.bool_()),
    (r"0|-?[1-9]\d{0,18}", pa.int64()),
    (r"0|-?[1-9]\d{0,37}", pa.decimal128(38, 0)),
    (_FLOAT, pa.float64()),
    (_DAY, pa.date32()),
    (_CLOCK, pa.time64("us")),
    (rf"{_DAY}[T ]{_CLOCK}", pa.timestamp("us")),
    (rf"{_DAY}[T ]{_CLOCK}{_ZONE}", pa.timestamp("us", "UTC")),
    (rf"{_DAY}[T ]{_NANO}", pa.timestamp("ns")),
    (rf"{_DAY}[T ]{_NANO}{_ZONE}", pa.timestamp("ns", "UTC")),
)
"""The first shape that all texts of a column have is its type: 007 is a text, and so is what has none.

A number that a float would round makes its column text, too; NaN alone is no number.
"""


def sampled(paths: Sequence[str]) -> Sequence[str]:
    """The files to look into: first, last and some between."""
    if len(paths) <= SAMPLED_FILES:
        return paths
    step = (len(paths) - 1) / (SAMPLED_FILES - 1)
    return [paths[round(n * step)] for n in range(SAMPLED_FILES)]


def kind_of(parts: Sequence[pa.Array]) -> pa.DataType:
    """The type that fits all texts of a column; string where there are none."""
    texts = (
        pa.chunked_array(parts, pa.string()).drop_null().combine_chunks()
        if parts
        else pa.array([], pa.string())
    )
    if not len(texts):
        return pa.string()
    for shape, kind in SHAPES:
        if _all_like(texts, shape) and _fits(texts, kind):
            return kind
    return pa.string()


def _fits(texts: pa.Array, kind: pa.DataType) -> bool:
    if pa.types.is_floating(kind) and not pc.any(pc.match_substring_regex(texts, "[0-9]")).as_py():
        return False
    try:
        parsed(texts, kind)
        refuse_rounded(texts, kind)
    except ValueError:
        return False
    return True


class Odd(ValueError):
    """A text that can be read as a value of its column, and is not written as those that were sampled."""


def is_odd(texts: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> bool:
    """Whether one of the texts is no number or flag as they are sampled: then 00501 would be read as 501."""
    families = (
        (pa.types.is_integer, _WHOLE),
        (pa.types.is_decimal, _FIXED),
        (pa.types.is_floating, _FLOAT),
        (pa.types.is_boolean, _FLAG),
    )
    shape = next((shape for belongs, shape in families if belongs(kind)), None)
    return shape is not None and not _all_like(texts, shape)


def _all_like(texts: pa.Array | pa.ChunkedArray, shape: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, f"^(?:{shape})$"), min_count=0).as_py())
