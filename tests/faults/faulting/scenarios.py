"""Starts: a flow, what its folder holds, and the command that things go wrong for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import hygge

DATABASE = {"type": "sqlite", "path": "source.db"}
FILES = {"type": "parquet", "path": "origin"}
PARQUET = {"type": "parquet", "path": "out", "max_rows_per_file": 30}
CSV = {"type": "csv", "path": "out", "max_rows_per_file": 30}
NDJSON = {"type": "ndjson", "path": "out", "max_rows_per_file": 30}
SQLITE = {"type": "sqlite", "path": "out/lake.db"}

FULL_DROP = ""
INCREMENTAL = "run_type: incremental\nwatermark: {column: at, lookback: 3}\nkeys: [id]"
WITHOUT_KEYS = "run_type: incremental\nwatermark: {column: at}"
NEW_FILES = "run_type: incremental"
NEW_FILES_BY_KEYS = "run_type: incremental\nkeys: [id]"


def rows(
    start: int, end: int, at: Callable[[int], int] = lambda i: i // 5
) -> list[tuple[int, int, str | None]]:
    """Rows with five ids on each watermark value, and some nulls."""
    return [(i, at(i), None if i % 9 == 0 else f"note {i}") for i in range(start, end)]


def run(project: Any) -> None:
    result = hygge.run(project.root)
    assert result.status == "success", result


def first_load(project: Any) -> None:
    project.insert(rows(0, 100))


def second_load(project: Any) -> None:
    project.insert(rows(0, 100))
    run(project)
    project.delete(20)
    project.insert(rows(100, 170))


def new_rows(project: Any) -> None:
    """Ties on the boundary, rows within the lookback, rows above it."""
    project.insert(rows(0, 100))
    run(project)
    project.insert(rows(100, 110, lambda i: 19))
    project.insert(rows(110, 115, lambda i: 17))
    project.insert(rows(115, 200))


def new_ties(project: Any) -> None:
    """Only the boundary is read again."""
    project.insert(rows(0, 100))
    run(project)
    project.insert(rows(100, 110, lambda i: 19))
    project.insert(rows(115, 200))


def many_ties(project: Any) -> None:
    """More rows on the boundary than a receipt holds the identities of."""
    project.insert(rows(0, 100, lambda i: min(i // 5, 4)))
    run(project)
    project.insert(rows(100, 130, lambda i: 4))
    project.insert(rows(130, 160))


def changed_rows(project: Any) -> None:
    """Rows that the store has in another state, and new ones."""
    project.insert(rows(0, 100))
    run(project)
    project.change(range(40, 70), at=20)
    project.insert(rows(100, 130, lambda i: 21))


def new_file(project: Any) -> None:
    project.insert(rows(0, 60))
    run(project)
    project.insert(rows(60, 100))
    project.insert(rows(100, 150))


def late_rows(project: Any) -> None:
    """Rows far below the watermark, which only a backfill brings."""
    project.insert(rows(0, 100))
    run(project)
    project.insert(rows(200, 240, lambda i: 5 + i % 8))


def late_changes(project: Any) -> None:
    late_rows(project)
    project.change(range(30, 50), at=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A flow, how its folder comes to be what the runs begin with, and the command that dies."""

    flow: str
    prepare: Callable[[Any], None]
    home: Mapping[str, Any] = field(default_factory=lambda: DATABASE)
    store: Mapping[str, Any] = field(default_factory=lambda: PARQUET)
    command: Sequence[str] = ("run",)

    def whole(self) -> bool:
        """Whether readers see a commit at once, or file by file."""
        return self.flow == FULL_DROP or self.store is SQLITE


BACKFILL = ("run", "--from", "5", "--to", "12")
SCENARIOS = {
    "full-first": Scenario(flow=FULL_DROP, prepare=first_load),
    "full-second": Scenario(flow=FULL_DROP, prepare=second_load),
    "append-first": Scenario(flow=INCREMENTAL, prepare=first_load),
    "append-new-rows": Scenario(flow=INCREMENTAL, prepare=new_rows),
    "append-new-ties": Scenario(flow=WITHOUT_KEYS, prepare=new_ties),
    "append-many-ties": Scenario(flow=WITHOUT_KEYS, prepare=many_ties),
    "append-new-files": Scenario(flow=NEW_FILES, prepare=new_file, home=FILES),
    "append-backfill": Scenario(flow=INCREMENTAL, prepare=late_rows, command=BACKFILL),
    "csv-append": Scenario(flow=INCREMENTAL, prepare=new_rows, store=CSV),
    "ndjson-full": Scenario(flow=FULL_DROP, prepare=second_load, store=NDJSON),
    "ndjson-append": Scenario(flow=WITHOUT_KEYS, prepare=new_ties, store=NDJSON),
    "sqlite-first": Scenario(flow=FULL_DROP, prepare=first_load, store=SQLITE),
    "sqlite-replace": Scenario(flow=FULL_DROP, prepare=second_load, store=SQLITE),
    "sqlite-append": Scenario(flow=WITHOUT_KEYS, prepare=new_ties, store=SQLITE),
    "sqlite-upsert": Scenario(flow=INCREMENTAL, prepare=changed_rows, store=SQLITE),
    "sqlite-new-files": Scenario(flow=NEW_FILES_BY_KEYS, prepare=new_file, home=FILES, store=SQLITE),
    "sqlite-backfill": Scenario(flow=INCREMENTAL, prepare=late_changes, store=SQLITE, command=BACKFILL),
}
