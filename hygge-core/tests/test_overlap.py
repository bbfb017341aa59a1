"""The law of appending: whatever the source does between runs, every version of a row lands once."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygge.errors import DataError, Refused
from hygge.model import Overlap, WatermarkValue
from hygge.overlap import Tracker, identities
from hygge.watermark import minus

SCHEMA = pa.schema([("id", pa.int64()), ("at", pa.int64()), ("note", pa.string())])
Row = tuple[int, int | None, str | None]


def batch(rows: list[Row]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], SCHEMA)


class Appending:
    """A source, an append-only store and the state between runs, as the engine keeps it."""

    def __init__(self, keys: tuple[str, ...], lookback: int, *, nulls: bool) -> None:
        self.keys, self.lookback, self.nulls = keys, lookback, nulls
        self.store: Counter[Row] = Counter()
        self.mark: WatermarkValue | None = None
        self.overlap: Overlap | None = None
        self.known = b""

    def lower(self) -> int | None:
        """The lower end of the next window: the lookback, as far as identities are kept."""
        if self.mark is None or self.mark.value is None:
            return None
        wanted = int(minus(self.mark.value, "int64", self.lookback))
        kept = self.overlap.lower if self.overlap is not None else None
        return wanted if kept is None else max(wanted, int(kept))

    def run(self, source: list[Row], size: int) -> None:
        tracker = Tracker(
            SCHEMA,
            "at",
            self.keys,
            self.lookback,
            committed=self.mark,
            overlap=self.overlap,
            known=self.known,
            nulls=self.nulls,
            since=None if (lower := self.lower()) is None else str(lower),
        )
        window = [r for r in source if (self.nulls if r[1] is None else lower is None or r[1] >= lower)]
        for at in range(0, len(window), size):
            self.store.update(
                tuple(r.values()) for r in tracker.filter(batch(window[at : at + size])).to_pylist()
            )
        kept = tracker.overlap()
        assert kept is not None
        self.mark, (self.overlap, self.known) = tracker.watermark(), kept


notes = st.sampled_from([None, "", "a", "b"])
marks = st.one_of(st.none(), st.integers(0, 12))


@given(
    runs=st.lists(
        st.tuples(st.integers(0, 4), st.lists(st.tuples(marks, notes), max_size=12)), min_size=1, max_size=6
    ),
    size=st.integers(1, 5),
    keyed=st.booleans(),
    nulls=st.booleans(),
)
@settings(max_examples=400)
def test_every_row_of_the_window_lands_once_in_any_order_whatever_the_lookback_was_before(
    runs: list[tuple[int, list[tuple[int | None, str | None]]]], size: int, keyed: bool, nulls: bool
) -> None:
    to = Appending(("id",) if keyed else (), 0, nulls=nulls)
    source: list[Row] = []
    covered: Counter[Row] = Counter()
    for lookback, arrived in runs:
        to.lookback = lookback
        source += [(len(source) + n if keyed else 0, at, note) for n, (at, note) in enumerate(arrived)]
        lower = to.lower()
        window = Counter(r for r in source if (nulls if r[1] is None else lower is None or r[1] >= lower))
        covered |= window  # what a window showed once stays; nothing comes more often than it is there
        to.run(source, size)
        assert to.store == covered


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), marks, notes), max_size=30), st.integers(1, 7))
def test_identities_do_not_depend_on_how_rows_are_batched(rows: list[Row], size: int) -> None:
    whole = identities(batch(rows), SCHEMA.names).to_pylist()
    parts = [
        i
        for at in range(0, len(rows), size)
        for i in identities(batch(rows[at : at + size]), SCHEMA.names).to_pylist()
    ]
    assert whole == parts


def test_neighbouring_values_cannot_run_into_each_other() -> None:
    schema = pa.schema([("a", pa.string()), ("b", pa.string())])
    rows = pa.record_batch([["ab", "a", None, "", "-:"], ["c", "bc", "", None, None]], schema=schema)
    assert len(set(identities(rows, ["a", "b"]).to_pylist())) == 5


def test_floats_are_told_apart_by_their_bits() -> None:
    rows = pa.record_batch({"f": pa.array([0.0, -0.0, 0.1 + 0.2, 0.3, float("nan")])})
    assert len(set(identities(rows, ["f"]).to_pylist())) == 5


@pytest.mark.parametrize(
    ("kind", "bits", "plain", "other"),
    [
        (pa.float16(), pa.uint16(), 0x7E00, (0xFE00, 0x7E01)),
        (pa.float32(), pa.uint32(), 0x7FC00000, (0xFFC00000, 0x7FC00001)),
        (pa.float64(), pa.uint64(), 0x7FF8 << 48, (0xFFF8 << 48, (0x7FF8 << 48) + 1)),
    ],
)
def test_any_nan_is_one_nan(kind: pa.DataType, bits: pa.DataType, plain: int, other: tuple[int, ...]) -> None:
    values = pa.array([plain, *other, 0, None], bits).view(kind)
    first, *same, zero, null = identities(pa.record_batch({"f": values}), ["f"]).to_pylist()
    assert same == [first, first]
    assert len({first, zero, null}) == 3
    (kept,) = identities(pa.record_batch({"f": pa.array([float("nan")]).cast(kind)}), ["f"]).to_pylist()
    assert kept == first, "receipts hold identities of the usual one"


def test_identities_are_those_that_receipts_hold() -> None:
    rows = pa.record_batch({"f": pa.array([1.5, -0.0, float("nan"), None])})
    found = [one.hex() for one in identities(rows, ["f"]).to_pylist()]
    assert found == [
        "1d9bec0145b9c2d84c6986a21e65fbae",
        "6b07ba9da125686de6df541fc532a487",
        "198884b6e44cbbdaf4e4f52c0720f08b",
        "17bfb18cfbaecbf28b4488f29038ab3c",
    ]


def test_identities_that_do_not_match_the_receipt_are_refused() -> None:
    tracker = Tracker(SCHEMA, "at", (), None)
    tracker.filter(batch([(1, 5, "a")]))
    kept = tracker.overlap()
    assert kept is not None
    overlap, data = kept
    for damaged in (b"", data + data, bytes(16)):
        with pytest.raises(Refused):
            Tracker(SCHEMA, "at", (), None, committed=tracker.watermark(), overlap=overlap, known=damaged)


def test_the_watermark_never_goes_back() -> None:
    before = WatermarkValue(column="at", type="int64", value="9")
    tracker = Tracker(SCHEMA, "at", (), 5, committed=before)
    tracker.filter(batch([(1, 5, "late")]))
    assert tracker.watermark() == before


def test_rows_above_a_watermark_that_was_set_back_are_left_out_as_well() -> None:
    tracker = Tracker(SCHEMA, "at", (), 5)
    tracker.filter(batch([(1, 4, "a"), (2, 9, "b")]))
    kept = tracker.overlap()
    assert kept is not None
    back = WatermarkValue(column="at", type="int64", value="5")
    again = Tracker(SCHEMA, "at", (), 5, committed=back, overlap=kept[0], known=kept[1])
    assert again.filter(batch([(2, 9, "b"), (3, 9, "c")])).column("id").to_pylist() == [3]


@pytest.mark.parametrize(("keys", "new"), [(("id",), []), ((), ["changed"])])
def test_a_row_changed_under_its_watermark_is_the_same_row_where_it_has_keys(
    keys: tuple[str, ...], new: list[str]
) -> None:
    tracker = Tracker(SCHEMA, "at", keys, None)
    tracker.filter(batch([(1, 9, "a")]))
    kept = tracker.overlap()
    assert kept is not None
    again = Tracker(
        SCHEMA, "at", keys, None, committed=tracker.watermark(), overlap=kept[0], known=kept[1], since="9"
    )
    assert again.filter(batch([(1, 9, "changed")])).column("note").to_pylist() == new


def test_a_batch_of_nulls_changes_nothing() -> None:
    tracker = Tracker(SCHEMA, "at", (), None, nulls=True)
    for rows in ([(1, None, "a")], [(2, 3, "b")], [(3, None, "c")]):
        tracker.filter(batch(rows))
    assert tracker.watermark().value == "3"
    kept = tracker.overlap()
    assert kept is not None
    assert kept[0].count == 3


def test_trackers_of_splits_join_into_one() -> None:
    one, other = (Tracker(SCHEMA, "at", (), 2, nulls=True) for _ in range(2))
    one.filter(batch([(1, 5, "a"), (2, 9, "b")]))
    other.filter(batch([(3, 8, "c"), (4, 11, "d"), (5, None, "e")]))
    one.merge(other)
    kept = one.overlap()
    assert kept is not None
    assert (one.watermark().value, kept[0].count, kept[0].lower, kept[0].nulls) == ("11", 3, "9", 1)


def test_rows_are_known_by_the_columns_that_they_were_kept_by() -> None:
    """Keys that were adopted: what is committed was told apart by others."""
    first = Tracker(SCHEMA, "at", ("id",), None)
    first.filter(batch([(1, 5, "a"), (2, 9, "b")]))
    kept = first.overlap()
    assert kept is not None
    committed = first.watermark()
    keys = ("id", "note")
    next_one = Tracker(
        SCHEMA, "at", keys, None, committed=committed, overlap=kept[0], known=kept[1], since=committed.value
    )
    assert next_one.filter(batch([(2, 9, "b"), (3, 9, "c")]))["id"].to_pylist() == [3]
    after = next_one.overlap()
    assert after is not None
    assert (after[0].columns, after[0].count) == (("at", "id", "note"), 2)


def test_many_identities_are_found_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.compute as pc

    from hygge import overlap

    rows = pa.record_batch({"id": pa.array(range(5000))})
    known = overlap.identities(rows.slice(0, 3000), ["id"])
    asked = overlap.identities(rows, ["id"]).take(pa.array(range(4999, -1, -1)))
    found = overlap._Sorted(known)(asked)
    assert found.to_pylist() == pc.index_in(asked, value_set=known).to_pylist()
    assert overlap._Sorted(known)(asked.slice(7, 3)).to_pylist() == found.slice(7, 3).to_pylist()
    twins = pa.array([bytes(8) + bytes([n]) * 8 for n in range(9)], pa.binary(16))
    assert overlap._Sorted(twins)(twins).to_pylist() == list(range(9))


def test_times_within_values_that_are_too_fine_to_tell_rows_apart_are_told() -> None:
    fine = pa.record_batch({"v": pa.array([[1]], pa.list_(pa.timestamp("ns")))})
    with pytest.raises(DataError, match="finer than a microsecond"):
        identities(fine, ["v"])
