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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from histories import child
from histories.child import Done
from histories.formats import READERS, WRITERS, format_of, row, table, texts
from histories.places import Folder, LakeFolder
from histories.source import AT, Flow, Row, Source
from hygge.testing.warm import Trial, Warm

__all__ = ["Project"]

DECLARED = {"int64": "BIGINT", "int32": "INT32_T", "string": "TEXT",
            "timestamp[us]": "TIMESTAMP", "date32[day]": "DATE"}  # fmt: skip
JOURNAL = ".hygge_journal"
NAMED = {"date32[day]": "date"}  # as `types` of a home of texts has it


@functools.cache
def server() -> Warm:
    """A warm server that has imported what a run imports."""
    found: dict[str, None] = {}
    rows = (frozenset({("id", 1), (AT, 1)}),)
    source = Source(columns=(("id", "int64"), (AT, "int64")), files=()).add(rows, as_file=True)
    with Warm(["histories.child"]) as cold, tempfile.TemporaryDirectory() as folder:
        for kind in ("sqlite", "adls", *WRITERS):
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
        self._out = _folder(flow.store)(root / "out")
        self._source = _folder(flow.home)(root / "source")
        self._bug = bug
        self._source.here.mkdir(parents=True)
        for host in (self.root, self._elsewhere):
            (host / "flows").mkdir(parents=True)
            (host / "hygge.yml").write_text(json.dumps(self._settings(flow)))
        self.define(flow, source)
        self.fill(source)

    # -- what the user writes -------------------------------------------------------------------

    def _settings(self, flow: Flow) -> Mapping[str, Any]:
        beside = "store" if flow.store == "adls" else str(self._out.here / JOURNAL)
        location = beside if flow.one_journal else "project"
        return {
            "version": 1,
            "name": "histories",
            "options": {"concurrency": 1},
            "journal": {"location": location},
        }

    def define(self, flow: Flow, source: Source) -> None:
        """Write the flow."""
        self._flow = flow
        said: dict[str, Any] = {
            "home": self._home(flow, source),
            "store": {"type": flow.store, **self._out.config()},
            "run_type": flow.run_type,
            "write": flow.write,
            "drift": flow.drift,
            "entities": ["t"],
        }
        if flow.store == "sqlite":
            said["store"]["path"] += "/d.db"
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
        found: dict[str, Any] = {"type": flow.home, **self._source.config()}
        if flow.home == "sqlite":
            found["path"] += "/s.db"
        elif flow.home in ("csv", "ndjson"):
            found["types"] = {name: NAMED.get(kind, kind) for name, kind in source.columns}
        return found

    # -- the source -----------------------------------------------------------------------------

    def fill(self, source: Source) -> None:
        """Bring the source to what it is to hold."""
        if self._flow.home == "sqlite":
            self._fill_table(source)
            return
        kind = format_of(self._flow.home)
        wanted = {f"{file.name}.{kind}": file for file in source.files}
        for path in self._source.here.iterdir():
            if path.name not in wanted:
                path.unlink()
        for name, file in wanted.items():
            changed = 1_700_000_000_000_000_000 + file.version * 1_000_000_000
            path = self._source.here / name
            if not path.exists() or path.stat().st_mtime_ns != changed:
                WRITERS[kind](path, source, file.rows)
                os.utime(path, ns=(changed, changed))
        self._source.send()

    def _fill_table(self, source: Source) -> None:
        columns = ", ".join(f"{name} {DECLARED[kind]}" for name, kind in source.columns)
        places = ", ".join("?" * len(source.columns))
        with contextlib.closing(sqlite3.connect(self._source.here / "s.db")) as db, db:
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
        with self._by_hand():
            shutil.rmtree(self._journal(self._elsewhere if elsewhere else self.root), ignore_errors=True)

    def lose_target(self) -> None:
        with self._by_hand():
            _empty(self._out.here)

    def lose_file(self, number: int) -> bool:
        """Delete a data file; False if there is none."""
        if self._flow.store == "sqlite":
            return False
        with self._by_hand():
            files = self._files()
            if files:
                files[number % len(files)].unlink()
        return bool(files)

    def back_up(self) -> None:
        with self._by_hand():
            shutil.rmtree(self._kept, ignore_errors=True)
            for name, place in self._parts().items():
                if place.exists():
                    shutil.copytree(place, self._kept / name, ignore=shutil.ignore_patterns(JOURNAL))

    def restore(self, *, journal: bool, target: bool) -> None:
        with self._by_hand():
            for name, wanted in (("journal", journal), ("target", target)):
                place = self._parts()[name]
                if wanted:
                    _empty(place)
                    if (self._kept / name).exists():
                        shutil.copytree(self._kept / name, place, dirs_exist_ok=True)

    def _parts(self) -> Mapping[str, Path]:
        return {"journal": self._journal(self.root), "target": self._out.here}

    def _journal(self, host: Path) -> Path:
        return (self._out.here if self._flow.one_journal else host) / JOURNAL

    @contextlib.contextmanager
    def _by_hand(self) -> Iterator[None]:
        """What is changed in the destination's folder is changed at the destination."""
        self._out.fetch()
        yield
        self._out.send()

    # -- the destination --------------------------------------------------------------------------

    def rows(self) -> Counter[Row]:
        """What a reader finds at the destination."""
        self._out.fetch()
        if self._flow.store == "sqlite":
            return Counter(row(one, self._flow.at) for one in table(self._out.here / "d.db"))
        read = READERS[format_of(self._flow.store)]
        return Counter(row(one, self._flow.at) for file in self._files() for one in read(file))

    def _files(self) -> Sequence[Path]:
        return sorted((self._out.here / "t").glob("[!._]*"))


def _folder(kind: str) -> type[Folder]:
    return LakeFolder if kind == "adls" else Folder


def _empty(folder: Path) -> None:
    """Delete all that a destination holds; a journal that lies beside it is none of it."""
    for path in folder.glob("*"):
        if path.is_dir() and path.name != JOURNAL:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    with contextlib.suppress(OSError):  # not there, or not empty
        folder.rmdir()


def _lookback(flow: Flow) -> str | int:
    unit = {"timestamp[us]": "m", "date32[day]": "d"}.get(flow.at)
    return f"{flow.lookback}{unit}" if unit else flow.lookback
