"""What a run has left undone, as a retry finds it."""

from __future__ import annotations

from typing import Any

from numbered import INCREMENTAL, rows

from hygge.engine.again import left_of
from hygge.engine.session import run_project
from hygge.engine.stop import Stop
from hygge.failpoints import arm


def test_what_a_stop_left_undone_is_run_again_by_a_retry(bench: Any) -> None:

    bench.flow("entities: [a, b]")
    bench.source.rows = rows(1)
    stop = Stop()
    stop.set("SIGTERM", 15)
    run_project(bench.root, stop=stop)
    assert left_of(bench.root, None).terms == ["f.a", "f.b"]


def test_what_a_later_run_has_finished_of_a_run_is_not_run_again(bench: Any) -> None:
    """It has two rows then: that it failed, and that it has landed."""

    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    arm("raise:engine.sealed")
    failed = bench.run()
    arm("")
    assert left_of(bench.root, failed.run_id).terms == ["f.f"]
    bench.run(select=["f"])
    assert left_of(bench.root, failed.run_id).terms == []
