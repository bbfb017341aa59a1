"""SHA-256 of columns, row by row, such that no two different rows of values are hashed as one text.

What is hashed is the salt and the text of each value, each behind its length in bytes and a colon
("5:smörg" has 6 bytes and is "6:smörg"), a null as "-:". Anybody can compute it again elsewhere.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from hygge.errors import DataError

__all__ = ["check_hashable", "framed", "hashed"]

Digest = Callable[[pa.Array], pa.Array]  # texts in, 64 hex digits out


def hashed(columns: Sequence[pa.Array], salt: str) -> pa.Array:
    """64 hex digits a row, or null where all its values are null."""
    parts: list[pa.Array | str] = [framed(_text(values)) for values in columns]
    if salt:
        parts.insert(0, f"{len(salt.encode())}:{salt}")
    rows = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "")
    nothing = functools.reduce(pc.and_, (pc.is_null(values) for values in columns))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), _digest()(rows))


def framed(values: pa.Array) -> pa.Array:
    """Each string or binary value behind its length, so that neighbours cannot run into each other."""
    kind = values.type
    length = pc.binary_length(values).cast(pa.string()).cast(kind)
    return pc.binary_join_element_wise(length, values, pa.scalar(":", kind)).fill_null(pa.scalar("-:", kind))


def check_hashable(name: str, kind: pa.DataType) -> None:
    """Raise `DataError` for a type whose values have no text that is the same everywhere."""
    if pa.types.is_nested(kind):
        raise DataError(
            f"polish: {name!r} cannot be hashed, it is of type {kind}",
            code="HYG305",
            remedy="Hash single values; leave lists and structs out of polish.hash.",
        )


def _text(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _text(values.dictionary_decode())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else v.hex() for v in values.to_pylist()], pa.string())
    return values.cast(pa.string())


@functools.cache
def _digest() -> Digest:
    try:
        import polars_hash  # noqa: F401  # it adds the namespace `chash` to polars' expressions
    except ImportError:
        return _slowly
    return _fast


def _slowly(texts: pa.Array) -> pa.Array:
    sha256 = hashlib.sha256
    return pa.array([sha256(text).hexdigest() for text in texts.cast(pa.binary()).to_pylist()], pa.string())


def _fast(texts: pa.Array) -> pa.Array:
    import polars as pl

    column = pl.Series("text", pl.from_arrow(texts))
    found = column.to_frame().select(pl.col("text").chash.sha2_256())  # type: ignore[attr-defined]  # see _digest
    return found.to_series().to_arrow().cast(pa.string())
