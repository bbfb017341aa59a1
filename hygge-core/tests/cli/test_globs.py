"""A flow whose globs cannot be matched fails alone, is journaled, and is retried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def globbed(hygge: Any, cli: Any) -> Any:
    """The command, in a project with a whole flow ``shop`` and ``lake``: all CSV files of ``in``."""
    text = 'home: {type: csv, path: "in/{entity}.csv"}\nstore: {type: parquet, path: lake}\nentities: ["*"]\n'
    (cli.root / "flows" / "lake.yml").write_text(text)
    return hygge


def put(root: Path, *names: str) -> None:
    (root / "in").mkdir(exist_ok=True)
    for name in names:
        (root / "in" / f"{name}.csv").write_text("a\n1\n")


def ends(done: Any) -> dict[str, str]:
    return {f"{one['flow']}.{one['entity']}": one["status"] for one in done.document["entities"]}


WHOLE = {"shop.orders": "success", "shop.people": "success"}


def test_a_home_that_holds_nothing_fails_its_flow_alone(globbed: Any) -> None:
    done = globbed("run", "--output", "json")
    assert (done.code, ends(done)) == (1, {"lake.*": "failed", **WHOLE})
    assert "its home holds no entity that '*' matches" in done.out
    rows = globbed("runs", "--flow", "lake", "--output", "json").document["runs"]
    assert [(row["entity"], row["status"]) for row in rows] == [("*", "failed")]


def test_what_a_glob_matches_is_moved_by_a_retry(globbed: Any, cli: Any) -> None:
    globbed("run")
    put(cli.root, "a", "b")
    done = globbed("retry", "--output", "json")
    assert (done.code, ends(done)) == (0, {"lake.a": "success", "lake.b": "success"})


def test_a_retry_that_meets_the_same_trouble_fails_alike(globbed: Any) -> None:
    globbed("run")
    done = globbed("retry", "--output", "json")
    assert (done.code, ends(done)) == (1, {"lake.*": "failed"})


def test_one_name_that_no_folder_can_have_stops_no_other(globbed: Any, cli: Any) -> None:
    put(cli.root, "a", "b\tc", "d")
    done = globbed("run", "--output", "json")
    assert ends(done) == {"lake.a": "success", "lake.b\tc": "failed", "lake.d": "success", **WHOLE}
    (failed,) = (one["error"] for one in done.document["entities"] if one["error"])
    assert failed["code"] == "HYG113"
    assert 'leave it out: "!b\tc"' in failed["message"]
    assert ends(globbed("retry", "--output", "json")) == {"lake.b\tc": "failed"}


@pytest.mark.parametrize("term", ["lake", "lake.a", "lake.a*", "lake.[*]", "l*"])
def test_every_term_that_could_name_a_match_fails_with_the_flow(globbed: Any, term: str) -> None:
    assert ends(globbed("run", term, "--output", "json")) == {"lake.*": "failed"}


def test_a_term_that_no_glob_of_the_flow_matches_is_refused(globbed: Any, cli: Any) -> None:
    flow = cli.root / "flows" / "lake.yml"
    flow.write_text(flow.read_text().replace('"*"', '"a*"'))
    assert globbed("run", "lake.b", "--output", "json").document["error"]["code"] == "HYG111"


def test_a_match_can_be_excluded_where_nobody_knows_them(globbed: Any) -> None:
    done = globbed("run", "--exclude", "lake.a", "--output", "json")
    assert ends(done) == {"lake.*": "failed", **WHOLE}
    assert ends(globbed("run", "--exclude", "lake.*", "--output", "json")).keys() == WHOLE.keys()


def test_a_flow_that_is_selected_and_excluded_says_so(globbed: Any) -> None:
    done = globbed("run", "lake", "--exclude", "lake", "--output", "json")
    assert "selected is excluded, too" in done.document["error"]["message"]


def test_a_preview_without_rows_says_so(globbed: Any, cli: Any) -> None:
    put(cli.root, "a")
    (cli.root / "in" / "a.csv").write_text("a\n")
    assert "none: there is nothing to read" in globbed("plan", "lake", "--preview", "3").out
    assert "none: there" not in globbed("plan", "lake").out


def test_a_plan_and_a_check_tell_it_beside_the_others(globbed: Any) -> None:
    plans = globbed("plan", "--output", "json").document["entities"]
    assert {f"{one['flow']}.{one['entity']}": bool(one["error"]) for one in plans} == {
        "lake.*": True, "shop.orders": False, "shop.people": False,
    }  # fmt: skip
    done = globbed("check", "--output", "json")
    assert done.code == 1
    wrong = [one for one in done.document["findings"] if not one["ok"]]
    assert [one["subject"] for one in wrong] == ["lake.* home"]
    assert wrong[0]["message"].startswith("HYG111")


def test_its_state_cannot_be_named_before_anything_ran(globbed: Any) -> None:
    done = globbed("state", "reset", "lake.a", "--output", "json")
    assert (done.code, done.document["error"]["code"]) == (2, "HYG111")
