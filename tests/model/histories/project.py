"""The flow as files and commands, and its destination as another tool reads it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from histories import child
from histories.child import Done
from histories.formats import READERS, WRITERS, row, table, texts
from histories.source import AT, Flow, Row, Source
from hygge.testing.warm import Trial, Warm

__all__ = ["Project"]

DECLARED = {"int64": "BIGINT", "int32": "INT32_T", "string": "TEXT",
            "timestamp[us]": "TIMESTAMP", "date32[day]": "DATE"}  # fmt: skip
NAMED = {"date32[day]": "date"}  # as `types` of a home of texts has it


@functools.cache
def server() -> Warm:
    """A warm server that has imported what a run imports."""
    found: dict[str, None] = {}
    rows = (frozenset({("id", 1), (AT, 1)}),)
    source = Source(columns=(("id", "int64"), (AT, "int64")), files=()).add(rows, as_file=True)
    with Warm(["histories.child"]) as cold, tempfile.TemporaryDirectory() as folder:
        for kind in ("sqlite", *WRITERS):
            project = Project(Path(folder) / kind, Flow(home=kind, store=kind), source)
            found |= dict.fromkeys(cold.run(child.modules, str(project.root)).result())
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
            db.executemany(f"INSERT INTO t VALUES ({places})", texts(source, source.rows))

    # -- commands ---------------------------------------------------------------------------------

    def start(self, times: int = 1, *, failpoint: str = "", elsewhere: bool = False, **options: Any) -> Trial:
        """Begin `hygge.run` in a child, ``times`` times in a row."""
        root = str(self._elsewhere if elsewhere else self.root)
        return server().start(child.call, root, times, options, self._bug, failpoint=failpoint)

    def type(self, *lines: Sequence[str]) -> list[Done]:
        """Type command lines."""
        done: list[Done] = server().run(child.type_lines, str(self.root), lines, self._bug).result()
        return done

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
            return Counter(row(one, self._flow.at) for one in table(self._out / "d.db"))
        files = sorted((self._out / "t").glob("[!._]*"))
        found = (one for file in files for one in READERS[self._flow.store](file))
        return Counter(row(one, self._flow.at) for one in found)


def _lookback(flow: Flow) -> str | int:
    unit = {"timestamp[us]": "m", "date32[day]": "d"}.get(flow.at)
    return f"{flow.lookback}{unit}" if unit else flow.lookback
