"""Values and rows as each kind of home and store holds them, without hygge."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from histories.source import AT, Row, Source

__all__ = ["READERS", "WRITERS", "at_text", "format_of", "row", "table", "texts"]

ARROW = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string(),
         "timestamp[us]": pa.timestamp("us"), "date32[day]": pa.date32()}  # fmt: skip
EPOCH = datetime(2024, 2, 28, 23, 57)  # a leap day is near


def format_of(kind: str) -> str:
    """What the files of a kind of home or store hold."""
    return {"adls": "parquet"}.get(kind, kind)


def at_value(number: int, kind: str) -> Any:
    """The value of the watermark column that a number of the model stands for."""
    if kind == "timestamp[us]":
        return EPOCH + timedelta(minutes=number)
    if kind == "date32[day]":
        return EPOCH.date() + timedelta(days=number)
    return f"k{number:05d}" if kind == "string" else number


def row(values: Mapping[str, Any], kind: str) -> Row:
    """The row of the model that a reader's row stands for; ``kind`` is the watermark's type."""
    kept = {name: one for name, one in values.items() if one is not None}
    if AT in kept:
        kept[AT] = _number(kept[AT], kind)
    return frozenset((name, _plain(one)) for name, one in kept.items())


def at_text(number: int, kind: str) -> str:
    """The same as it is typed."""
    found = at_value(number, kind)
    return found.isoformat() if isinstance(found, date) else str(found)


def _number(found: Any, kind: str) -> int:
    if kind == "timestamp[us]":
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(found)
        return (moment - EPOCH) // timedelta(minutes=1)
    if kind == "date32[day]":
        day = found if isinstance(found, date) else date.fromisoformat(found)
        return (day - EPOCH.date()).days
    return int(found[1:]) if kind == "string" else int(found)


def _plain(found: Any) -> Any:
    """A whole number as one, also where a file of texts has it; texts of the histories are no numbers."""
    return int(found) if isinstance(found, str) and found.isdigit() else found


def texts(source: Source, rows: Iterable[Row]) -> Iterator[list[Any]]:
    """Rows as lists of what a file of texts or SQLite holds."""
    kinds = dict(source.columns)
    for row in rows:
        values = dict(row)
        if AT in values:
            values[AT] = at_text(values[AT], kinds[AT]) if kinds[AT] != "int64" else values[AT]
        yield [_stored(values.get(name), kind) for name, kind in source.columns]


def _stored(found: Any, kind: str) -> Any:
    return str(found) if kind == "string" and found is not None else found


def _write_parquet(path: Path, source: Source, rows: Iterable[Row]) -> None:
    kinds = dict(source.columns)
    schema = pa.schema([(name, ARROW[kind]) for name, kind in source.columns])
    values = [
        {name: at_value(one, kinds[AT]) if name == AT else _stored(one, kinds[name]) for name, one in row}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(values, schema=schema), path)


def _write_csv(path: Path, source: Source, rows: Iterable[Row]) -> None:
    lines = [[name for name, _ in source.columns], *texts(source, rows)]
    path.write_text("".join(",".join(map(_quoted, line)) + "\n" for line in lines))


def _quoted(found: Any) -> str:
    """A text in quotes, so that an empty one is not null."""
    return f'"{found}"' if isinstance(found, str) else "" if found is None else str(found)


def _write_ndjson(path: Path, source: Source, rows: Iterable[Row]) -> None:
    names = [name for name, _ in source.columns]
    lines = (json.dumps(dict(zip(names, row, strict=True))) for row in texts(source, rows))
    path.write_text("".join(f"{line}\n" for line in lines))


WRITERS: Mapping[str, Callable[[Path, Source, Iterable[Row]], None]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "ndjson": _write_ndjson,
}


def table(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 't'").fetchall():
            return []
        return [dict(row) for row in db.execute("SELECT * FROM t")]


def _of_csv(path: Path) -> list[dict[str, Any]]:
    names = pcsv.open_csv(path).schema.names
    texts = pcsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    found: list[dict[str, Any]] = pcsv.read_csv(path, convert_options=texts).to_pylist()
    return found


READERS: Mapping[str, Callable[[Path], Iterable[Mapping[str, Any]]]] = {
    "parquet": lambda path: ds.dataset(path).to_table().to_pylist(),
    "csv": _of_csv,
    "ndjson": lambda path: map(json.loads, path.read_text().splitlines()),
}
