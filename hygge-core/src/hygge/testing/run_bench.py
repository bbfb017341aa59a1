"""What the laws of whole runs stand on: a project of one flow, run in this process or in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hygge
from hygge.testing.sweep import run_command
from hygge.testing.warm import Ended, Trial, Warm, warm

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileSource", "Project", "command_server"]

ENTRY = "hygge.cli:main"
_IMPORTS: dict[tuple[str, ...], Sequence[str]] = {}


class Project:
    """A folder with one flow, ``laws``; its journal is in it, home and store are given."""

    def __init__(self, root: Path, home: Mapping[str, Any], store: Mapping[str, Any]) -> None:
        self.root = root
        self._home, self._store = home, store
        (root / "flows").mkdir(parents=True)
        settings = {"version": 1, "name": "conformance", "journal": {"location": "project"}}
        (root / "hygge.yml").write_text(json.dumps(settings))
        self.output = root.with_name(f"{root.name}.output")

    def flow(self, entities: Sequence[str] = ("orders",), **keys: Any) -> None:
        """Write the flow anew; JSON is YAML."""
        flow = {"home": self._home, "store": self._store, "entities": list(entities), **keys}
        (self.root / "flows" / "laws.yml").write_text(json.dumps(flow))

    def run(self, **options: Any) -> hygge.EntityResult:
        """Run the flow in this process; what became of its one entity."""
        (result,) = hygge.run(self.root, **options).entities
        return result

    def ran(self, **options: Any) -> hygge.EntityResult:
        """`run`, and it has to succeed."""
        result = self.run(**options)
        assert result.error is None, result.error
        return result

    def start(self, server: Warm, *argv: str, failpoint: str = "") -> Trial:
        """Begin a command of hygge in a process of its own."""
        return server.start(
            run_command, ENTRY, list(argv), str(self.output), cwd=self.root, failpoint=failpoint
        )

    def command(self, server: Warm, *argv: str, failpoint: str = "") -> Ended:
        """`start` and wait for its end."""
        return self.start(server, *argv, failpoint=failpoint).wait()

    def texts(self) -> Iterator[bytes]:
        """All that hygge has written into the project, and what its commands have said."""
        for path in (self.output, *self.root.rglob("*")):
            if path.is_file():
                yield path.read_bytes()


class FileSource:
    """A folder of Parquet files, a subfolder an entity; what the laws of a store move from."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def home(self) -> Mapping[str, Any]:
        return {"type": "parquet", "path": str(self.root)}

    def insert(self, rows: pa.Table, entity: str = "orders") -> None:
        """One file more."""
        import pyarrow.parquet as pq

        folder = self.root / entity
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, folder / f"{len(list(folder.iterdir())):04d}.parquet")

    def remake(self, rows: pa.Table, entity: str = "orders") -> None:
        """These rows and columns instead of those that are there."""
        for path in (self.root / entity).glob("*.parquet"):
            path.unlink()
        self.insert(rows, entity)


def command_server(project: Project, argv: Sequence[str], connectors: Iterable[str]) -> Warm:
    """A warm server that has imported what the command takes; found out by one, once for these connectors."""
    key = tuple(sorted(connectors))
    if key not in _IMPORTS:
        with Warm() as cold:
            found = project.command(cold, *argv).result()
        _IMPORTS[key] = (*(name for name in found if name != "__main__"), "hygge.testing.trials:warm_up")
    return warm(*_IMPORTS[key])
