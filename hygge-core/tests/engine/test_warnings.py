"""What a home says is amiss reaches people: from the run, its result and the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.model import Plan, ReadRequest


@pytest.fixture
def forgetful(bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home that has lost messages, and says so."""
    plan = toys.ScriptedHome.plan

    def noted(self: Any, request: ReadRequest) -> Plan:
        return replace(plan(self, request), warnings=("3 messages had gone",))

    monkeypatch.setattr(toys.ScriptedHome, "plan", noted)
    bench.source.rows = rows(1, 2)
    bench.flow(INCREMENTAL)
    return bench


def messages(bench: Any) -> list[str]:
    """Those of the journal, newest first."""
    journal = FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {})
    return [row.message for row in journal.rows()]


def test_what_a_home_leaves_out_is_told_by_the_run_and_kept_in_the_journal(
    forgetful: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for said in ("3 messages had gone", "nothing new; 3 messages had gone"):
        assert forgetful.one().warnings == ("3 messages had gone",)
        assert messages(forgetful)[0] == said
    assert caplog.text.count("f.f: 3 messages had gone") == 2


def test_what_a_home_leaves_out_is_told_of_attempts_that_fail(forgetful: Any) -> None:
    forgetful.flow("guard: {min_rows: 3}")
    assert forgetful.one().warnings == ("3 messages had gone",)
    assert messages(forgetful)[0].endswith("; 3 messages had gone")
    forgetful.flow("polish: {drop: [nothing]}")
    assert forgetful.one().warnings == ("3 messages had gone",)


def test_what_a_home_left_out_is_kept_by_whoever_finishes_the_job(forgetful: Any) -> None:
    arm("raise:engine.sealed")
    assert forgetful.one().status == "failed"
    arm("")
    assert forgetful.one().status == "skipped"
    assert "finished by a later run; 3 messages had gone" in messages(forgetful)
