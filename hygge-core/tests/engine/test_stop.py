"""The switch that ends a run: seen, told and waited for from however far below."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hygge.engine import session
from hygge.engine.stop import Stop
from hygge.errors import RunStopped
from hygge.files.local_stores import ParquetStore


@pytest.mark.parametrize("level", range(4))
def test_what_is_set_further_up_ends_everything_below_with_its_reason(level: int) -> None:
    switches = [Stop()]
    for _ in range(3):
        switches.append(Stop(switches[-1]))
    switches[level].set("SIGTERM")
    assert [one.is_set() for one in switches] == [number >= level for number in range(4)]
    for switch in switches[level:]:
        with pytest.raises(RunStopped, match="stopped: SIGTERM"):
            switch.check()
    for switch in switches[:level]:
        switch.check()
        assert switch.reason == ""


def test_the_first_reason_counts() -> None:
    stop = Stop()
    stop.set("SIGINT", 2)
    stop.set("SIGTERM", 15)
    assert (stop.reason, stop.signal) == ("SIGINT", 2)


@pytest.mark.parametrize("level", range(3))
def test_whoever_waits_is_woken_from_every_level(level: int) -> None:
    run = Stop()
    split = Stop(run)
    reading = Stop(split)
    waiting = threading.Thread(target=reading.wait, args=(3600,), daemon=True)
    waiting.start()
    (run, split, reading)[level].set("a failure elsewhere")
    waiting.join(30)
    assert not waiting.is_alive()


def test_a_run_that_is_stopped_once_all_is_staged_seals_nothing(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.rows = [(1, 1, "a")]
    stage, stops = ParquetStore.stage, []

    def staging(self: Any, *given: Any) -> Any:
        staged = stage(self, *given)
        stops[0].set("SIGTERM")
        return staged

    def made(*given: Any) -> Stop:
        stops.append(Stop(*given))
        return stops[-1]

    monkeypatch.setattr(session, "Stop", made)
    monkeypatch.setattr(ParquetStore, "stage", staging)
    assert bench.one().status == "aborted"
    assert bench.leftovers() == []
    assert not bench.landed()
