"""The flow as files and commands, and its destination as another tool reads it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from histories import child
from histories.child import Done
from histories.source import AT, File, Flow, Row, Source
from hygge.testing.warm import Trial, Warm

__all__ = ["Project"]

DECLARED = {"int64": "BIGINT", "int32": "INT32_T", "string": "TEXT",
            "timestamp[us]": "TIMESTAMP", "date32[day]": "DATE"}  # fmt: skip
ARROW = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string(),
         "timestamp[us]": pa.timestamp("us"), "date32[day]": pa.date32()}  # fmt: skip
NAMED = {"date32[day]": "date"}  # as `types` of a home of texts has it
EPOCH = datetime(2024, 2, 28, 23, 57)  # a leap day is near


@functools.cache
def server() -> Warm:
    """A warm server that has imported what a run imports."""
    import atexit
    import tempfile

    with Warm(["histories.child"]) as cold, tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        flow = Flow(home="sqlite", store="sqlite")
        some = File(name="t", version=0, rows=(frozenset({("id", 1), (AT, 1)}),))
        project = Project(root, flow, Source(columns=(("id", "int64"), (AT, "int64")), files=(some,)))
        found = cold.run(child.modules, str(project.root)).result()
    warm = Warm([*found, "histories.child:prime"])
    warm.__enter__()
    atexit.register(warm.__exit__, None, None, None)
    return warm


class Project:
    """A project of one flow ``f`` with one entity ``t``, and another host's view of it."""

    def __init__(self, root: Path, flow: Flow, source: Source, bug: str = "") -> None:
        self.root = root / "here"
        self._elsewhere = root / "elsewhere"
        self._kept = root / "backup"
        self._out = root / "out"
        self._source = root / "source"
        self._bug = bug
        self._source.mkdir(parents=True)
        for host in (self.root, self._elsewhere):
            (host / "flows").mkdir(parents=True)
            (host / "hygge.yml").write_text("version: 1\nname: histories\noptions: {concurrency: 1}\n")
        self.define(flow, source)
        self.fill(source)

    # -- what the user writes -------------------------------------------------------------------

    def define(self, flow: Flow, source: Source) -> None:
        """Write the flow."""
        self._flow = flow
        said: dict[str, Any] = {
            "home": self._home(flow, source),
            "store": {
                "type": flow.store,
                "path": str(self._out / ("d.db" if flow.store == "sqlite" else "")),
            },
            "run_type": flow.run_type,
            "write": flow.write,
            "drift": flow.drift,
            "entities": ["t"],
        }
        if flow.watermark:
            said["watermark"] = {"column": AT, "nulls": flow.nulls}
            if flow.lookback:
                said["watermark"]["lookback"] = _lookback(flow)
        if flow.keys:
            said["keys"] = ["id"]
        if flow.columns is not None:
            said["columns"] = list(flow.columns)
        if flow.least_id is not None:
            said["where"] = f"id >= {flow.least_id}"
        for host in (self.root, self._elsewhere):
            (host / "flows" / "f.yml").write_text(json.dumps(said))

    def _home(self, flow: Flow, source: Source) -> Mapping[str, Any]:
        if flow.home == "sqlite":
            return {"type": "sqlite", "path": str(self._source / "s.db")}
        found: dict[str, Any] = {"type": flow.home, "path": str(self._source)}
        if flow.home != "parquet":
            found["types"] = {name: NAMED.get(kind, kind) for name, kind in source.columns}
        return found

    # -- the source -----------------------------------------------------------------------------

    def fill(self, source: Source) -> None:
        """Bring the source to what it is to hold."""
        if self._flow.home == "sqlite":
            self._fill_table(source)
            return
        wanted = {f"{file.name}.{self._flow.home}": file for file in source.files}
        for path in self._source.iterdir():
            if path.name not in wanted:
                path.unlink()
        for name, file in wanted.items():
            changed = 1_700_000_000_000_000_000 + file.version * 1_000_000_000
            path = self._source / name
            if not path.exists() or path.stat().st_mtime_ns != changed:
                WRITERS[self._flow.home](path, source, file.rows)
                os.utime(path, ns=(changed, changed))

    def _fill_table(self, source: Source) -> None:
        columns = ", ".join(f"{name} {DECLARED[kind]}" for name, kind in source.columns)
        places = ", ".join("?" * len(source.columns))
        with contextlib.closing(sqlite3.connect(self._source / "s.db")) as db, db:
            db.execute("BEGIN")
            db.execute("DROP TABLE IF EXISTS t")
            db.execute(f"CREATE TABLE t ({columns})")
            db.executemany(f"INSERT INTO t VALUES ({places})", _texts(source, source.rows))

    # -- commands ---------------------------------------------------------------------------------

    def start(self, times: int = 1, *, failpoint: str = "", elsewhere: bool = False, **options: Any) -> Trial:
        """Begin `hygge.run` in a child, ``times`` times in a row."""
        root = str(self._elsewhere if elsewhere else self.root)
        return server().start(child.call, root, times, options, self._bug, failpoint=failpoint)

    def type(self, *lines: Sequence[str]) -> list[Done]:
        """Type command lines."""
        return server().run(child.type_lines, str(self.root), lines, self._bug).result()

    # -- what else happens to it ----------------------------------------------------------------

    def lose_journal(self, *, elsewhere: bool = False) -> None:
        shutil.rmtree((self._elsewhere if elsewhere else self.root) / ".hygge_journal", ignore_errors=True)

    def lose_target(self) -> None:
        shutil.rmtree(self._out, ignore_errors=True)

    def lose_file(self, number: int) -> bool:
        """Delete a data file; False if there is none."""
        files = sorted((self._out / "t").glob(f"*.{self._flow.store}"))
        if self._flow.store == "sqlite" or not files:
            return False
        files[number % len(files)].unlink()
        return True

    def back_up(self) -> None:
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir()
        for name, place in self._parts().items():
            if place.exists():
                shutil.copytree(place, self._kept / name)

    def restore(self, *, journal: bool, target: bool) -> None:
        for name, wanted in (("journal", journal), ("target", target)):
            if wanted:
                shutil.rmtree(self._parts()[name], ignore_errors=True)
                if (self._kept / name).exists():
                    shutil.copytree(self._kept / name, self._parts()[name])

    def _parts(self) -> Mapping[str, Path]:
        return {"journal": self.root / ".hygge_journal", "target": self._out}

    # -- the destination --------------------------------------------------------------------------

    def rows(self) -> Counter[Row]:
        """What a reader finds at the destination."""
        if self._flow.store == "sqlite":
            return Counter(map(self._row, _of_table(self._out / "d.db")))
        files = sorted((self._out / "t").glob("[!._]*"))
        return Counter(self._row(row) for file in files for row in READERS[self._flow.store](file))

    def _row(self, values: Mapping[str, Any]) -> Row:
        kept = {name: one for name, one in values.items() if one is not None}
        if AT in kept:
            kept[AT] = _number(kept[AT], self._flow.at)
        return frozenset((name, _plain(one)) for name, one in kept.items())


# -- values ---------------------------------------------------------------------------------------


def _lookback(flow: Flow) -> str | int:
    return {"int64": flow.lookback, "date32[day]": f"{flow.lookback}d"}.get(flow.at, f"{flow.lookback}m")


def at_value(number: int, kind: str) -> Any:
    """The value of the watermark column that a number of the model stands for."""
    if kind == "timestamp[us]":
        return EPOCH + timedelta(minutes=number)
    if kind == "date32[day]":
        return EPOCH.date() + timedelta(days=number)
    return f"k{number:05d}" if kind == "string" else number


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


def _texts(source: Source, rows: Iterable[Row]) -> Iterator[list[Any]]:
    """Rows as lists of what a file of texts or SQLite holds."""
    kinds = dict(source.columns)
    for row in rows:
        values = dict(row)
        if AT in values:
            values[AT] = at_text(values[AT], kinds[AT]) if kinds[AT] != "int64" else values[AT]
        yield [_stored(values.get(name), kind) for name, kind in source.columns]


def _stored(found: Any, kind: str) -> Any:
    return str(found) if kind == "string" and found is not None else found


# -- files ----------------------------------------------------------------------------------------


def _write_parquet(path: Path, source: Source, rows: Iterable[Row]) -> None:
    kinds = dict(source.columns)
    schema = pa.schema([(name, ARROW[kind]) for name, kind in source.columns])
    values = [
        {name: at_value(one, kinds[AT]) if name == AT else _stored(one, kinds[name]) for name, one in row}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(values, schema=schema), path)


def _write_csv(path: Path, source: Source, rows: Iterable[Row]) -> None:
    lines = [[name for name, _ in source.columns], *_texts(source, rows)]
    path.write_text("".join(",".join(map(_quoted, line)) + "\n" for line in lines))


def _quoted(found: Any) -> str:
    """A text in quotes, so that an empty one is not null."""
    return f'"{found}"' if isinstance(found, str) else "" if found is None else str(found)


def _write_ndjson(path: Path, source: Source, rows: Iterable[Row]) -> None:
    names = [name for name, _ in source.columns]
    lines = (json.dumps(dict(zip(names, row, strict=True))) for row in _texts(source, rows))
    path.write_text("".join(f"{line}\n" for line in lines))


WRITERS: Mapping[str, Callable[[Path, Source, Iterable[Row]], None]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "ndjson": _write_ndjson,
}


def _of_table(path: Path) -> list[dict[str, Any]]:
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
