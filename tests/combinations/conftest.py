"""Tables with every type at its extremes, in every kind of place, and what comes out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml

import hygge
from hygge.config import load_project
from hygge.engine.journals import open_journal
from hygge.files.layout import job_of
from hygge.model import Row

VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "a_bool": (pa.bool_(), [True, False]),
    "an_int8": (pa.int8(), [-128, 127]),
    "an_int16": (pa.int16(), [-(2**15), 2**15 - 1]),
    "an_int32": (pa.int32(), [-(2**31), 2**31 - 1]),
    "an_int64": (pa.int64(), [-(2**63), 2**63 - 1]),
    "a_uint32": (pa.uint32(), [0, 2**32 - 1]),
    "a_uint64": (pa.uint64(), [0, 2**64 - 1]),
    "a_float32": (pa.float32(), [1.5, -3.4028234663852886e38]),
    "a_float64": (pa.float64(), [1.7976931348623157e308, 5e-324]),
    "a_zero": (pa.float64(), [-0.0, 0.1]),
    "a_price": (pa.decimal128(10, 2), [Decimal("99999999.99"), Decimal("-0.01")]),
    "a_great": (pa.decimal128(38, 0), [Decimal("9" * 38), Decimal("-" + "9" * 38)]),
    "a_small": (pa.decimal128(38, 38), [Decimal("0." + "9" * 38), Decimal("0." + "0" * 37 + "1")]),
    "a_date": (pa.date32(), [date(1, 1, 1), date(9999, 12, 31)]),
    "a_time": (pa.time64("us"), [time(0), time(23, 59, 59, 999999)]),
    "a_moment": (pa.timestamp("us"), [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)]),
    "a_nano": (pa.timestamp("ns"), [datetime(1900, 1, 1), datetime(2262, 4, 11, 1, 2, 3, 4)]),
    "a_milli": (pa.timestamp("ms"), [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)]),
    "an_instant": (pa.timestamp("us", "UTC"), [datetime(1, 1, 2), datetime(9999, 12, 30)]),
    "a_text": (pa.string(), ["", 'a "quoted", one\r\nwith lines\tand \\ backslash']),
    "a_script": (pa.string(), ["smörgås 名前 🎉", "e\u0301 ≠ é"]),
    "digits": (pa.string(), ["007", "1e5"]),
    "words": (pa.string(), ["null", "NaN"]),
    "a_blob": (pa.binary(), [b"", bytes(range(256))]),
    'odd "name", of 🎉': (pa.int64(), [1, 2]),
    "select": (pa.string(), ["reserved", "; DROP TABLE t --"]),
}


def table(first: int, count: int) -> pa.Table:
    """Rows ``first`` to ``first + count - 1``: extremes in turn, every third row null but for id and at."""
    ids = range(first, first + count)
    columns: dict[str, pa.Array] = {
        "id": pa.array(ids, pa.int64()),
        "at": pa.array(
            [datetime(2024, 1, 1, 0, n // 3 // 60 % 60, n // 3 % 60) for n in ids], pa.timestamp("us")
        ),
    }
    for name, (kind, values) in VALUES.items():
        columns[name] = pa.array([None if n % 3 == 2 else values[n % 3] for n in ids], kind)
    return pa.table(columns)


def rows_of(found: pa.Table, *, signed_zero: bool) -> Counter[str]:
    """The rows as a multiset; floats by their bits, so that -0.0 is not 0.0 where that is kept."""
    names = sorted(found.schema.names)
    kept = [found[name] for name in names]
    if not signed_zero:
        kept = [pc.add(column, 0.0) if pa.types.is_floating(column.type) else column for column in kept]
    columns = [map(repr, column.to_pylist()) for column in kept]
    return Counter(map(repr, zip(*columns, strict=True)))


class World:
    """A project whose folders are named after what they hold."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "flows").mkdir(parents=True)
        (root / "hygge.yml").write_text("version: 1\nname: combinations\n")
        self.truth: list[pa.Table] = []
        self.signed_zero = True  # SQLite keeps reals with a whole value as integers, which have no -0
        self._files = 0

    def grow(self, count: int) -> None:
        """More rows at the origin, a folder of Parquet files that hygge did not write."""
        first = sum(part.num_rows for part in self.truth)
        part = table(max(0, first), count)
        self.truth.append(part)
        (self.root / "origin").mkdir(exist_ok=True)
        pq.write_table(part, self.root / "origin" / f"{self._files:04d}.parquet")
        self._files += 1

    def expected(self) -> Counter[str]:
        return rows_of(pa.concat_tables(self.truth), signed_zero=self.signed_zero)

    def home(self, kind: str, place: str) -> dict[str, Any]:
        """A home over what a store of this kind has put into ``place``."""
        home: dict[str, Any] = {"type": kind, "path": place}
        if kind == "sqlite":
            home = {"type": kind, "path": f"{place}/data.db", "table": "t"}
        if kind in ("csv", "ndjson"):
            names = {f.name: str(f.type) for f in table(0, 0).schema}
            home["types"] = {name: "float32" if kind == "float" else kind for name, kind in names.items()}
        return home

    def store(self, kind: str, place: str) -> dict[str, Any]:
        path = f"{place}/data.db" if kind == "sqlite" else place
        return {"type": kind, "path": path}

    def flow(self, name: str, home: dict[str, Any], store: dict[str, Any], **more: Any) -> None:
        flow = {"home": home, "store": store, "entities": ["t"], **more}
        (self.root / "flows" / f"{name}.yml").write_text(yaml.safe_dump(flow, sort_keys=False))

    def run(self, *select: str, **options: Any) -> hygge.EntityResult:
        result = hygge.run(self.root, select=select, **options)
        (one,) = result.entities
        assert one.error is None, one.error
        return one

    def failing(self, *select: str, **options: Any) -> dict[str, str]:
        (one,) = hygge.run(self.root, select=select, **options).entities
        assert one.error is not None
        return one.error

    def rows(self, flow: str) -> Iterator[Row]:
        """What the journal says of a flow, newest first."""
        project = load_project(self.root)
        with closing(open_journal(project, "look")) as journal:
            yield from journal.rows(flow=flow)

    def found(self, place: str) -> Counter[str]:
        """The rows of a Parquet store, read by pyarrow, in the types of the origin."""
        got = ds.dataset(self.root / place / "t").to_table()
        got = got.select(table(0, 0).schema.names).cast(table(0, 0).schema)
        return rows_of(got, signed_zero=self.signed_zero)

    def leftovers(self) -> Iterator[Path]:
        return (path for path in self.root.rglob(".hygge/targets/*/*") if job_of(path.name))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
