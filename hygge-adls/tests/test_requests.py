"""How much the service is asked: many small entities share their listings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import hygge
from adls_server import AdlsServer

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient

FEW, MANY = 4, 10
JOURNALED = 2  # deletions of the journal's own
REPLACED = 7 + 3
"""Requests of a small replacement by itself: its part, its claim, a look behind it, the old folder out, the
new one in, the receipt, a look at what landed; and three entries of the journal, which others may share."""
Count = Callable[..., int]


@pytest.fixture
def count(tmp_path: Path, account: Mapping[str, Any], server: AdlsServer) -> Count:
    """The requests of a run of so many entities, one at a time, and what was done with each."""
    (tmp_path / "in").mkdir()
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    for number in range(MANY):
        write(tmp_path, number, 3)

    def run(entities: int, status: str, run_type: str = "incremental", operation: str = "*") -> int:
        flow = {
            "home": {"type": "ndjson", "path": str(tmp_path / "in")},
            "store": {**account, "type": "adls", "path": f"out{entities}{run_type}"},
            "entities": [f"t{number}" for number in range(entities)],
            "run_type": run_type,
            "watermark": {"column": "at"},
        }
        (tmp_path / "flows" / "f.yml").write_text(json.dumps(flow))
        server.log.clear()
        found = hygge.run(tmp_path, concurrency=1)
        assert {entity.status for entity in found.entities} == {status}
        return len(server.log.of(operation))

    return run


def write(root: Path, number: int, rows: int) -> None:
    lines = "".join(json.dumps({"id": at, "at": at}) + "\n" for at in range(rows))
    (root / "in" / f"t{number}.ndjson").write_text(lines)


def more(run: Count, status: str, **options: str) -> float:
    """What each further entity costs."""
    return (run(MANY, status, **options) - run(FEW, status, **options)) / (MANY - FEW)


@pytest.mark.parametrize("run_type", ["incremental", "full_drop"])
def test_a_further_entity_costs_few_requests(tmp_path: Path, count: Count, run_type: str) -> None:
    for entities in (FEW, MANY):
        count(entities, "success", run_type)
    if run_type == "full_drop":
        assert more(count, "success", run_type=run_type) <= REPLACED
        return
    assert more(count, "skipped") < 3
    for number in range(MANY):
        write(tmp_path, number, 5)
    assert more(count, "success") < 10


def test_what_all_have_replaced_is_deleted_at_once(count: Count, lake: FileSystemClient) -> None:
    count(MANY, "success", "full_drop")
    assert count(MANY, "success", "full_drop", operation="delete") <= 1 + JOURNALED
    left = [one.name for one in lake.get_paths("out10full_drop/.hygge/replaced")]
    assert left == []


def test_what_is_there_is_listed_for_all_at_once(count: Count) -> None:
    for entities in (FEW, MANY):
        count(entities, "success")
    assert count(FEW, "skipped", operation="list-paths") <= FEW + 4
