"""What a plan says is what the run then does."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.engine.preview import Preview, preview_project
from hygge.failpoints import arm
from hygge.flow.item import Backfill

FOLLOWED = INCREMENTAL + "\nkeys: [id]\n"


def look(bench: Any, **options: Any) -> Preview:
    (found,) = preview_project(bench.root, **options)
    return found


def ids(found: Preview) -> list[int]:
    assert found.rows is not None
    return [int(row[0]) for row in found.rows]


def test_of_a_window_that_was_asked_for_no_more_is_shown(bench: Any) -> None:
    bench.flow(FOLLOWED)
    bench.source.rows = rows(*range(10))
    bench.one()
    found = look(bench, backfill=Backfill(lower="4", upper="6"), rows=9)
    assert found.window is not None
    assert (found.window.lower, found.window.upper) == ("4", "6")
    assert (found.mode, ids(found)) == ("append", [4, 5, 6])


def test_an_increment_is_shown_with_the_end_that_its_home_has_fixed(bench: Any) -> None:
    bench.flow(FOLLOWED)
    bench.source.rows = rows(1, 2)
    bench.one()
    bench.source.rows = rows(1, 2, 3)
    found = look(bench)
    assert found.window is not None
    assert (found.window.type, found.window.lower, found.window.upper) == ("int64", "2", "3")
    assert found.rows is None


@pytest.mark.parametrize(
    ("limit", "asked", "shown"), [("", 13, 13), ("", 99, 25), ("limit: 12", 13, 12), ("limit: 12", 11, 11)]
)
@pytest.mark.parametrize("splits", [1, 2])
def test_as_many_rows_are_shown_as_were_asked_for_and_no_more_than_would_be_moved(
    bench: Any, limit: str, asked: int, shown: int, splits: int
) -> None:
    bench.flow(limit)
    bench.source.rows, bench.source.splits = rows(*range(25)), splits
    found = ids(look(bench, rows=asked))
    assert (len(found), len(set(found))) == (shown, shown)


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [(True, "one snapshot of the source"), (False, "splits see the source at different")],
)
def test_a_guarantee_is_as_good_as_the_home_s_word(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch, snapshot: bool, said: str
) -> None:
    plan = toys.ScriptedHome.plan
    monkeypatch.setattr(
        toys.ScriptedHome, "plan", lambda self, request: replace(plan(self, request), one_snapshot=snapshot)
    )
    assert said in look(bench).guarantee


@pytest.mark.parametrize(("keys", "said"), [("", "edited in place"), ("keys: [id]", "new versions of a row")])
def test_what_an_append_makes_of_changed_rows_is_said_of_appends_alone(
    bench: Any, keys: str, said: str
) -> None:
    bench.flow(f"{INCREMENTAL}\n{keys}")
    bench.source.rows = rows(1)
    bench.one()
    assert said in look(bench).guarantee
    assert said not in look(bench, run_type="full_drop").guarantee


def test_what_gives_way_is_said(bench: Any) -> None:
    bench.flow(FOLLOWED)
    bench.source.rows = rows(1)
    assert look(bench).replaces == "nothing"
    whole: Mapping[str, Any] = {"run_type": "full_drop", "adopt": True}
    assert look(bench, **whole).replaces == "nothing: the target is empty"
    bench.one()
    assert look(bench).replaces == "nothing"
    assert look(bench, **whole).replaces.startswith("all that is there, last written by job ")
    (bench.root / "out" / "f" / "mine.csv").write_text("precious")
    said = look(bench, **whole).replaces
    assert said.startswith("what hygge did not write: ")
    assert "mine.csv" in said


def test_the_commit_that_a_run_would_finish_first_is_said_also_without_a_journal(bench: Any) -> None:
    bench.source.rows = rows(1)
    arm("raise:receipts.claimed")
    bench.one()
    arm("")
    (note,) = (one for one in look(bench).notes if one.startswith("first "))
    assert note.startswith("first finishes the sealed job ")
    shutil.rmtree(Path(bench.root / ".hygge_journal"))
    (note,) = (one for one in look(bench).notes if one.startswith("first "))
    assert note.startswith("first finishes the commit of job ")
    assert bench.one().status == "success"
    assert look(bench).notes == ()
