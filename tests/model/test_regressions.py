"""Histories that went wrong once, as short as they could be made."""

from __future__ import annotations

from pathlib import Path

from histories.source import Flow
from histories.steps import Fail, Insert, Run, Step
from histories.story import History

INTO_SQLITE = Flow(home="sqlite", store="sqlite")


def play(folder: Path, flow: Flow, *steps: Step) -> None:
    History(flow=flow, steps=steps).play(folder)


def test_what_a_failing_journal_has_kept_of_a_sealed_job_is_gone_on_with(tmp_path: Path) -> None:
    # The entry *sealed* was written when its sync failed; the job's staging was cleaned up behind it.
    play(tmp_path, INTO_SQLITE, Insert((1, 2)), Fail("journal.written@2"), Run())
