"""Where what is staged dies with its process, what was sealed is given up by whoever comes next."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.preview import preview_project
from hygge.errors import DataError, Refused
from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore
from hygge.journal import FileJournal


@pytest.fixture
def sealed(bench: Any) -> Any:
    """A run that ended once its job was sealed, before its commit began."""
    bench.flow(INCREMENTAL, type="fleeting")
    bench.source.rows = rows(1, 2)
    arm("raise:engine.sealed")
    assert bench.one().status == "failed"
    arm("")
    return bench


def journal(bench: Any) -> FileJournal:
    return FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {})


def test_its_rows_are_read_anew(sealed: Any) -> None:
    sealed.source.rows = rows(1, 2, 3)
    assert sealed.one().rows_written == 3
    assert sealed.landed() == Counter(rows(1, 2, 3))
    assert "not finished by its run" in [row.message for row in journal(sealed).rows()]
    assert sealed.leftovers() == []


def test_a_plan_says_so(sealed: Any) -> None:
    (found,) = preview_project(sealed.root)
    assert found.notes[0].startswith("first gives up the sealed job ")


def test_it_is_given_up_for_good_also_by_a_run_that_comes_no_further(
    sealed: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(self: Any, request: Any) -> Any:
        raise DataError("the source is gone")

    with monkeypatch.context() as broken:
        broken.setattr(toys.ScriptedHome, "plan", plan)
        assert "the source is gone" in sealed.one().error["message"]
    head = journal(sealed).heads("f")["f"]
    assert (head.job, head.plan, head.receipt) == (None, None, None)
    assert sealed.leftovers() == []
    assert sealed.one().status == "success"


@pytest.mark.parametrize(("type", "offered"), [("fleeting", False), ("parquet", True)])
def test_giving_up_is_offered_only_where_what_is_sealed_would_be_committed_first(
    bench: Any, monkeypatch: pytest.MonkeyPatch, type: str, offered: bool
) -> None:
    def commit(self: Any, job: Any, plan: Any) -> Any:
        raise Refused("the disk is read-only", code="HYG410", remedy="Mount it anew.")

    monkeypatch.setattr(FileStore, "commit", commit)
    bench.flow("", type=type)
    bench.source.rows = rows(1)
    said = bench.one().error["message"]
    assert "Mount it anew." in said
    assert ("`hygge state discard f.f`" in said) == offered
