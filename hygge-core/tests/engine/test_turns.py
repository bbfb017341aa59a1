"""How many entities are under way at a time, and what ends the others."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.executor import in_hand, slots_for
from hygge.engine.session import run_project
from hygge.engine.stop import Stop


def configure(bench: Any, options: str) -> None:
    (bench.root / "hygge.yml").write_text(f"version: 1\nname: bench\noptions: {{{options}}}\n")


def where_planned(toys: Any, monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Gets the thread of each entity that is planned from now on."""
    found: list[threading.Thread] = []
    plan = toys.ScriptedHome.plan

    def noted(self: Any, request: Any) -> Any:
        found.append(threading.current_thread())
        return plan(self, request)

    monkeypatch.setattr(toys.ScriptedHome, "plan", noted)
    return found


@pytest.mark.parametrize(
    ("configured", "options", "alone"),
    [
        ("concurrency: 1", {}, True),
        ("concurrency: 1", {"concurrency": 2}, False),
        ("concurrency: 2", {"concurrency": 1}, True),
    ],
)
def test_the_project_says_how_many_entities_move_at_a_time_and_the_command_line_says_it_better(
    bench: Any,
    toys: Any,
    monkeypatch: pytest.MonkeyPatch,
    configured: str,
    options: dict[str, int],
    alone: bool,
) -> None:
    configure(bench, configured)
    bench.flow("entities: [a, b]")
    bench.source.rows = rows(1)
    found = where_planned(toys, monkeypatch)
    assert bench.run(**options).status == "success"
    assert [thread is threading.current_thread() for thread in found] == [alone] * 2


@pytest.mark.parametrize(("concurrency", "expected"), [(None, (4, 16)), (2, (2, 8)), (1, (1, 1))])
def test_one_at_a_time_is_one_at_a_time_also_where_stores_are_remote(
    concurrency: int | None, expected: tuple[int, int]
) -> None:
    far: Any = SimpleNamespace(store_type=SimpleNamespace(remote=True))
    near: Any = SimpleNamespace(store_type=SimpleNamespace(remote=False))
    assert in_hand([near, far], concurrency) == expected
    assert in_hand([near, near], concurrency) == (expected[0], expected[0])


@pytest.mark.parametrize("said", ["by the project", "on the command line", "by nobody"])
def test_fail_fast_is_said_by_the_project_or_on_the_command_line(bench: Any, said: str) -> None:
    configure(bench, "concurrency: 1" + (", fail_fast: true" if said == "by the project" else ""))
    bench.flow("entities: [{name: bad, home: {source: none}}, good]")
    bench.source.rows = rows(1)
    result = bench.run(fail_fast=said == "on the command line")
    assert [e.status for e in result.entities] == ["failed", "success" if said == "by nobody" else "aborted"]


def test_fail_fast_minds_failures_alone(bench: Any) -> None:
    bench.flow(INCREMENTAL + "\nentities: [a, b]")
    bench.source.rows = rows(1)
    for expected in ("success", "skipped"):
        result = bench.run(fail_fast=True, concurrency=1)
        assert [e.status for e in result.entities] == [expected, expected]


def test_a_run_that_was_stopped_is_no_success(bench: Any) -> None:
    bench.source.rows = rows(1)
    stop = Stop()
    stop.set("SIGTERM", 15)
    result = run_project(bench.root, stop=stop)
    assert (result.status, [e.status for e in result.entities]) == ("failed", ["aborted"])


def test_what_was_stopped_before_it_began_touches_nothing(bench: Any) -> None:
    bench.source.rows = rows(1)
    stop = Stop()
    stop.set("SIGTERM", 15)
    run_project(bench.root, stop=stop)
    assert bench.source.reads == 0
    assert not (bench.root / "out").exists()
    assert bench.one().status == "success"


@pytest.mark.parametrize(
    ("concurrency", "memory", "expected"),
    [
        (None, 1 << 30, (4, 2)),
        (None, 256 * 10**6, (1, 1)),
        (None, 16 << 20, (1, 1)),
        (None, 300 << 20, (2, 2)),
        (3, 16 << 20, (3, 3)),  # somebody has said so
    ],
)
def test_as_many_parts_are_read_at_a_time_as_memory_and_processors_carry(
    monkeypatch: pytest.MonkeyPatch, concurrency: int | None, memory: int, expected: tuple[int, int]
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    slots = slots_for(concurrency or 4, concurrency, memory)
    assert (slots.count, slots.each) == expected
