"""The model can fail: a history finds each bug that is put into the engine, and nothing without the bug.

With HYGGE_SWEEP=full they are also looked for at random.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from histories import bugs
from histories.source import Flow
from histories.steps import (
    BackUp,
    Copy,
    Crash,
    Delete,
    Insert,
    LoseFile,
    Race,
    Reset,
    Restore,
    Run,
    Step,
    Where,
)
from histories.story import Deviation, History
from histories.strategies import histories

FLOW = Flow(home="sqlite", store="parquet")
SOME = (Insert((1, 2)), Run())
FOUND_BY: Mapping[str, Sequence[Step]] = {
    "watermark_ahead": (*SOME, Insert((0,)), Run()),
    "overlap_doubled": SOME,
    "boundary_exclusive": (*SOME, Insert((0,)), Run()),
    "twins_lost": (*SOME, Copy(1), Run()),
    "lookback_forgotten": (*SOME, Insert((-2,)), Run()),
    "landed_again": (*SOME, Insert((1,)), Crash("commit.done@1"), Run()),
    "restore_unseen": (*SOME, BackUp(), Insert((1,)), Run(), Restore(journal=False, target=True), Run()),
    "redefinition_unseen": (*SOME, Where(20), Run()),
    "damage_unseen": (*SOME, LoseFile(0), Run()),
    "nulls_lost": (Insert((1, None)), Run()),
    "reset_ignored": (*SOME, Delete(0), Reset(), Run()),
    "lease_ignored": (*SOME, Insert((1,)), Race("engine.planned@1")),
}


def history(bug: str) -> History:
    """The history that finds the bug."""
    flow = replace(FLOW, lookback=3 if bug == "lookback_forgotten" else 0)
    return History(flow=flow, steps=tuple(FOUND_BY[bug]))


@pytest.mark.parametrize("bug", bugs.SEEDS)
def test_a_history_finds_a_bug_and_nothing_without_it(bug: str, tmp_path: Path) -> None:
    history(bug).play(tmp_path / "sound")
    with pytest.raises(Deviation):
        history(bug).play(tmp_path / "broken", bug)


@pytest.mark.timeout(0)
@pytest.mark.skipif(os.environ.get("HYGGE_SWEEP") != "full", reason="takes minutes: HYGGE_SWEEP=full")
@pytest.mark.parametrize("bug", bugs.SEEDS)
def test_histories_at_random_find_a_bug(bug: str) -> None:
    @settings(
        max_examples=1000,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories("sqlite", "parquet", chapters=12))
    def play(found: History) -> None:
        with tempfile.TemporaryDirectory() as folder:
            found.play(Path(folder), bug)

    with pytest.raises(Deviation):
        play()
