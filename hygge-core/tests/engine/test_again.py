"""What a run has left undone, as a retry finds it."""

from __future__ import annotations

from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.again import left_of
from hygge.engine.asked import said_again
from hygge.engine.session import run_project
from hygge.engine.stop import Stop
from hygge.errors import ConfigurationError, DataError
from hygge.failpoints import arm
from hygge.model import Asked


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


def test_what_has_landed_is_not_run_again_although_the_run_that_finished_it_failed_then(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(self: Any, request: Any) -> Any:
        raise DataError("the source is gone")

    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    arm("raise:engine.sealed")
    first = bench.run()
    arm("")
    monkeypatch.setattr(toys.ScriptedHome, "plan", plan)
    second = bench.run()
    assert second.status == "failed"
    assert bench.landed() == {(1, 1, "row 1"): 1}
    assert left_of(bench.root, first.run_id).terms == []
    assert left_of(bench.root, second.run_id).terms == ["f.f"]


def again(before: Asked | None, **said: Any) -> Asked:
    return said_again(before, "r", **{"run_type": None, "adopt": False, "settings": (), **said})


def test_a_retry_asks_for_what_its_run_was_asked_for() -> None:
    asked = Asked(run_type="full_drop", adopt=True, settings=("f.limit=1",))
    assert again(asked) == asked
    assert again(None) == Asked()
    assert again(None, adopt=True, run_type="full_drop") == Asked(run_type="full_drop", adopt=True)


def test_a_window_is_asked_for_again_unless_another_run_type_is_said() -> None:
    window = Asked(run_type="incremental", lower="3", upper="7")
    assert again(window, run_type="incremental") == window
    assert again(window, run_type="full_drop") == Asked(run_type="full_drop")


def test_a_secret_that_is_said_again_counts_and_one_that_is_not_is_asked_for() -> None:
    asked = Asked(settings=("f.limit=1",), hidden=("f.home.password", "f.store.token"))
    with pytest.raises(ConfigurationError, match=r"--set f\.store\.token=VALUE") as caught:
        again(asked, settings=("f.home.password = x",))
    assert "f.home.password" not in caught.value.remedy
    said = ("f.home.password=x", "f.store.token=y")
    assert again(asked, settings=said) == Asked(settings=("f.limit=1", *said))
