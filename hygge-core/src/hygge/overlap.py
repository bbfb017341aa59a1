"""Appending without doubling: which rows of the window are committed already, and which will be.

A run that appends reads from the committed watermark (minus the lookback) upwards, both ends
included, so it meets again the rows that the last run committed there. They are left out by their
identity: 128 bits over the watermark's value and the keys, or over the whole row where the entity
has no keys. Equal rows without keys are counted, so that a new twin of a committed row still comes.
"""

from __future__ import annotations

import functools
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hygge.errors import DataError, Refused
from hygge.hashing import framed
from hygge.model import Overlap, WatermarkValue
from hygge.watermark import arrow_type, from_text, greatest, later, minus, to_text, type_name
from hygge.widening import same

if TYPE_CHECKING:
    import polars as pl

__all__ = ["LIMIT", "Known", "Tracker", "comparable", "identities", "intact", "summed"]

LIMIT = 2_000_000  # identities kept with one receipt: 32 MB
MANY = 50_000  # identities from which on looking each up costs less than a table of all
_WIDTH = 16
_IDENTITY = pa.binary(_WIDTH)


def identities(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Array:
    """One 16-byte identity a row, over the named columns; the same on every machine and version."""
    if not batch.num_rows:
        return pa.array([], _IDENTITY)
    parts = [framed(_bytes(batch.column(name))) for name in columns]
    rows = pc.binary_join_element_wise(*parts, b"") if len(parts) > 1 else parts[0]
    digests = [blake2b(row, digest_size=_WIDTH).digest() for row in rows.to_pylist()]
    return pa.FixedSizeBinaryArray.from_buffers(
        _IDENTITY, len(digests), [None, pa.py_buffer(b"".join(digests))]
    )


def comparable(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether equal values of two types have one identity."""
    return same(one, other) or bool(pa.types.is_integer(one) and pa.types.is_integer(other))


def _bytes(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _bytes(values.dictionary_decode())
    if pa.types.is_nested(kind) or pa.types.is_interval(kind):
        try:
            plainly = values.to_pylist()
        except ValueError as error:
            raise DataError(
                f"rows with values of type {kind} cannot be told apart: times in them are finer than "
                "a microsecond",
                code="HYG301",
                remedy="Give the entity keys, by which its rows are told apart.",
            ) from error
        return pa.array([None if v is None else repr(v).encode() for v in plainly], pa.binary())
    if pa.types.is_floating(kind):
        values = _one_nan(values)
    if pa.types.is_floating(kind) or pa.types.is_temporal(kind):
        width = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width]
        values = values.view(width)  # the bits, not a rounded text
    if not (pa.types.is_binary(values.type) or pa.types.is_fixed_size_binary(values.type)):
        values = values.cast(pa.string())
    return values.cast(pa.binary())


def _one_nan(values: pa.Array) -> pa.Array:
    """Any NaN as the usual one: not every store gives back its sign and the bits that it carries."""
    odd = pc.is_nan(values)
    return pc.if_else(odd, pa.scalar(math.nan, values.type), values) if pc.any(odd).as_py() else values


class Tracker:
    """Follows the batches of one attempt: leaves out what is committed, remembers what will be.

    ``committed`` is the watermark of the last receipt, ``overlap`` and ``known`` what that receipt
    kept of the rows around it; all None or empty where everything is new. ``since`` is the least value
    that this attempt reads: below it no row is seen, so no identity is known. Without ``remember``
    only the watermark is followed: the store upserts, a row that comes twice does no harm. ``nulls``:
    identities of rows without a value are kept, too; else no attempt after the first reads such rows.
    """

    def __init__(
        self,
        schema: pa.Schema,
        column: str,
        keys: Sequence[str],
        lookback: str | int | None,
        *,
        committed: WatermarkValue | None = None,
        overlap: Overlap | None = None,
        known: bytes = b"",
        since: str | None = None,
        nulls: bool = False,
        remember: bool = True,
    ) -> None:
        self._column = column
        self._values_type = schema.field(column).type
        self._type = type_name(self._values_type)
        self._columns = tuple(dict.fromkeys((column, *keys))) if keys else tuple(schema.names)
        self._lookback = lookback
        self._since = since
        self._nulls = nulls
        self._null_rows = 0
        self._nulls_before = 0 if overlap is None or overlap.nulls == 0 else None  # committed, and not read
        self._remembering = remember
        self._floor = _scalar(committed, self._type)
        self._known = Known(overlap, known) if overlap is not None else None
        self._ceiling = _ceiling(self._floor, overlap)
        self._top = self._floor
        self._kept: list[tuple[pa.Array, pa.Array]] = []  # watermark values, identities
        self._kept_rows = 0
        self.left_out = 0

    def filter(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without the rows that are committed already."""
        if not batch.num_rows:
            return batch
        values = batch.column(self._column)
        self._top = greatest(values, self._top)
        if not self._remembering:
            return batch
        self._null_rows += values.null_count
        near, again = self._near(values), self._again(values)
        either = pc.or_(near, again)
        rows = batch.filter(either)
        ids = identities(rows, self._columns)
        self._remember(rows.column(self._column), ids, near.filter(either))
        if self._known is None or not pc.any(again).as_py():
            return batch
        if self._known.columns == self._columns:
            ids = ids.filter(again.filter(either))
        else:
            ids = identities(batch.filter(again), self._known.columns)
        return self._leave_out(batch, again, self._known.take(ids))

    def _leave_out(self, batch: pa.RecordBatch, again: pa.Array, committed: Iterator[bool]) -> pa.RecordBatch:
        places = pc.indices_nonzero(again).to_pylist()
        keep = [True] * batch.num_rows
        for place, known in zip(places, committed, strict=True):
            keep[place] = not known
        kept = batch.filter(pa.array(keep, pa.bool_()))
        self.left_out += batch.num_rows - kept.num_rows
        return kept

    def _remember(self, values: pa.Array, ids: pa.Array, near: pa.Array) -> None:
        """Keep identities of the rows that the next run may read again, as far as known by now."""
        self._kept.append((values.filter(near), ids.filter(near)))
        self._kept_rows += len(self._kept[-1][0])
        if len(self._kept) > 64 or self._kept_rows > 2 * LIMIT:
            self._prune()

    def _again(self, values: pa.Array) -> pa.Array:
        """Which rows the last run may have committed."""
        if self._known is None:
            return pa.repeat(pa.scalar(False), len(values))
        if self._ceiling is None:
            return pc.is_null(values)
        return pc.fill_null(pc.less_equal(values, self._ceiling), True)

    def _near(self, values: pa.Array) -> pa.Array:
        """Which rows the next run will read again, were this the last batch."""
        lower = self._lower()
        if lower is None:  # no value so far: all are null
            return pa.repeat(pa.scalar(self._nulls), len(values))
        return pc.fill_null(pc.greater_equal(values, lower), self._nulls)

    def _lower(self) -> pa.Scalar | None:
        if self._top is None:
            return None
        text = minus(to_text(self._top), self._type, self._lookback)
        return from_text(text, arrow_type(self._type))

    def _known_from(self) -> str | None:
        """The least value from which on the identities are complete."""
        lower = self._lower()
        if lower is None or self._since is None:
            return None if lower is None else to_text(lower)
        return later(to_text(lower), self._since, self._type)

    def _prune(self) -> None:
        near = [(values, ids, self._near(values)) for values, ids in self._kept]
        values = pa.chunked_array([v.filter(mask) for v, _, mask in near] or [[]], self._values_type)
        ids = pa.chunked_array([i.filter(mask) for _, i, mask in near] or [[]], _IDENTITY)
        self._kept = [(_one(values), _one(ids))]
        self._kept_rows = len(values)
        if self._kept_rows > 2 * LIMIT:
            raise self._too_many()

    def _too_many(self) -> DataError:
        return DataError(
            f"more than {LIMIT:,} rows share the overlap at the watermark {self._column!r}; "
            "their identities cannot be kept with the receipt",
            code="HYG408",
            remedy="Use a finer watermark column, a smaller lookback, or a store that can upsert on keys.",
        )

    # -- the end of the attempt -------------------------------------------------------------------

    def watermark(self) -> WatermarkValue:
        """The greatest value committed once this attempt is."""
        value = None if self._top is None else to_text(self._top)
        return WatermarkValue(column=self._column, type=self._type, value=value)

    def overlap(self) -> tuple[Overlap, bytes] | None:
        """What the next append has to leave out, and its identities, sorted."""
        if not self._remembering:
            return None
        self._prune()
        if self._kept_rows > LIMIT:
            raise self._too_many()
        lower = self._known_from()
        ids = pa.chunked_array([ids for _, ids in self._kept], _IDENTITY).combine_chunks()
        found = _bytes_of(ids.take(pc.array_sort_indices(ids)))
        upper = None if self._top is None else to_text(self._top)
        kept, data = summed(self._columns, found, lower, upper)
        return replace(kept, nulls=self._nulls_kept()), data

    def _nulls_kept(self) -> int | None:
        if self._nulls:
            return self._null_rows
        return self._nulls_before if not self._null_rows else None

    def merge(self, other: Tracker) -> None:
        """Take in what a tracker of another split of the same attempt saw."""
        if self._top is None or (other._top is not None and pc.greater(other._top, self._top).as_py()):
            self._top = other._top
        self._kept += other._kept
        self._kept_rows += other._kept_rows
        self._null_rows += other._null_rows
        self.left_out += other.left_out


def intact(overlap: Overlap, data: bytes) -> bool:
    """Whether these are the identities that the receipt speaks of."""
    return len(data) == _WIDTH * overlap.count and _digest(data) == overlap.digest


class Known:
    """The committed identities, each with the number of rows that bear it."""

    def __init__(self, overlap: Overlap, data: bytes) -> None:
        if not intact(overlap, data):
            raise Refused(
                "the identities kept with the last receipt are damaged or missing",
                code="HYG404",
                remedy="Start the entity over with `hygge run FLOW.ENTITY --full-drop`.",
            )
        self.columns = overlap.columns
        found = pa.Array.from_buffers(_IDENTITY, overlap.count, [None, pa.py_buffer(data)])
        counted = found.value_counts()
        known = counted.field("values")
        self._find: Callable[[pa.Array], pa.Array] = (
            _Sorted(known) if len(known) > MANY else functools.partial(pc.index_in, value_set=known)
        )
        self._left = array("q", counted.field("counts").to_pylist())

    def take(self, ids: pa.Array) -> Iterator[bool]:
        """For each row whether it is committed; a committed identity is used up by one row."""
        for place in self._find(ids).to_pylist():
            known = place is not None and self._left[place] > 0
            if known:
                self._left[place] -= 1
            yield known


class _Sorted:
    """Places of identities among many, found by bisection: no table is built anew for each batch."""

    def __init__(self, known: pa.Array) -> None:
        import polars as pl

        self._pl = pl
        heads, self._tails = self._halves(known)
        self._order = heads.arg_sort()
        self._heads = heads.gather(self._order)
        self._known = known if self._heads.n_unique() < len(heads) else None  # two with one first half

    def __call__(self, ids: pa.Array) -> pa.Array:
        if self._known is not None:
            return pc.index_in(ids, value_set=self._known)
        heads, tails = self._halves(ids)
        near = self._heads.search_sorted(heads).clip(0, len(self._heads) - 1)
        places = self._order.gather(near)
        same = (self._heads.gather(near) == heads) & (self._tails.gather(places) == tails)
        return places.to_frame("place").select(self._pl.when(same).then("place"))["place"].to_arrow()

    def _halves(self, ids: pa.Array) -> tuple[pl.Series, pl.Series]:
        data = ids.buffers()[1].slice(ids.offset * _WIDTH, len(ids) * _WIDTH)
        numbers = pa.Array.from_buffers(pa.uint64(), 2 * len(ids), [None, data])
        whole = self._pl.Series(self._pl.from_arrow(numbers))
        return whole.gather_every(2), whole.gather_every(2, 1)


def summed(
    columns: Sequence[str], found: bytes, lower: str | None = None, upper: str | None = None
) -> tuple[Overlap, bytes]:
    """Sorted identities, one behind the other, as a receipt keeps them."""
    kept = Overlap(
        columns=tuple(columns), count=len(found) // _WIDTH, digest=_digest(found), lower=lower, upper=upper
    )
    return kept, found


def _ceiling(floor: pa.Scalar | None, overlap: Overlap | None) -> pa.Scalar | None:
    """The greatest value at which a row may be committed: a watermark can have been set back by hand."""
    if overlap is None or overlap.upper is None or floor is None:
        return floor
    upper = from_text(overlap.upper, floor.type)
    return upper if pc.greater(upper, floor).as_py() else floor


def _one(values: pa.ChunkedArray) -> pa.Array:
    combined = values.combine_chunks()
    return combined if isinstance(combined, pa.Array) else pa.concat_arrays(combined.chunks)


def _bytes_of(ids: pa.Array) -> bytes:
    found: bytes = ids.buffers()[1].slice(ids.offset * _WIDTH, len(ids) * _WIDTH).to_pybytes()
    return found


def _digest(data: bytes) -> str:
    """The sum of the identities, which no order changes: place by place, then carried."""
    places = [sum(data[place::_WIDTH]) for place in range(_WIDTH)]
    total = sum(amount << 8 * (_WIDTH - 1 - place) for place, amount in enumerate(places))
    return f"{total % 2 ** (8 * _WIDTH):032x}"


def _scalar(value: WatermarkValue | None, type_: str) -> pa.Scalar | None:
    """The committed value as one of today's type, which is akin to its own."""
    if value is None or value.value is None:
        return None
    return from_text(value.value, arrow_type(type_))
